"""Only a Python that starts, and that we support, counts, and each version once."""

import sys
from pathlib import Path

import pytest

CI = Path(__file__).parents[2] / ".ci"
sys.path.insert(0, str(CI))
import pythons  # noqa: E402


@pytest.fixture
def machine(tmp_path):
    """A machine with folders of programs: `put(folder, name, script)`, then `find()`."""

    class Machine:
        def put(self, folder, name, script):
            path = tmp_path / folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"#!/bin/sh\n{script}\n")
            path.chmod(0o755)
            return path

        def python(self, folder, version, name=None):
            path = tmp_path / folder / (name or f"python{version.rpartition('.')[0]}")
            return self.put(folder, path.name, f"echo {version}; echo {path}")

        def find(self, *folders, **variables):
            path = ":".join(str(tmp_path / folder) for folder in folders)
            return pythons.find({"HOME": str(tmp_path / "home"), "PATH": path, **variables})

    return Machine()


def test_each_python_that_starts_is_found_oldest_first(machine):
    machine.python("b", "3.13.0")
    machine.python("b", "3.11.9")
    assert [python.version for python in machine.find("b")] == ["3.11.9", "3.13.0"]


def test_a_shim_that_exits_127_is_none(machine):
    machine.put("shims", "python3.12", "echo 'pyenv: python3.12: command not found' >&2; exit 127")
    assert machine.find("shims") == []


def test_a_shim_does_not_hide_the_one_behind_it(machine):
    machine.put("shims", "python3.12", "exit 127")
    real = machine.python("real", "3.12.4")
    assert machine.find("shims", "real") == [pythons.Python("3.12.4", str(real))]


@pytest.mark.parametrize("script", ["echo 3.12.1; exit 1", "true", "echo no version", "exec /nowhere/python"])
def test_one_that_does_not_say_its_version_is_none(machine, script):
    machine.put("bin", "python3.12", script)
    assert machine.find("bin") == []


def test_a_file_that_cannot_be_run_is_none(machine):
    machine.python("bin", "3.12.1").chmod(0o644)
    assert machine.find("bin") == []


@pytest.mark.parametrize("version", ["3.10.13", "3.14.0"])
def test_what_it_says_counts_and_not_its_name(machine, version):
    machine.python("bin", version, name="python3.12")
    assert machine.find("bin") == []


def test_two_of_one_version_are_one_and_the_path_comes_first(machine):
    first = machine.python("first", "3.11.2")
    machine.python("second", "3.11.7")
    machine.python("pyenv/versions/3.11.9/bin", "3.11.9")
    assert machine.find("first", "second") == [pythons.Python("3.11.2", str(first))]


def test_pyenv_is_looked_at_where_its_variable_says(machine, tmp_path):
    machine.python("elsewhere/versions/3.13.1/bin", "3.13.1")
    machine.python("home/.pyenv/versions/3.12.1/bin", "3.12.1")
    found = machine.find(PYENV_ROOT=str(tmp_path / "elsewhere"))
    assert [python.version for python in found] == ["3.13.1"]


def test_pyenv_is_looked_at_in_the_home_when_no_variable_says_where(machine):
    machine.python("home/.pyenv/versions/3.12.1/bin", "3.12.1")
    assert [python.version for python in machine.find()] == ["3.12.1"]


@pytest.mark.parametrize(("versions", "status"), [([], 1), (["3.11.1"], 1), (["3.11.1", "3.12.1"], 0)])
def test_fewer_than_two_fail_and_all_are_printed(machine, monkeypatch, capsys, tmp_path, versions, status):
    for version in versions:
        machine.python("bin", version)
    monkeypatch.setattr(pythons.os, "environ", {"PATH": str(tmp_path / "bin"), "HOME": str(tmp_path)})
    assert pythons.main() == status
    printed = capsys.readouterr()
    assert [line.split("\t")[0] for line in printed.out.splitlines()] == versions
    assert ("expected at least two" in printed.err) == bool(status)
