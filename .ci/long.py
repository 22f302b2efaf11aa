"""What takes minutes, part by part: each with its verdict and its seconds. `make long` runs it.

A part is a name and a function that runs commands and raises when one fails; `parts` lists them. To add one,
write a function and put it there; a test that takes long needs only `@pytest.mark.long`.

What a part draws at random is drawn by the commit: tests take the fixture `drawn`, whose seed is
`git rev-parse HEAD` read as a number, so each commit tries other cases and the same commit the same ones.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import pythons

ROOT = Path(__file__).resolve().parent.parent
LIMIT_SECONDS = 20 * 60
UV = str(ROOT / ".tools" / "bin" / "uv")


class Failed(Exception):
    """A command of a part failed; the message says which and how."""


class Clock:
    """How long the whole may still take."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def run(self, *command: str, env: Mapping[str, str] | None = None) -> None:
        """Run one command to its end, its output shown.

        Raises: Failed when it fails, or when no time is left for it.
        """
        left = self._end - time.monotonic()
        words = " ".join(command).replace(f"{ROOT}/", "")
        try:
            ended = subprocess.run(command, cwd=ROOT, env=env, timeout=max(left, 0.1), check=False)
        except subprocess.TimeoutExpired:
            raise Failed(f"{words}: stopped, the limit of {LIMIT_SECONDS} s for all parts is over") from None
        if ended.returncode:
            raise Failed(f"{words}: exit status {ended.returncode}")


def under(python: pythons.Python, clock: Clock) -> None:
    """Install under another Python, in a folder of its own; run the demo and both kinds of tests."""
    home = ROOT / ".cache" / "long" / f"python3.{python.minor}"
    binaries = home / "bin"
    env = dict(os.environ) | {
        "UV_PROJECT_ENVIRONMENT": str(home),
        "VIRTUAL_ENV": str(home),
        "JSII_NODE": str(binaries / "node"),
        "PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}",
    }
    clock.run(UV, "sync", "--quiet", "--frozen", "--python", python.program, env=env)
    program = str(binaries / "python")
    clock.run(program, "-m", "cli", "demo", env=env)
    clock.run(program, "-m", "pytest", "-q", "-n", "2", "tests/lambdas", "tests/access", env=env)


def long_tests(clock: Clock) -> None:
    """Every test that is marked `long`; none at all is a failure, for there are some."""
    clock.run(
        sys.executable,
        "-m",
        "pytest",
        "-m",
        "long",
        "-n",
        "2",
        "--dist",
        "loadgroup",
        "-p",
        "no:cacheprovider",
    )


def parts() -> list[tuple[str, Callable[[Clock], None]]]:
    """Every part of this run, in order.

    Raises: Failed when this machine has no other Python than the one that runs this.
    """
    others = [python for python in pythons.find(os.environ) if python.minor != sys.version_info.minor]
    if not others:
        raise Failed(f"found only Python {sys.version.split()[0]}, expected another of 3.11, 3.12 and 3.13")
    installs = [(f"Python {python.version}", partial(under, python)) for python in others]
    return [*installs, ("tests marked long", long_tests)]


def run(whole: list[tuple[str, Callable[[Clock], None]]], clock: Clock) -> int:
    """Run every part, a failed one too, and print the table; return 0 when all passed."""
    lines: list[tuple[str, str, float]] = []
    for name, part in whole:
        print(f"\n== {name}", flush=True)
        began = time.monotonic()
        try:
            part(clock)
            verdict = "passed"
        except Failed as error:
            verdict = f"failed: {error}"
        lines.append((name, verdict, time.monotonic() - began))
    width = max(len(name) for name, _, _ in lines)
    print()
    for name, verdict, seconds in lines:
        print(f"{name:<{width}}  {seconds:6.1f} s  {verdict}")
    return 0 if all(verdict == "passed" for _, verdict, _ in lines) else 1


if __name__ == "__main__":
    try:
        sys.exit(run(parts(), Clock(LIMIT_SECONDS)))
    except Failed as nothing:
        sys.exit(str(nothing))
