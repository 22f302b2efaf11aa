"""Stages what the functions run on: `lambdas/` and the locked wheels, compiled, as one reproducible zip.

`python -m stacks.lambda_asset` stages it; synthesizing does so too when it is missing. Once it is staged nothing
here needs the network, uv or Node. docs/decisions/0010-lambda-asset.md says why it is made the way it is.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from stacks.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
COMPILER = Path(__file__).resolve().parent / "lambda_compiler"

# Lambda's Python runtimes stand on Amazon Linux 2023, whose glibc is 2.34.
# https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
PLATFORMS = {"arm64": "aarch64-manylinux_2_34", "x86_64": "x86_64-manylinux_2_34"}

# What an installer leaves behind about itself; nothing reads it, and it differs from machine to machine.
_TRACES = ("INSTALLER", "RECORD", "REQUESTED", "direct_url.json", "uv_cache.json")


class LambdaAssetError(Exception):
    """The asset is not staged and cannot be; the message says what is missing."""


@dataclass(frozen=True, kw_only=True)
class LambdaAsset:
    """A staged zip, and the hash of everything that went into it."""

    path: Path
    hash: str


@dataclass(frozen=True, kw_only=True)
class Staging:
    """Where the asset is made of what, for which runtime."""

    python_runtime: str
    architecture: str
    root: Path = ROOT

    @property
    def folder(self) -> Path:
        """Where everything that is staged lies; deleting it costs time and nothing else."""
        return self.root / ".cache" / "lambda"

    def asset(self) -> LambdaAsset:
        """The staged asset, made first when it is missing.

        Raises: LambdaAssetError when a tool or the network is needed and not there.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        requirements = self._requirements()
        packages_key = _digest(
            self.python_runtime.encode(),
            PLATFORMS[self.architecture].encode(),
            requirements,
            *(path.read_bytes() for path in sorted(COMPILER.iterdir())),
        )
        sources = {path: path.read_bytes() for path in sorted((self.root / "lambdas").rglob("*.py"))}
        key = _digest(
            packages_key.encode(),
            *(
                part
                for path, text in sources.items()
                for part in (str(path.relative_to(self.root)).encode(), text)
            ),
        )
        asset = LambdaAsset(path=self.folder / f"{key}.zip", hash=key)
        if not asset.path.exists():
            with _alone(self.folder):
                if not asset.path.exists():
                    self._stage(asset.path, packages_key, requirements, sources)
        return asset

    def _requirements(self) -> bytes:
        """`[project].dependencies` as locked, with the hash of every wheel; asked of uv once for each lock."""
        project = [(self.root / name).read_bytes() for name in ("pyproject.toml", "uv.lock")]
        listed = self.folder / f"requirements-{_digest(*project)}.txt"
        if not listed.exists():
            text = _run(
                [_uv(self.root), "export", "--frozen", "--offline", "--quiet", "--no-default-groups"]
                + ["--no-emit-project", "--no-header", "--no-annotate", "--project", str(self.root)],
            )
            _write(listed, text)
        return listed.read_bytes()

    def _stage(self, path: Path, packages_key: str, requirements: bytes, sources: dict[Path, bytes]) -> None:
        _say("staging the Lambda asset")
        packages = self.folder / f"packages-{packages_key}.zip"
        with tempfile.TemporaryDirectory(dir=self.folder) as temporary:
            if not packages.exists():
                _say(f"installing the locked wheels for Python {self.python_runtime} on {self.architecture}")
                wheels = Path(temporary, "wheels")
                self._install(requirements, wheels)
                self._compile(wheels)
                _pack(wheels, Path(temporary, "packages.zip"))
                Path(temporary, "packages.zip").rename(packages)
            code = Path(temporary, "code")
            for source, text in sources.items():
                target = code / source.relative_to(self.root)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(text)
            self._compile(code)
            whole = shutil.copyfile(packages, Path(temporary, "whole.zip"))
            _pack(code, whole)
            whole.rename(path)

    def _install(self, requirements: bytes, target: Path) -> None:
        listed = target.parent / "requirements.txt"
        listed.write_bytes(requirements)
        _run(
            [_uv(self.root), "pip", "install", "--quiet", "--link-mode", "copy", "--python", sys.executable]
            + ["--python-platform", PLATFORMS[self.architecture], "--python-version", self.python_runtime]
            + ["--target", str(target), "--no-deps", "--require-hashes", "--only-binary", ":all:"]
            + ["--requirement", str(listed)],
        )
        # Scripts of the packages name this machine's interpreter, and Lambda runs none of them.
        shutil.rmtree(target / "bin", ignore_errors=True)
        for trace in _TRACES:
            for file in target.glob(f"*.dist-info/{trace}"):
                file.unlink()
        (target / ".lock").unlink(missing_ok=True)

    def _compile(self, folder: Path) -> None:
        modules = self._compiler()
        _run([_node(), str(COMPILER / "compile.mjs"), self.python_runtime, str(folder), str(modules)])

    def _compiler(self) -> Path:
        """The pinned interpreters, installed once by npm from their own lock."""
        lock = COMPILER / "package-lock.json"
        home = self.folder / f"compiler-{_digest(lock.read_bytes())}"
        if not (home / "installed").exists():
            home.mkdir(exist_ok=True)
            for name in ("package.json", lock.name):
                shutil.copyfile(COMPILER / name, home / name)
            _run(
                [
                    _tool("npm"),
                    "ci",
                    "--silent",
                    "--no-audit",
                    "--no-fund",
                    "--ignore-scripts",
                    "--prefix",
                    str(home),
                ]
            )
            (home / "installed").touch()
        return home / "node_modules"


@cache
def staged(settings: Settings) -> LambdaAsset:
    """The asset of the functions under these settings."""
    return Staging(python_runtime=settings.python_runtime, architecture=settings.architecture).asset()


def _pack(folder: Path, into: Path) -> None:
    """Append a folder to a zip, in one order, at one moment, with one mode: the same bytes every time."""
    with zipfile.ZipFile(into, "a", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(file.relative_to(folder).as_posix())
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, file.read_bytes())


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let one process stage at a time; the others wait and find it done."""
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _uv(root: Path) -> str:
    named = os.environ.get("UV")
    bootstrapped = root / ".tools" / "bin" / "uv"
    if named and not Path(named).exists():
        raise LambdaAssetError(f"cannot stage the Lambda asset: UV names {named}, which does not exist")
    return named or (str(bootstrapped) if bootstrapped.exists() else _tool("uv"))


def _node() -> str:
    return os.environ.get("JSII_NODE") or _tool("node")


def _tool(name: str) -> str:
    # Beside this interpreter first: that is where the locked environment has its tools.
    beside = Path(sys.executable).parent / name
    found = str(beside) if beside.exists() else shutil.which(name)
    if not found:
        raise LambdaAssetError(
            f"cannot stage the Lambda asset: {name} is not installed; expected it in .tools/bin, beside the "
            f"interpreter, or on the PATH (any make target installs what is needed)"
        )
    return found


def _run(command: list[str]) -> bytes:
    done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - our own arguments, no shell
    if done.returncode:
        said = (done.stderr or done.stdout).decode(errors="replace").strip()
        raise LambdaAssetError(f"cannot stage the Lambda asset: {' '.join(command[:3])} failed: {said}")
    return done.stdout


def _write(path: Path, content: bytes) -> None:
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(content)
    Path(file.name).rename(path)


def _digest(*parts: bytes) -> str:
    whole = hashlib.sha256()
    for part in parts:
        whole.update(len(part).to_bytes(8, "big") + part)
    return whole.hexdigest()


def _say(message: str) -> None:
    sys.stderr.write(f"{message}\n")


if __name__ == "__main__":
    try:
        sys.stdout.write(f"{staged(Settings.load(ROOT / 'settings.toml')).path}\n")
    except LambdaAssetError as error:
        sys.exit(str(error))
