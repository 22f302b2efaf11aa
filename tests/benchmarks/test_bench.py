"""`make bench` prints what it measured, says which program failed, and fails then."""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

import benchmarks.__main__ as bench
from benchmarks.figure import Figure

ROOT = Path(__file__).parents[2]


def figure(name, *, holds=True):
    return Figure(name=name, ours=1.0, limit=2.0 if holds else 0.5, unit="s", holds=holds)


def measured_before_failing():
    yield figure("measured before the failure")
    raise FileNotFoundError("/nowhere does not exist")


def failing_program():
    yield figure("measured before the program")
    subprocess.run([sys.executable, "-c", "raise SystemExit('no index')"], check=True, capture_output=True)


@pytest.fixture
def programs(monkeypatch):
    """Put programs in the place of the real ones: a name and what its `figures` yields."""

    def put(**by_name):
        modules = {f"benchmarks.{name}": SimpleNamespace(figures=run) for name, run in by_name.items()}
        monkeypatch.setattr(bench, "_measurements", lambda: list(by_name))
        monkeypatch.setattr(bench.importlib, "import_module", lambda name: modules[name])

    return put


def test_all_measured_and_all_limits_held_is_zero(programs, capsys):
    programs(first=lambda: [figure("the first")], second=lambda: [figure("the second")])
    assert bench.main([]) == 0
    assert "failed:" not in capsys.readouterr().out


def test_a_missed_limit_is_one(programs):
    programs(first=lambda: [figure("the first", holds=False)])
    assert bench.main([]) == 1


@pytest.mark.parametrize(
    ("run", "before", "said"),
    [
        (measured_before_failing, "measured before the failure", "FileNotFoundError: /nowhere"),
        (failing_program, "measured before the program", "no index"),
    ],
)
def test_one_program_that_fails_is_named_and_hides_no_other(programs, capsys, run, before, said):
    programs(broken=run, after=lambda: [figure("the one after it")])
    assert bench.main([]) == 1
    printed = capsys.readouterr().out
    assert before in printed
    assert "the one after it" in printed
    last = printed.strip().splitlines()[-1]
    assert last.startswith("failed: broken: ")
    assert said in last


def test_a_name_that_no_program_has_is_two(capsys):
    assert bench.main(["nothing"]) == 2
    assert "unknown measurement nothing" in capsys.readouterr().err


@pytest.mark.parametrize("path", sorted((ROOT / "benchmarks").glob("*.py")), ids=lambda path: path.stem)
def test_no_program_expects_an_output_that_a_fresh_clone_does_not_have(path):
    assert "cdk.out" not in path.read_text("utf-8"), f"{path.name} reads cdk.out, which no clone contains"


def test_every_program_is_found_and_can_be_imported():
    script = "import benchmarks.__main__ as b, importlib\n"
    script += "for n in b._measurements(): importlib.import_module('benchmarks.' + n).figures\n"
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=dict(os.environ), check=True)
