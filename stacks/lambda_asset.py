"""Stages what the functions run on: `lambdas/` and the locked wheels, compiled, as one reproducible zip.

`python -m stacks.lambda_asset` stages it; synthesizing does so too when it is missing. Once it is staged
nothing here needs the network, uv or Node. docs/decisions/0010-lambda-asset.md says why it is made like this.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from stacks import outside_tools
from stacks.settings import Settings, SettingsError

ROOT = Path(__file__).resolve().parent.parent
COMPILER = Path(__file__).resolve().parent / "lambda_compiler"

# Lambda's Python runtimes stand on Amazon Linux 2023. Its glibc is 2.34, which AWS's page does not say.
# https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
PLATFORMS = {"arm64": "aarch64-manylinux_2_34", "x86_64": "x86_64-manylinux_2_34"}

# What an installer leaves behind about itself; nothing reads it, and it differs from machine to machine.
_TRACES = ("INSTALLER", "RECORD", "REQUESTED", "direct_url.json", "uv_cache.json")

# Assets of other branches and settings; each is some 26 MB.
_KEPT = 4


class LambdaAssetError(Exception):
    """The asset is not staged and cannot be; the message says what is missing."""


@dataclass(frozen=True, kw_only=True)
class LambdaAsset:
    """A staged zip, and the hash of everything that went into it."""

    path: Path
    hash: str


@dataclass(frozen=True, kw_only=True)
class Staging:
    """Of what, for which runtime, and where the asset is made."""

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
        try:
            requirements, packages, sources, path = self._inputs()
            if not path.exists():
                with _alone(self.folder):
                    if not path.exists():
                        self._stage(path, self.folder / f"packages-{packages}.zip", requirements, sources)
        except outside_tools.ToolError as cause:
            raise LambdaAssetError(f"cannot stage the Lambda asset: {cause}") from cause
        return LambdaAsset(path=path, hash=path.stem)

    def path(self) -> Path:
        """Where the asset is, or will be once it is staged.

        Raises: ToolError when uv is needed and not there.
        """
        return self._inputs()[-1]

    def _inputs(self) -> tuple[bytes, str, dict[str, bytes], Path]:
        """Everything that goes into the asset: requirements, the packages' key, sources; and its place."""
        self.folder.mkdir(parents=True, exist_ok=True)
        requirements = self._requirements()
        packages = self._packages_key(requirements)
        sources = {
            path.relative_to(self.root).as_posix(): path.read_bytes()
            for path in sorted((self.root / "lambdas").rglob("*.py"))
        }
        key = _digest(
            packages.encode(), *(part for name in sources for part in (name.encode(), sources[name]))
        )
        return requirements, packages, sources, self.folder / f"{key}.zip"

    def _requirements(self) -> bytes:
        """`[project].dependencies` as locked, with the hash of every wheel; asked of uv once a lock."""
        project = [(self.root / name).read_bytes() for name in ("pyproject.toml", "uv.lock")]
        listed = self.folder / f"requirements-{_digest(*project)}.txt"
        if not listed.exists():
            text = outside_tools.run(
                outside_tools.uv(self.root),
                *("export", "--project", str(self.root), "--frozen", "--offline", "--quiet"),
                *("--no-default-groups", "--no-emit-project", "--no-header", "--no-annotate"),
            )
            with tempfile.NamedTemporaryFile(dir=self.folder, delete=False) as file:
                file.write(text)
            Path(file.name).rename(listed)
        return listed.read_bytes()

    def _packages_key(self, requirements: bytes) -> str:
        compiler = (path.read_bytes() for path in sorted(COMPILER.iterdir()))
        return _digest(
            self.python_runtime.encode(), PLATFORMS[self.architecture].encode(), requirements, *compiler
        )

    def _stage(self, path: Path, packages: Path, requirements: bytes, sources: Mapping[str, bytes]) -> None:
        _say("staging the Lambda asset")
        with tempfile.TemporaryDirectory(dir=self.folder) as temporary:
            if not packages.exists():
                _say(f"installing the locked wheels for Python {self.python_runtime} on {self.architecture}")
                wheels, packed = Path(temporary, "wheels"), Path(temporary, "packages.zip")
                self._install(requirements, wheels)
                self._compile(wheels)
                _pack(wheels, packed)
                packed.rename(packages)
            code, whole = Path(temporary, "code"), Path(temporary, "whole.zip")
            for name, text in sources.items():
                (code / name).parent.mkdir(parents=True, exist_ok=True)
                (code / name).write_bytes(text)
            self._compile(code)
            shutil.copyfile(packages, whole)
            _pack(code, whole)
            whole.rename(path)
        finished = [file for file in self.folder.glob("*.zip") if not file.name.startswith("packages-")]
        for old in sorted(finished, key=lambda file: file.stat().st_mtime)[:-_KEPT]:
            old.unlink()

    def _install(self, requirements: bytes, target: Path) -> None:
        listed = target.parent / "requirements.txt"
        listed.write_bytes(requirements)
        outside_tools.run(
            outside_tools.uv(self.root),
            # Otherwise uv would read this project's own overrides, which lift what the lock pins.
            *("pip", "install", "--no-config", "--target", str(target), "--requirement", str(listed)),
            *("--quiet", "--no-deps", "--require-hashes", "--only-binary", ":all:", "--link-mode", "copy"),
            *("--python-platform", PLATFORMS[self.architecture], "--python-version", self.python_runtime),
            *("--python", sys.executable),
        )
        # Scripts of the packages name this machine's interpreter, and Lambda runs none of them.
        shutil.rmtree(target / "bin", ignore_errors=True)
        (target / ".lock").unlink(missing_ok=True)
        for trace in _TRACES:
            for file in target.glob(f"*.dist-info/{trace}"):
                file.unlink()

    def _compile(self, folder: Path) -> None:
        script, modules = str(COMPILER / "compile.mjs"), str(self._compiler())
        outside_tools.run(outside_tools.node(), script, self.python_runtime, str(folder), modules)

    def _compiler(self) -> Path:
        """The pinned interpreters, installed once by npm from their own lock."""
        manifest, lock = COMPILER / "package.json", COMPILER / "package-lock.json"
        home = self.folder / f"compiler-{_digest(lock.read_bytes())}"
        installed = home / "installed"
        if not installed.exists():
            home.mkdir(exist_ok=True)
            for file in (manifest, lock):
                shutil.copyfile(file, home / file.name)
            quietly = ("--silent", "--no-audit", "--no-fund", "--ignore-scripts")
            outside_tools.run(outside_tools.npm(), "ci", "--prefix", str(home), *quietly)
            installed.touch()
        return home / "node_modules"


@cache
def staged(settings: Settings) -> LambdaAsset:
    """The asset of the functions under these settings, looked for once in a process."""
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
    except (LambdaAssetError, SettingsError) as error:
        sys.exit(str(error))
