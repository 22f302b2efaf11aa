"""The zip that Lambda gets: complete, compiled for its own Python and machine, the same every time."""

import os
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from stacks import lambda_asset
from stacks.lambda_asset import ROOT, LambdaAsset, LambdaAssetError, Staging

# The first two bytes of every .pyc say which Python wrote it.
# https://github.com/python/cpython/blob/3.13/Lib/importlib/_bootstrap_external.py
MAGIC = {"3.13": 3571, "3.14": 3627}
UNCHECKED_HASH = 0b01


@pytest.fixture(scope="module")
def asset(settings) -> LambdaAsset:
    return lambda_asset.staged(settings)


@pytest.fixture
def archive(asset) -> Iterator[zipfile.ZipFile]:
    with zipfile.ZipFile(asset.path) as archive:
        yield archive


@pytest.fixture
def workshop(tmp_path) -> Path:
    """A copy of what the asset is made of, with what was fetched linked into it: no network is needed."""
    for name in ("pyproject.toml", "uv.lock"):
        shutil.copyfile(ROOT / name, tmp_path / name)
    shutil.copytree(ROOT / "lambdas", tmp_path / "lambdas", ignore=shutil.ignore_patterns("__pycache__"))
    fetched = tmp_path / ".cache" / "lambda"
    fetched.mkdir(parents=True)
    for one in (ROOT / ".cache" / "lambda").iterdir():
        if one.name.startswith(("packages-", "requirements-", "compiler-")):
            os.symlink(one, fetched / one.name)
    return tmp_path


def staging(settings, root: Path) -> Staging:
    return Staging(python_runtime=settings.python_runtime, architecture=settings.architecture, root=root)


def test_both_handlers_and_every_locked_dependency_are_in_the_asset(archive):
    names = set(archive.namelist())
    assert {"lambdas/authorize/handler.py", "lambdas/pictures/handler.py"} <= names
    packages = {name.split("/")[0] for name in names}
    assert {"aws_lambda_powertools", "boto3", "botocore", "cryptography", "joserfc"} <= packages


def test_nothing_that_only_developers_need_is_in_the_asset(archive):
    packages = {name.split("/")[0] for name in archive.namelist()}
    assert not packages & {"aws_cdk", "aws_encryption_sdk", "checkov", "hypothesis", "jsii", "moto", "pytest"}
    assert not packages & {"stacks", "policies", "access", "tests", "bin"}


def test_every_source_is_compiled_by_the_python_that_lambda_runs(archive, settings):
    tag = f"cpython-{settings.python_runtime.replace('.', '')}"
    names = set(archive.namelist())
    sources = [name for name in names if name.endswith(".py")]
    assert len(sources) > 500
    for name in sources:
        folder, _, stem = name.removesuffix(".py").rpartition("/")
        compiled = f"{folder}/__pycache__/{stem}.{tag}.pyc".lstrip("/")
        assert compiled in names, f"{name} is not compiled"
        head = archive.read(compiled)[:8]
        assert int.from_bytes(head[:2], "little") == MAGIC[settings.python_runtime], compiled
        assert int.from_bytes(head[4:8], "little") == UNCHECKED_HASH, compiled


def test_machine_code_in_the_asset_is_of_the_functions_architecture(archive, settings):
    machine = {"arm64": 183, "x86_64": 62}[settings.architecture]  # ELF: EM_AARCH64, EM_X86_64
    libraries = [name for name in archive.namelist() if name.endswith(".so")]
    assert libraries
    for name in libraries:
        assert int.from_bytes(archive.read(name)[18:20], "little") == machine, name


def test_no_entry_of_the_asset_says_when_or_where_it_was_made(archive):
    assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert {entry.external_attr >> 16 for entry in archive.infolist()} == {0o100644}
    names = archive.namelist()
    assert len(names) == len(set(names))
    for name in names:
        if name.endswith(".pyc") and name.startswith("lambdas/"):
            assert str(ROOT).encode() not in archive.read(name), name


def test_the_same_sources_give_the_same_bytes_on_another_day_in_another_place(settings, asset, workshop):
    again = staging(settings, workshop).asset()
    assert again.hash == asset.hash
    assert again.path != asset.path
    assert again.path.read_bytes() == asset.path.read_bytes()


def test_a_changed_source_gives_another_hash(settings, asset, workshop):
    with (workshop / "lambdas" / "__init__.py").open("a") as file:
        file.write("# changed\n")
    assert staging(settings, workshop).asset().hash != asset.hash


def test_once_staged_no_tool_is_needed(settings, asset, workshop, monkeypatch):
    shutil.copyfile(asset.path, workshop / ".cache" / "lambda" / asset.path.name)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("stacks.outside_tools.run", lambda *command: pytest.fail(f"ran {command}"))
    assert staging(settings, workshop).asset().hash == asset.hash


def test_a_missing_uv_is_one_clear_message(settings, workshop, monkeypatch):
    for one in (workshop / ".cache" / "lambda").glob("requirements-*"):
        one.unlink()
    monkeypatch.delenv("UV", raising=False)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(LambdaAssetError, match="cannot stage the Lambda asset: uv: not installed") as refused:
        staging(settings, workshop).asset()
    assert "\n" not in str(refused.value)


def test_a_uv_that_is_named_and_not_there_is_one_clear_message(settings, workshop, monkeypatch):
    for one in (workshop / ".cache" / "lambda").glob("requirements-*"):
        one.unlink()
    monkeypatch.setenv("UV", "/nowhere/uv")
    with pytest.raises(LambdaAssetError, match="UV: got '/nowhere/uv', expected the path"):
        staging(settings, workshop).asset()


def test_a_source_that_does_not_compile_stops_the_staging_and_leaves_nothing(settings, workshop):
    (workshop / "lambdas" / "broken.py").write_text("def :\n")
    before = set((workshop / ".cache" / "lambda").glob("*.zip"))
    with pytest.raises(LambdaAssetError, match="does not compile"):
        staging(settings, workshop).asset()
    assert set((workshop / ".cache" / "lambda").glob("*.zip")) == before
