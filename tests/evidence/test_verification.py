"""Whatever becomes of a proof, its promise gets the right verdict; nothing but a pass is a pass."""

import io
import json
import os

import pytest
from rich.console import Console

from evidence import verification
from evidence.claims import ClaimStatus, all_hold
from evidence.document import document
from evidence.table import print_table, sentence
from policies.verdict import Status

ended = pytest.mark.parametrize(
    ("claim", "status", "reason"),
    [
        ("AAA-1", Status.HOLDS, ""),
        ("AAA-2", Status.BROKEN, "the bucket Pictures is open"),
        ("AAA-3", Status.CANNOT_TELL, "nothing was there"),
        ("AAA-4", Status.CANNOT_TELL, "not today"),
        ("AAA-5", Status.CANNOT_TELL, "in its setup: OSError: no such thing"),
        ("AAA-6", Status.BROKEN, "a leak"),
        ("AAA-7", Status.CANNOT_TELL, "KeyError"),
        ("AAA-10", Status.CANNOT_TELL, "in its teardown: OSError: the cloud did not end"),
        ("AAA-8", Status.CANNOT_TELL, "no proof of it ran"),
    ],
)


@pytest.fixture
def found(proofs) -> dict[str, ClaimStatus]:
    return {status.claim.id: status for status in verification.verification(proofs=proofs)}


@ended
def test_a_proof_gives_its_promise_the_verdict_it_ended_with(found, claim, status, reason):
    assert found[claim].verdict.status is status
    assert reason in found[claim].verdict.reason


def test_a_promise_that_waits_has_no_verdict(found):
    assert found["AAA-9"].verdict is None


def test_each_environment_has_its_own_verdict(found):
    places = {outcome.environment for outcome in found["AAA-1"].outcomes}
    assert places == {"development", "production"}
    assert found["AAA-1"].in_environment("production").status is Status.HOLDS
    assert found["AAA-1"].in_environment("staging") is None


def test_all_hold_only_when_every_asserted_promise_does(found):
    assert not all_hold(found.values())
    assert all_hold([found["AAA-1"], found["AAA-9"]])


def test_nothing_asserted_is_not_success(found):
    assert not all_hold([found["AAA-9"]])
    assert not all_hold([])


def test_a_file_of_proofs_that_cannot_be_read_is_an_error_and_not_a_smaller_table(proofs):
    (proofs / "test_more.py").write_text("import nothing_of_that_name\n")
    with pytest.raises(verification.ProofsMissingError, match="nothing_of_that_name"):
        verification.verification(proofs=proofs)


def test_the_assembly_that_is_given_reaches_the_proofs_and_is_forgotten_after(proofs, tmp_path, monkeypatch):
    monkeypatch.delenv(verification.ASSEMBLY_VARIABLE, raising=False)
    (proofs / "test_proofs.py").write_text(
        "import os, pytest\n@pytest.mark.proves('AAA-1')\n"
        "def test_given(): assert os.environ['SOULPICKS_ASSEMBLY'].endswith('given')\n"
    )
    found = verification.verification(proofs=proofs, assembly=tmp_path / "given")
    assert found[0].verdict.status is Status.HOLDS
    assert verification.ASSEMBLY_VARIABLE not in os.environ


def test_the_callers_own_pytest_options_do_not_reach_the_proofs(proofs, monkeypatch):
    monkeypatch.setenv("PYTEST_ADDOPTS", "-k nothing_of_that_name")
    found = verification.verification(proofs=proofs)
    assert found[0].verdict.status is Status.HOLDS
    assert os.environ["PYTEST_ADDOPTS"] == "-k nothing_of_that_name"


def test_a_cloud_that_is_given_reaches_the_proofs(proofs):
    (proofs / "test_proofs.py").write_text(
        "import pytest\n@pytest.mark.proves('AAA-1')\n"
        "def test_given(request): assert request.config.soulpicks_cloud == 'a cloud'\n"
    )
    found = verification.verification(proofs=proofs, cloud="a cloud")
    assert found[0].verdict.status is Status.HOLDS


def test_the_table_names_every_promise_its_verdict_and_why_it_fails(found):
    told = io.StringIO()
    print_table(found.values(), Console(file=told, width=120))
    text = told.getvalue()
    assert all(claim in text for claim in found)
    assert "BROKEN AAA-2 in local run: it is broken" in text
    assert "the bucket Pictures is open" in text
    assert "test_proofs.py:" in text
    assert "Waits for tomorrow." in text


def test_the_last_line_counts_what_holds_and_what_does_not(found):
    expected = "1 of 10 promises hold (0 of them in part), 2 broken, 6 cannot be told, 1 not asserted yet."
    assert sentence(found.values()) == expected


def test_the_document_is_the_same_for_the_same_verdicts_and_has_relative_paths(found, tmp_path):
    text = document(found.values(), tmp_path)
    assert text == document(found.values(), tmp_path)
    first = json.loads(text)["claims"][0]
    assert first["id"] == "AAA-1"
    assert first["proofs"][0]["file"] == "proofs/test_proofs.py"
    assert json.loads(text)["all_asserted_hold"] is False


def test_a_register_that_cannot_be_read_exits_with_2_and_says_where(tmp_path, monkeypatch, capsys):
    (tmp_path / "claims.toml").write_text("[AAA-1\n")
    real = verification.verification
    monkeypatch.setattr(verification, "verification", lambda **given: real(proofs=tmp_path, **given))
    assert verification.verify() == 2
    assert "claims.toml" in capsys.readouterr().err


@pytest.mark.parametrize("as_json", [True, False])
def test_a_promise_that_does_not_hold_exits_with_1(proofs, monkeypatch, capsys, as_json):
    real = verification.verification
    monkeypatch.setattr(verification, "ROOT", proofs.parent)
    monkeypatch.setattr(verification, "verification", lambda **given: real(proofs=proofs, **given))
    assert verification.verify(as_json=as_json) == 1
    out = capsys.readouterr().out
    assert json.loads(out)["claims"] if as_json else "promises hold" in out


@pytest.mark.parametrize(
    ("bodies", "status"),
    [
        (["pass"], 0),
        (["pass", "pytest.skip('not today')"], 3),
        (["pytest.skip('not today')", "raise NotShown(broken('it is open'))"], 1),
    ],
    ids=["all hold", "one cannot be told", "one is broken"],
)
def test_the_exit_status_tells_broken_from_not_known(proofs, monkeypatch, bodies, status):
    head = (proofs / "test_proofs.py").read_text().partition("@proves")[0]
    tests = (f"@proves('AAA-{n}')\ndef test_{n}():\n    {body}\n" for n, body in enumerate(bodies, 1))
    (proofs / "test_proofs.py").write_text(head + "\n".join(tests))
    claims = (proofs / "claims.toml").read_text().split("\n\n[")
    kept = [claim for claim in claims if any(f"AAA-{n}]" in claim for n in range(1, len(bodies) + 1))]
    (proofs / "claims.toml").write_text("\n\n[".join(kept) + "\n")
    real = verification.verification
    monkeypatch.setattr(verification, "ROOT", proofs.parent)
    monkeypatch.setattr(verification, "verification", lambda **given: real(proofs=proofs, **given))
    assert verification.verify() == status
