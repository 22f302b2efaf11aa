"""Which Pythons of this machine the project runs on: found by starting each, whatever their names promise.

Only the standard library, and nothing newer than Python 3.8 knows: whatever Python there is runs this file.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import Dict, Iterator, List, Mapping, NamedTuple

MINORS = (11, 12, 13)
PROBE = "import sys; print('%d.%d.%d' % sys.version_info[:3]); print(sys.executable)"
SECONDS = 30


class Python(NamedTuple):
    """One that started: its version, such as "3.12.1", and the program itself, never a shim."""

    version: str
    program: str

    @property
    def minor(self) -> int:
        """The 12 of "3.12.1"."""
        return int(self.version.split(".")[1])


def find(environment: Mapping[str, str]) -> List[Python]:
    """Every Python 3.11 to 3.13 that starts, the first found of each minor version, oldest first."""
    found: Dict[int, Python] = {}
    for candidate in _candidates(environment):
        python = _started(candidate, environment)
        if python is not None and python.minor in MINORS:
            found.setdefault(python.minor, python)
    return [found[minor] for minor in sorted(found)]


def _candidates(environment: Mapping[str, str]) -> Iterator[Path]:
    names = ["python3.%d" % minor for minor in MINORS]
    folders = [Path(entry) for entry in environment.get("PATH", "").split(os.pathsep) if entry]
    pyenv = environment.get("PYENV_ROOT") or os.path.join(environment.get("HOME", ""), ".pyenv")
    folders += sorted(Path(pyenv).glob("versions/*/bin"))
    for folder in folders:
        for name in names:
            if os.access(str(folder / name), os.X_OK):
                yield folder / name


def _started(candidate: Path, environment: Mapping[str, str]) -> "Python | None":
    try:
        ended = subprocess.run(
            [str(candidate), "-c", PROBE],
            env=dict(environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
            timeout=SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    lines = ended.stdout.decode(errors="replace").split("\n")
    if ended.returncode or len(lines) < 2 or not lines[0].startswith("3."):
        return None
    return Python(lines[0].strip(), lines[1].strip() or str(candidate))


def main() -> int:
    """Print each on a line of its own: version, a tab, program. Exit status 1 with fewer than two."""
    pythons = find(os.environ)
    for python in pythons:
        sys.stdout.write("\t".join(python) + "\n")
    if len(pythons) < 2:
        names = ", ".join(python.version for python in pythons) or "none"
        sys.stderr.write(
            "found %s, expected at least two of Python 3.11, 3.12 and 3.13 on the PATH "
            "or below $PYENV_ROOT/versions\n" % names
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
