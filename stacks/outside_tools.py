"""The programs that staging needs from outside Python: where they are, and what they say on failing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path


class ToolError(Exception):
    """A program is missing or failed; the message says which, where it was looked for, or what it said."""


def uv(root: Path) -> str:
    """The uv named by the variable UV, else the one the Makefile bootstraps, else the one on the PATH."""
    named = os.environ.get("UV")
    if named and not Path(named).is_file():
        raise ToolError(f"UV: got {named!r}, expected the path of the uv program")
    bootstrapped = root / ".tools" / "bin" / "uv"
    return named or (str(bootstrapped) if bootstrapped.exists() else _found("uv"))


def node() -> str:
    """The Node that jsii uses."""
    return os.environ.get("JSII_NODE") or _found("node")


def npm() -> str:
    """The npm of the same Node."""
    return _found("npm")


def run(*command: str) -> bytes:
    """Run a program to its end and give what it printed.

    Raises: ToolError with the program's own words.
    """
    done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - our own arguments, no shell
    if done.returncode:
        said = (done.stderr or done.stdout).decode(errors="replace").strip()
        raise ToolError(f"{Path(command[0]).name} {command[1]} failed ({done.returncode}): {said}")
    return done.stdout


def _found(name: str) -> str:
    # Beside this interpreter first: that is where the locked environment has its tools.
    beside = Path(sys.executable).parent / name
    found = str(beside) if beside.exists() else shutil.which(name)
    if not found:
        raise ToolError(
            f"{name}: not installed, expected it beside {sys.executable} or on the PATH; "
            "`make lint` installs everything that is needed"
        )
    return found
