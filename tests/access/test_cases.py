"""Decisions as data: our own cases, and those of others where they are at hand."""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from access.cases import main, read_file, run
from access.place import Place

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[1]
OWN = sorted((HERE / "cases").glob("*.json"))
OUTSIDE = (
    Path(os.environ.get("SOULPICKS_CONFORMANCE") or REPOSITORY.parent / "shared" / "conformance") / "iam"
)
EXCEPTIONS = {
    (each["id"], each["source_file"]): each
    for each in tomllib.loads((HERE / "conformance_exceptions.toml").read_text())["exception"]
}


def outside(name: str) -> list[Any]:
    path = OUTSIDE / name
    if not path.exists():  # `tests/conftest.py` leaves this one out, and says so at the head of the run
        return [pytest.param({}, Place(), id="not there")]
    return [pytest.param(case, place, id=f"{case['id']} {case['name']}") for place, case in read_file(path)]


@pytest.mark.parametrize(
    ("case", "place"),
    [
        pytest.param(case, place, id=f"{path.stem}: {case['name']}")
        for path in OWN
        for place, case in read_file(path)
    ],
)
def test_our_own_case(case: Mapping[str, Any], place: Place) -> None:
    result = run(case, place)
    assert result.passed, result


@pytest.mark.outside("iam")
@pytest.mark.parametrize(("case", "place"), outside("decisions.json"))
def test_decision_case_from_outside(case: Mapping[str, Any], place: Place) -> None:
    result = run(case, place)
    assert result.passed, result


@pytest.mark.outside("iam")
@pytest.mark.parametrize(("case", "place"), outside("operators.json"))
def test_operator_case_from_outside(case: Mapping[str, Any], place: Place) -> None:
    result = run(case, place)
    exception = EXCEPTIONS.get((case["id"], case["source_file"]))
    if exception is None:
        assert result.passed, result
    else:
        assert result.found == exception["answer"], f"{result}; {exception['why']} {exception['url']}"
        assert not result.passed, f"{result.case} agrees by now: remove the exception"


@pytest.mark.outside("iam")
def test_every_exception_is_about_a_case_that_exists() -> None:
    known = {(case["id"], case["source_file"]) for _, case in read_file(OUTSIDE / "operators.json")}
    assert set(EXCEPTIONS) <= known


def test_our_own_cases_cover_every_outcome_and_no_name_twice() -> None:
    cases = [case for path in OWN for _, case in read_file(path)]
    names = [case["name"] for case in cases]
    assert len(set(names)) == len(names)
    assert {case["expected"]["decision"] for case in cases} == {
        "ALLOW",
        "IMPLICIT_DENY",
        "EXPLICIT_DENY",
        "UNKNOWN",
    }


def test_check_cases_counts_what_passed_and_names_what_failed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cases = json.loads(OWN[0].read_text())["cases"][:3]
    cases[1]["expected"]["decision"] = "ALLOW" if cases[1]["expected"]["decision"] != "ALLOW" else "UNKNOWN"
    path = tmp_path / "cases.json"
    path.write_text(json.dumps({"cases": cases}))
    assert main([str(path)]) == 1
    printed = capsys.readouterr().out
    assert printed.endswith("2 passed, 1 failed\n")
    assert cases[1]["name"] in printed


def test_check_cases_ends_well_when_all_pass(capsys: pytest.CaptureFixture[str]) -> None:
    count = len(list(read_file(OWN[0])))
    assert main([str(OWN[0])]) == 0
    assert capsys.readouterr().out == f"{count} passed, 0 failed\n"


@pytest.mark.parametrize(
    "content",
    ["", "{", "[1]", '{"cases": 3}', '{"cases": [{}]}', '{"cases": [{"request": 1}]}', "[" * 100_000],
)
def test_check_cases_refuses_what_is_not_cases_in_one_line(
    content: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "cases.json"
    path.write_text(content)
    assert main([str(path)]) == 2
    printed = capsys.readouterr().out
    assert printed.count("\n") == 1
    assert printed.startswith(str(path))
