"""Each check of this machine: as it must be, absent, wrong."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from doctor import machine
from doctor.checks import MACHINE
from doctor.machine import Machine
from doctor.run import answers, machine_of
from policies.verdict import Status
from stacks import outside_tools
from stacks.lambda_asset import ROOT

CHECKS = {check.name: check for check in MACHINE}
COPIED = (
    "pyproject.toml",
    "uv.lock",
    "Makefile",
    "package-lock.json",
    "settings.toml",
    "README.md",
    "LICENSE",
)


def look(name: str, there: Machine):
    (answer,) = answers([CHECKS[name]], there)
    return answer.result


@pytest.fixture
def elsewhere(tmp_path, monkeypatch) -> Machine:
    """A folder with the project's files, where nothing is installed."""
    monkeypatch.setenv("UV", outside_tools.uv(ROOT))
    for name in COPIED:
        shutil.copy(ROOT / name, tmp_path)
    for name in ("lambdas", "stacks"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    return machine_of(tmp_path)


def edit(there: Machine, name: str, old: str, new: str) -> None:
    file = there.root / name
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new))


@pytest.fixture
def program(tmp_path):
    """A program that prints one line, under a path of its own."""

    def make(line: str) -> str:
        file = tmp_path / "program"
        file.write_text(f"#!/bin/sh\necho '{line}'\n")
        file.chmod(0o755)
        return str(file)

    return make


@pytest.mark.parametrize("name", CHECKS)
def test_the_machine_that_runs_the_tests_has_everything(name):
    result = look(name, machine_of(ROOT))
    assert result.status is Status.HOLDS, result


def test_wrong_settings_are_told_and_nothing_that_needs_them_is_guessed(elsewhere):
    edit(elsewhere, "settings.toml", "rotation_days = 90", "rotation_days = 9")
    assert look("settings", elsewhere).status is Status.BROKEN
    assert "master_key_rotation_days: got 9" in look("settings", elsewhere).found
    assert look("functions", elsewhere).status is Status.CANNOT_TELL


def test_another_system_is_told(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    result = look("system", machine_of(ROOT))
    assert (result.status, result.found) == (Status.BROKEN, "darwin")


def test_a_python_that_is_too_old_is_told(elsewhere):
    edit(elsewhere, "pyproject.toml", 'requires-python = ">=3.11"', 'requires-python = ">=3.99"')
    assert look("python", elsewhere).expected == "3.99 or newer"
    assert look("python", elsewhere).status is Status.BROKEN
    edit(elsewhere, "pyproject.toml", 'requires-python = ">=3.99"', 'requires-python = "~=3.11"')
    assert look("python", elsewhere).status is Status.CANNOT_TELL


def test_a_missing_program_is_told(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    for name in ("make", "git"):
        result = look(name, machine_of(tmp_path))
        assert result.status is not Status.HOLDS, name
    assert look("make", machine_of(tmp_path)).found == "not installed"


def test_a_folder_that_is_no_clone_is_told(elsewhere):
    result = look("git", elsewhere)
    assert (result.status, result.found) == (Status.BROKEN, "no clone of the repository")


def test_another_uv_is_told(monkeypatch, program):
    monkeypatch.setenv("UV", program("uv 0.1.0"))
    result = look("uv", machine_of(ROOT))
    assert (result.status, result.found) == (Status.BROKEN, "uv 0.1.0")


def test_a_uv_that_is_not_there_cannot_be_told(monkeypatch):
    monkeypatch.setenv("UV", "/nowhere/uv")
    for name in ("uv", "lock", "packages"):
        assert look(name, machine_of(ROOT)).status is Status.CANNOT_TELL, name


def test_another_node_is_told(monkeypatch, program):
    monkeypatch.setenv("JSII_NODE", program("v20.1.0"))
    result = look("node", machine_of(ROOT))
    assert (result.status, result.found) == (Status.BROKEN, "v20.1.0")


def test_a_lock_that_does_not_fit_the_project_is_told(elsewhere):
    assert look("lock", elsewhere).status is Status.HOLDS
    edit(elsewhere, "pyproject.toml", '"joserfc>=1.8"', '"joserfc>=1.7"')
    result = look("lock", elsewhere)
    assert result.status is Status.BROKEN
    assert result.found.startswith("does not fit: ")


def test_packages_that_are_not_the_locked_ones_are_told(monkeypatch, tmp_path):
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "empty"], check=True)
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "empty"))
    result = look("packages", machine_of(ROOT))
    assert result.status is Status.BROKEN
    assert "not as locked: " in result.found


def test_npm_packages_that_are_missing_or_others_are_told(elsewhere):
    assert look("node-packages", elsewhere).status is Status.BROKEN
    shutil.copytree(
        ROOT / "node_modules", elsewhere.root / "node_modules", symlinks=True, copy_function=only_the_lock
    )
    assert look("node-packages", elsewhere).status is Status.HOLDS
    lock = elsewhere.root / "node_modules" / ".package-lock.json"
    changed = json.loads(lock.read_text())
    changed["packages"]["node_modules/aws-cdk"]["version"] = "3.0.0"
    lock.write_text(json.dumps(changed))
    result = look("node-packages", elsewhere)
    assert (result.status, result.found) == (Status.BROKEN, "not as locked: node_modules/aws-cdk")


def only_the_lock(source: str, target: str) -> str:
    if Path(source).name == ".package-lock.json":
        shutil.copy(source, target)
    return target


def test_functions_that_are_not_staged_are_told_and_not_staged_by_looking(elsewhere):
    result = look("functions", elsewhere)
    assert result.status is Status.BROKEN
    assert result.found.endswith(".zip is missing")
    assert not list((elsewhere.root / ".cache").rglob("*.zip"))


@pytest.mark.parametrize("name", ["make", "git", "uv", "node", "lock", "packages"])
def test_a_program_that_does_not_end_cannot_be_told(monkeypatch, name):
    def hang(*command, **_):
        raise subprocess.TimeoutExpired(command, 60)

    monkeypatch.setattr(machine, "_run", hang)
    assert look(name, machine_of(ROOT)).status is Status.CANNOT_TELL


def test_every_check_of_the_machine_can_be_other_than_holding(elsewhere, monkeypatch):
    """In a folder without an installation and without programs, only what needs neither still holds."""
    monkeypatch.setenv("PATH", str(elsewhere.root))
    monkeypatch.setenv("UV", "/nowhere/uv")
    monkeypatch.setenv("JSII_NODE", "/nowhere/node")
    monkeypatch.setattr(sys, "platform", "darwin")
    edit(elsewhere, "pyproject.toml", 'requires-python = ">=3.11"', 'requires-python = ">=3.99"')
    edit(elsewhere, "settings.toml", "rotation_days = 90", "rotation_days = 9")
    found = {answer.name: answer.result.status for answer in answers(MACHINE, elsewhere)}
    assert Status.HOLDS not in found.values(), found
