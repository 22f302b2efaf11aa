"""What a fresh clone installs up to the end of `make demo`: time, downloads, size, what needs each big part.

The commit that is checked out is cloned into a temporary folder, with an empty HOME and empty caches. Where
packages come from stays the caller's: variables and the files in HOME that name an index are kept.
"""

import os
import re
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import distributions
from pathlib import Path

from benchmarks.figure import Figure
from stacks.lambda_asset import ROOT

MB = 1_000_000
INSTALLED_MB = 1_100.0
BIG_MB = 20.0
SECONDS = 600.0

# What a clone decides for itself.
OWN = {
    *("VIRTUAL_ENV", "JSII_NODE", "UV_PROJECT_ENVIRONMENT", "MAKEFLAGS", "MAKELEVEL", "UV", "CDK_HOME"),
    *("UV_CACHE_DIR", "PIP_CACHE_DIR", "npm_config_cache", "JSII_RUNTIME_PACKAGE_CACHE_ROOT"),
    *("XDG_CACHE_HOME", "XDG_DATA_HOME"),
}
# Files in HOME that say where packages come from.
INDEXES = (".npmrc", ".netrc", ".pip/pip.conf", ".config/pip/pip.conf", ".config/uv/uv.toml")

# What is no Python package, by the folder it fills, and what needs it.
NEEDED_BY = {
    ".cache/jsii": "the CDK, unpacked once: each synth would unpack it again",
    ".cache/lambda": "the functions' zip, its locked wheels, and the interpreters that compile them",
    ".cache/uv": "uv's downloads; what .venv has as well is one file on the disk, counted there",
    ".tools": "uv and the pip that installed it",
    "node_modules": "the CDK's command line and the local identity provider",
    ".git": "the repository",
}


def figures() -> Iterator[Figure]:
    """Seconds to the end of the demo, and the size of everything in the clone's folder, in MB."""
    with tempfile.TemporaryDirectory() as temporary:
        clone, home = Path(temporary, "clone"), Path(temporary, "home")
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        _indexes(Path.home(), home)
        before = _received()
        started = time.monotonic()
        subprocess.run(["make", "demo"], cwd=clone, env=_environment(home), check=True, capture_output=True)
        took = time.monotonic() - started
        received = _received() - before
        yield Figure(
            name="fresh install and demo",
            ours=took,
            limit=SECONDS,
            unit="s",
            holds=took <= SECONDS,
            note=f"one run; this machine received {received / MB:,.0f} MB meanwhile",
        )
        parts = sizes(clone)
        whole = sum(parts.values()) / MB
        # Over the limit, the list of what needs each big part must be whole.
        big = {name: size / MB for name, size in parts.items() if size > BIG_MB * MB}
        needed = dependents((clone / "uv.lock").read_text("utf-8")) | NEEDED_BY
        yield Figure(
            name="installed by a fresh clone",
            ours=whole,
            limit=INSTALLED_MB,
            unit="MB",
            holds=whole <= INSTALLED_MB,
            note="; ".join(
                f"{name} {size:.0f} MB ({needed.get(name, 'not known')})"
                for name, size in sorted(big.items(), key=lambda part: -part[1])
            ),
        )


def sizes(clone: Path) -> dict[str, int]:
    """Bytes of each part of a clone, a file with several names counted once, at the first part that has it.

    A Python package is a part of its own, by its name in the lock, with what it was compiled to.
    """
    seen: set[tuple[int, int]] = set()
    parts: dict[str, int] = defaultdict(int)
    for library in sorted(clone.glob(".venv/lib/python3*/site-packages")):
        for package in distributions(path=[str(library)]):
            files = [Path(str(package.locate_file(file))) for file in package.files or []]
            compiled = [f.parent / "__pycache__" / f"{f.stem}.{_tag(library)}.pyc" for f in files]
            parts[_normal(package.name)] += _bytes([*files, *compiled], seen)
    rest = sorted(clone.rglob("*"), key=lambda path: not path.is_relative_to(clone / ".venv"))
    for path in rest:
        relative = path.relative_to(clone).parts
        name = "/".join(relative[: 2 if relative[0] == ".cache" else 1])
        parts[name] += _bytes([path], seen)
    return dict(parts)


def dependents(lock: str) -> dict[str, str]:
    """Who needs each package of uv.lock: the packages or the groups of ours that name it."""
    needing: dict[str, set[str]] = defaultdict(set)
    for package in tomllib.loads(lock)["package"]:
        extras = package.get("optional-dependencies", {}).values()
        for dependency in [*package.get("dependencies", []), *(one for extra in extras for one in extra)]:
            needing[dependency["name"]].add(package["name"])
        for group, named in package.get("dev-dependencies", {}).items():
            for dependency in named:
                needing[dependency["name"]].add(f"our group {group}")
    return {name: "needed by " + ", ".join(sorted(by)) for name, by in needing.items()}


def _normal(name: str) -> str:
    # As the lock writes a name: https://packaging.python.org/en/latest/specifications/name-normalization/
    return re.sub(r"[-_.]+", "-", name).lower()


def _bytes(files: Iterable[Path], seen: set[tuple[int, int]]) -> int:
    total = 0
    for file in files:
        try:
            status = file.lstat()
        except FileNotFoundError:
            continue
        if file.is_dir() or (status.st_dev, status.st_ino) in seen:
            continue
        seen.add((status.st_dev, status.st_ino))
        total += status.st_size
    return total


def _tag(library: Path) -> str:
    return "cpython-" + library.parent.name.removeprefix("python").replace(".", "")


def _received() -> int:
    """Bytes that every interface of this machine but loopback has received."""
    lines = Path("/proc/net/dev").read_text("utf-8").splitlines()[2:]
    counters = (line.split(":") for line in lines)
    return sum(int(numbers.split()[0]) for name, numbers in counters if name.strip() != "lo")


def _indexes(original: Path, home: Path) -> None:
    home.mkdir()
    for name in INDEXES:
        if (original / name).is_file():
            (home / name).parent.mkdir(parents=True, exist_ok=True)
            (home / name).symlink_to(original / name)


def _environment(home: Path) -> Mapping[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in OWN}
    folders = [folder for folder in kept["PATH"].split(os.pathsep) if not folder.startswith(str(ROOT))]
    python = Path(sys.base_prefix) / "bin" / f"python3.{sys.version_info.minor}"
    return kept | {"HOME": str(home), "PATH": os.pathsep.join(folders), "PYTHON": str(python)}
