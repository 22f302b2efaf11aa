"""The register, the proofs and the sabotages speak of the same promises."""

import pytest

from policies import catalogue
from policies.claims import load


@pytest.fixture(scope="module")
def marked(request):
    """The claims of every marked test of this folder, by mark, however few of them were selected."""
    from compliance_tests import marked_tests

    return marked_tests.claims()


def test_every_asserted_promise_is_proven_and_nothing_else_is(marked):
    assert {claim.id for claim in load() if claim.asserted} == set(marked["proves"])


def test_every_proven_promise_is_sabotaged_and_nothing_else_is(marked):
    assert set(marked["proves"]) == set(marked["sabotages"])


def test_every_promise_that_a_rule_serves_is_registered():
    assert {entry.rule.claim for entry in catalogue.rules()} <= {claim.id for claim in load()}


def test_the_register_holds_every_promise_of_the_published_page():
    areas = {"ENV": 9, "ENC": 9, "AUT": 3, "ISO": 4, "PRI": 1, "DES": 2}
    expected = {f"{area}-{number}" for area, count in areas.items() for number in range(1, count + 1)}
    assert {claim.id for claim in load()} == expected
