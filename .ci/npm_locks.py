"""Whether every package-lock.json fits the package.json beside it, and locks each package by a hash.

npm has no command for this that needs neither network nor node_modules. Only the standard library.
"""

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
KINDS = ("dependencies", "devDependencies", "optionalDependencies", "peerDependencies", "engines")
IGNORED = {"node_modules", ".cache", ".venv", ".tools"}


def complaints(manifest: Path) -> "list[str]":
    """What does not fit, one line each; none when the lock is current."""
    lock_path = manifest.with_name("package-lock.json")
    if not lock_path.exists():
        return [f"{manifest}: no package-lock.json beside it"]
    asked = json.loads(manifest.read_text("utf-8"))
    packages = json.loads(lock_path.read_text("utf-8"))["packages"]
    found = [
        f"{lock_path}: {kind} are {packages[''].get(kind)}, expected {asked.get(kind)} of {manifest.name}"
        for kind in KINDS
        if packages[""].get(kind) != asked.get(kind)
    ]
    for name, body in packages.items():
        if name and not body.get("link") and "integrity" not in body:
            found.append(f"{lock_path}: {name} has no integrity, expected the hash of its archive")
    return found


def manifests(root: Path) -> "list[Path]":
    """Every package.json of ours."""
    paths = root.rglob("package.json")
    return sorted(path for path in paths if not IGNORED & set(path.relative_to(root).parts))


if __name__ == "__main__":
    lines = [line for manifest in manifests(ROOT) for line in complaints(manifest)]
    sys.exit("\n".join(lines) if lines else 0)
