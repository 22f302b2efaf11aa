"""A small register with proofs that end in every way a proof can end."""

import sys

import pytest

CLAIM = """
[{id}]
area = "Example"
promise = "Promise {id} is kept."
scope = "nowhere"
evidence = ["run"]
status = "{status}"
limits = ["One limit."]
not_yet = "{not_yet}"
"""

PROOFS = """
import pytest
from policies.verdict import broken, cannot_tell

proves = pytest.mark.proves

class NotShown(AssertionError):
    def __init__(self, verdict):
        self.verdict = verdict

@pytest.fixture
def missing():
    raise OSError("no such thing")

@proves("AAA-1")
@pytest.mark.parametrize("environment", ["development", "production"])
def test_it_holds(environment):
    pass

@proves("AAA-2")
def test_it_is_broken():
    raise NotShown(broken("the bucket Pictures is open"))

@proves("AAA-3")
def test_it_cannot_be_told():
    raise NotShown(cannot_tell("nothing was there"))

@proves("AAA-4")
def test_it_is_skipped():
    pytest.skip("not today")

@proves("AAA-5")
def test_its_fixture_crashes(missing):
    pass

@proves("AAA-6")
def test_an_assertion_fails():
    assert [] == ["a leak"]

@proves("AAA-7")
def test_one_part_holds():
    pass

@proves("AAA-7")
def test_another_part_crashes():
    raise KeyError("x")

@pytest.fixture
def breaks_afterwards():
    yield
    raise OSError("the cloud did not end")

@proves("AAA-10")
def test_its_teardown_crashes(breaks_afterwards):
    pass

@pytest.mark.sabotages("AAA-1")
def test_a_sabotage_is_not_run():
    raise SystemExit(9)
"""


@pytest.fixture
def proofs(tmp_path, monkeypatch):
    # Another test's proofs have the same module names.
    monkeypatch.delitem(sys.modules, "test_proofs", raising=False)
    folder = tmp_path / "proofs"
    folder.mkdir()
    claims = [CLAIM.format(id=f"AAA-{n}", status="asserted", not_yet="") for n in (*range(1, 9), 10)]
    claims.append(CLAIM.format(id="AAA-9", status="waiting", not_yet="Waits for tomorrow."))
    (folder / "claims.toml").write_text("".join(claims))
    (folder / "test_proofs.py").write_text(PROOFS)
    # Its own configuration, so that nothing of the suite around it applies.
    (folder / "pytest.ini").write_text("[pytest]\nmarkers =\n  proves(claim): x\n  sabotages(claim): x\n")
    return folder
