"""A flow makes the calls that AWS allows, and those that it says AWS will refuse."""

import re
from pathlib import Path

import pytest

from access.decision import Decision, Outcome
from access.request import Caller
from local_cloud.decisions import DecidedCall, Part
from local_cloud.expected import CallsNotAllowed, Refusal, check
from local_cloud.gate import dynamodb, kms, s3, sts
from local_cloud.gate.call import Access, Call
from local_cloud.gate.implied import OPERATIONS

ROOT = Path(__file__).parents[2]
ROLE = "arn:aws:iam::111111111111:role/UserData"
REFUSED = Refusal(operation="s3:GetObject", principal="*:assumed-role/UserData/*", why="it must not read")


def decided(*outcomes, unknown=()):
    access = Access(action="s3:GetObject", resource="arn:aws:s3:::bucket/key")
    caller = Caller.session(ROLE, "alice")
    call = Call(operation="s3:GetObject", caller=caller, accesses=(access,), context={})
    parts = tuple(Part(access=access, decision=Decision(outcome)) for outcome in outcomes)
    return DecidedCall(call=call, parts=parts, unknown=unknown)


def test_allowed_calls_pass():
    check([decided(Outcome.ALLOW), decided(Outcome.ALLOW, Outcome.ALLOW)])


@pytest.mark.parametrize("outcome", [Outcome.IMPLICIT_DENY, Outcome.EXPLICIT_DENY])
def test_one_denied_part_refuses_the_call(outcome):
    with pytest.raises(CallsNotAllowed, match=r"AWS would refuse s3:GetObject by .*UserData/alice"):
        check([decided(Outcome.ALLOW, outcome)])


@pytest.mark.parametrize(
    "call",
    [decided(Outcome.UNKNOWN), decided(Outcome.ALLOW, unknown=("which key is not known",)), decided()],
    ids=["unknown decision", "unknown implied calls", "no part"],
)
def test_what_is_not_known_does_not_pass_and_is_no_refusal(call):
    with pytest.raises(CallsNotAllowed, match="not known: s3:GetObject"):
        check([call])
    with pytest.raises(CallsNotAllowed, match="AWS would not refuse s3:GetObject"):
        check([call], [REFUSED])


def test_an_announced_refusal_must_be_denied_and_must_occur():
    check([decided(Outcome.IMPLICIT_DENY)], [REFUSED])
    with pytest.raises(CallsNotAllowed, match="AWS would not refuse s3:GetObject"):
        check([decided(Outcome.ALLOW)], [REFUSED])
    with pytest.raises(CallsNotAllowed, match="no call was s3:GetObject"):
        check([], [REFUSED])


def test_what_each_operation_that_the_gate_understands_implies_is_listed():
    understood = {"s3": s3, "dynamodb": dynamodb, "kms": kms, "sts": sts}
    assert {service: set(module.UNDERSTOOD) for service, module in understood.items()} == {
        service: set(operations) for service, operations in OPERATIONS.items()
    }


def test_only_clouds_that_are_killed_go_undecided():
    sources = [
        path
        for folder in ("tests", "compliance_tests", "local_cloud", "benchmarks")
        for path in (ROOT / folder).rglob("*.py")
        if path != Path(__file__)
    ]
    lines = [
        (path.relative_to(ROOT).as_posix(), line.strip())
        for path in sources
        for line in path.read_text().splitlines()
        if re.search(r"\bdecided=False|_decided = False", line)
    ]
    assert [place for place, _ in lines] == ["tests/local_cloud/test_run.py"], lines
    assert lines[0][1].startswith("killed = LocalCloud(")
