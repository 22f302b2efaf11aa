"""A verdict of many is as good as the worst, and silence is not success."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.verdict import DOES_NOT_APPLY, HOLDS, Status, Verdict, broken, cannot_tell, overall

verdicts = st.sampled_from([HOLDS, DOES_NOT_APPLY, broken("b"), cannot_tell("c")])
ORDER = [Status.DOES_NOT_APPLY, Status.HOLDS, Status.CANNOT_TELL, Status.BROKEN]


@given(st.lists(verdicts, min_size=1))
def test_many_verdicts_are_as_good_as_the_worst_of_them(many):
    assert overall(many).status is max((v.status for v in many), key=ORDER.index)


def test_no_verdict_at_all_cannot_tell():
    assert overall([]).status is Status.CANNOT_TELL


def test_every_reason_of_the_worst_kind_is_kept_once():
    assert overall([broken("a"), HOLDS, broken("b"), cannot_tell("c"), broken("a")]).reason == "a\nb"


@pytest.mark.parametrize("status", [Status.BROKEN, Status.CANNOT_TELL])
def test_a_bad_verdict_needs_a_reason(status):
    with pytest.raises(ValueError, match="needs a reason"):
        Verdict(status)
