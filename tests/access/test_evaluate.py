"""What a template leaves open makes UNKNOWN exactly where it could change the answer, never ALLOW."""

from __future__ import annotations

import pytest

from access.evaluate import Decision, Level, Outcome, PolicySet, evaluate
from access.language.policy import Policy, PolicyKind, parse_policy
from access.language.unresolved import Partial, Unresolved
from access.place import Place
from access.request import Caller, Context, Request, tied_context

ACCOUNT = "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/team/Reader"
GAP = Unresolved(Place("stack.json", "Role", "Ref"), "parameter Bucket without a default")
REQUEST = Request(
    Caller.session(ROLE, "s"),
    "s3:GetObject",
    "arn:aws:s3:::bucket/key",
    ACCOUNT,
    Context({"aws:SourceVpc": "vpc-1"}),
)


def policy(*statements: dict[str, object], kind: PolicyKind = "identity", name: str = "test") -> Policy:
    return parse_policy(
        {"Version": "2012-10-17", "Statement": list(statements)}, place=Place("p"), kind=kind, name=name
    )


def statement(effect: object = "Allow", **elements: object) -> dict[str, object]:
    return {"Effect": effect, "Action": "s3:*", "Resource": "*", **elements}


def decide(*statements: dict[str, object], request: Request = REQUEST) -> Decision:
    return evaluate(request, PolicySet(identity=(policy(*statements),)))


OPEN = [
    pytest.param({"Action": GAP}, id="action"),
    pytest.param({"Action": ["ec2:*", GAP]}, id="one action of two"),
    pytest.param({"Action": Partial(("s3:Get", GAP))}, id="part of an action"),
    pytest.param({"Resource": GAP}, id="resource"),
    pytest.param({"Resource": Partial(("arn:aws:s3:::", GAP, "/*"))}, id="part of a resource"),
    pytest.param({"Condition": GAP}, id="condition"),
    pytest.param({"Condition": {"StringEquals": GAP}}, id="condition keys"),
    pytest.param({"Condition": {"StringEquals": {"aws:SourceVpc": GAP}}}, id="condition value"),
    pytest.param(
        {"Condition": {"StringMatches": {"aws:SourceVpc": "vpc-1"}}}, id="operator that does not exist"
    ),
    pytest.param({"Principal": "*"}, id="principal in an identity policy"),
]


@pytest.mark.parametrize("elements", OPEN)
def test_an_open_allow_is_unknown_and_says_what_would_settle_it(elements: dict[str, object]) -> None:
    decision = decide(statement(**elements))
    assert decision.outcome is Outcome.UNKNOWN
    assert decision.unknown
    assert all(reason.startswith("identity policy test p:Statement/0: ") for reason in decision.unknown)


@pytest.mark.parametrize("elements", OPEN)
def test_an_open_deny_is_unknown_beside_an_allow(elements: dict[str, object]) -> None:
    assert decide(statement(), statement("Deny", **elements)).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("elements", OPEN)
def test_an_open_statement_does_not_cloud_a_denial_it_cannot_change(elements: dict[str, object]) -> None:
    assert decide(statement("Deny", **elements)).outcome is Outcome.IMPLICIT_DENY
    assert decide(statement(**elements), statement("Deny")).outcome is Outcome.EXPLICIT_DENY
    other = {"Action": "ec2:*", "Resource": "*"}
    assert decide(statement(**{**other, "Condition": GAP})).outcome is Outcome.IMPLICIT_DENY


@pytest.mark.parametrize("elements", OPEN)
def test_an_open_allow_does_not_cloud_a_sure_one(elements: dict[str, object]) -> None:
    assert decide(statement(), statement(**elements)).outcome is Outcome.ALLOW


def test_a_partly_known_pattern_that_cannot_match_is_no_doubt() -> None:
    elsewhere = statement(Resource=Partial(("arn:aws:dynamodb:", GAP)))
    assert decide(elsewhere).outcome is Outcome.IMPLICIT_DENY


def test_an_open_list_under_not_resource_keeps_what_it_surely_keeps_out() -> None:
    listed = {"Effect": "Allow", "Action": "s3:*", "NotResource": ["arn:aws:s3:::bucket/*", GAP]}
    assert decide(listed).outcome is Outcome.IMPLICIT_DENY
    unlisted = {"Effect": "Allow", "Action": "s3:*", "NotResource": ["arn:aws:s3:::other/*", GAP]}
    assert decide(unlisted).outcome is Outcome.UNKNOWN


def test_an_unresolved_effect_could_allow_or_deny() -> None:
    assert decide(statement(GAP)).outcome is Outcome.UNKNOWN
    assert decide(statement(), statement(GAP)).outcome is Outcome.UNKNOWN
    assert decide(statement(GAP, Action="ec2:*")).outcome is Outcome.IMPLICIT_DENY


def test_a_policy_that_is_not_at_hand_clouds_every_answer_but_an_explicit_deny() -> None:
    absent = Policy.unknown("identity", "AdministratorAccess", GAP)
    for beside in ((), (policy(statement()),)):
        decision = evaluate(REQUEST, PolicySet(identity=(absent, *beside)))
        assert decision.outcome is Outcome.UNKNOWN
        assert "AdministratorAccess" in decision.unknown[0]
        assert GAP.expression in decision.unknown[0]
    denied = PolicySet(identity=(absent, policy(statement("Deny"))))
    assert evaluate(REQUEST, denied).outcome is Outcome.EXPLICIT_DENY


@pytest.mark.parametrize(
    "principal", [GAP, {"AWS": GAP}, {"AWS": ["444455556666", Partial(("arn:aws:iam::", GAP))]}]
)
def test_an_unresolved_principal_might_be_the_caller(principal: object) -> None:
    allowing = policy(statement(Principal=principal), kind="resource")
    assert evaluate(REQUEST, PolicySet(resource=allowing)).outcome is Outcome.UNKNOWN
    denying = policy(statement("Deny", Principal=principal), kind="resource")
    sets = PolicySet(identity=(policy(statement()),), resource=denying)
    assert evaluate(REQUEST, sets).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("layer", ["boundaries", "session", "endpoint"])
def test_an_open_guard_leaves_an_allowed_request_open_and_a_refused_one_refused(layer: str) -> None:
    guard = policy(statement(Condition=GAP), kind="endpoint" if layer == "endpoint" else "boundary")
    assert (
        evaluate(REQUEST, PolicySet(identity=(policy(statement()),), **{layer: (guard,)})).outcome
        is Outcome.UNKNOWN
    )
    assert evaluate(REQUEST, PolicySet(**{layer: (guard,)})).outcome is Outcome.IMPLICIT_DENY


def test_an_open_level_of_scps_leaves_the_answer_open() -> None:
    levels = (
        Level("root", (policy(statement(), kind="scp"),)),
        Level("ou", (policy(statement(Action=GAP), kind="scp"),)),
    )
    assert (
        evaluate(REQUEST, PolicySet(identity=(policy(statement()),), scps=levels)).outcome is Outcome.UNKNOWN
    )
    assert evaluate(REQUEST, PolicySet(scps=levels)).outcome is Outcome.IMPLICIT_DENY


def test_no_level_binds_and_an_empty_level_refuses() -> None:
    allowed = (policy(statement()),)
    assert evaluate(REQUEST, PolicySet(identity=allowed, scps=None)).allowed
    assert evaluate(REQUEST, PolicySet(identity=allowed, scps=())).allowed
    assert not evaluate(REQUEST, PolicySet(identity=allowed, scps=(Level("root", ()),))).allowed
    assert not evaluate(REQUEST, PolicySet(identity=allowed, boundaries=())).allowed


def test_deciding_names_every_statement_that_allows_or_denies() -> None:
    decision = decide(statement(Sid="One"), statement(Sid="Two"), statement(Sid="Other", Action="ec2:*"))
    assert [ref.statement.sid for ref in decision.deciding] == ["One", "Two"]
    decision = decide(statement(Sid="One"), statement("Deny", Sid="Stop"))
    assert [str(ref) for ref in decision.deciding] == ["identity policy test Stop (p:Statement/1)"]


@pytest.mark.parametrize(
    ("caller", "missing"),
    [
        (
            Caller.session(ROLE, "s"),
            "an identity policy of the caller must allow it, "
            "or the policy of the resource, naming the caller",
        ),
        (Caller.service("events.amazonaws.com"), "the policy of the resource must allow the caller"),
        (Caller.anonymous(), "the policy of the resource must allow the caller"),
    ],
)
def test_a_denial_says_what_would_have_been_needed(caller: Caller, missing: str) -> None:
    request = Request(caller, REQUEST.action, REQUEST.resource, ACCOUNT)
    assert evaluate(request, PolicySet()).missing == (missing,)


def test_across_accounts_both_sides_are_named_as_needed() -> None:
    request = Request(Caller.session(ROLE, "s"), REQUEST.action, REQUEST.resource, "444455556666")
    assert evaluate(request, PolicySet()).missing == (
        "the policy of the resource must allow the caller",
        "an identity policy of the caller must allow it",
    )


def test_a_question_about_some_resource_takes_any_allow_and_only_a_deny_that_covers_all() -> None:
    some = Request(REQUEST.caller, "s3:GetObject", "*", ACCOUNT)
    bucket = "arn:aws:s3:::bucket/*"
    assert decide(statement(Resource=bucket), request=some).allowed
    assert decide(statement(), statement("Deny", Resource=bucket), request=some).allowed
    assert not decide(statement(), statement("Deny"), request=some).allowed
    listed = {"Effect": "Deny", "Action": "s3:*", "NotResource": bucket}
    assert decide(statement(), listed, request=some).allowed
    assert decide(statement(Resource=GAP), request=some).outcome is Outcome.UNKNOWN


def test_the_role_of_a_session_keeps_its_path_and_names_the_session() -> None:
    session = Caller.session(ROLE, "s")
    assert session.arn == f"arn:aws:sts::{ACCOUNT}:assumed-role/Reader/s"
    assert session.principal_arn == ROLE
    by_name = policy(statement(Principal={"AWS": ROLE}), kind="resource")
    assert evaluate(REQUEST, PolicySet(resource=by_name)).allowed
    without_path = policy(statement(Principal={"AWS": ROLE.replace("team/", "")}), kind="resource")
    assert not evaluate(REQUEST, PolicySet(resource=without_path)).allowed


@pytest.mark.parametrize(
    ("arn", "kind"),
    [
        (f"arn:aws:iam::{ACCOUNT}:user/a/b", "user"),
        (f"arn:aws:iam::{ACCOUNT}:role/a", "role"),
        (f"arn:aws:iam::{ACCOUNT}:root", "root"),
        (f"arn:aws:sts::{ACCOUNT}:assumed-role/a/b", "session"),
        (f"arn:aws:sts::{ACCOUNT}:federated-user/a", "federated_user"),
        (f"arn:aws:iam::{ACCOUNT}:oidc-provider/example.com/", "federated"),
        (f"arn:aws:iam::{ACCOUNT}:saml-provider/a", "federated"),
        ("lambda.amazonaws.com", "service"),
    ],
)
def test_an_arn_tells_what_kind_of_caller_it_is(arn: str, kind: str) -> None:
    assert Caller.from_arn(arn).kind == kind


@pytest.mark.parametrize(
    ("caller", "tied"),
    [
        (Caller.session(ROLE, "s"), {"aws:principalarn": ROLE, "aws:principaltype": "AssumedRole"}),
        (
            Caller.from_arn(f"arn:aws:iam::{ACCOUNT}:user/x/ana"),
            {"aws:username": "ana", "aws:principaltype": "User"},
        ),
        (Caller.service("s3.amazonaws.com"), {"aws:principalservicename": "s3.amazonaws.com"}),
        (Caller.anonymous(), {"aws:principaltype": "Anonymous", "aws:principalisawsservice": "false"}),
    ],
)
def test_what_follows_from_the_caller_is_part_of_the_context(caller: Caller, tied: dict[str, str]) -> None:
    assert tied.items() <= tied_context(caller, ACCOUNT).items()
    for key, value in tied.items():
        condition = {"StringEquals": {key: value}}
        allowing = policy(statement(Principal="*", Condition=condition), kind="resource")
        assert evaluate(
            Request(caller, "s3:GetObject", "arn:aws:s3:::b/k"), PolicySet(resource=allowing)
        ).allowed


def test_keys_of_a_context_compare_without_case_and_equal_contexts_are_equal() -> None:
    one, other = Context({"AWS:SourceIp": "192.0.2.1"}), Context({"aws:sourceip": ["192.0.2.1"]})
    assert one == other
    assert hash(one) == hash(other)
    assert one["aws:SOURCEIP"] == ("192.0.2.1",)
    assert "aws:username" not in one
