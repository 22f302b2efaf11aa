"""The matrix of one permission: every principal, and the condition under which it may."""

import pytest

from access.symbolic.describe import describe
from access.symbolic.logic import Atom, all_of, any_of, negation
from access.symbolic.patterns import text
from access.symbolic.questions import Some
from access.who_can import who_can


def key_of(environment):
    return next(r for r in environment.resources if r.type == "AWS::KMS::Key")


def row(rows, logical_id):
    return next(r for r in rows if r.principal.place.logical_id == logical_id)


def test_every_principal_has_one_row_and_only_the_session_is_not_denied(service, loaded):
    environment = loaded(service)
    rows = who_can(environment, "kms:Decrypt", key_of(environment))
    assert [r.principal for r in rows] == list(environment.principals)
    assert [r.principal.place.logical_id for r in rows if r.may != "denied"] == ["UserData"]


def test_a_row_names_the_condition_with_the_variable_in_it(service, loaded):
    environment = loaded(service)
    found = row(who_can(environment, "kms:Decrypt", key_of(environment)), "UserData")
    assert found.may == "conditional"
    assert found.condition == "kms:encryptioncontext:reader is ${aws:principaltag/user}"
    assert environment.evaluate(found.witness.request).allowed


def test_a_permission_without_a_condition_is_allowed(service, loaded):
    service["PicturesPolicy"]["Properties"]["PolicyDocument"]["Statement"].pop()
    service["PicturesPolicy"]["Properties"]["PolicyDocument"]["Statement"].append(
        {"Effect": "Deny", "Principal": "*", "Action": "s3:DeleteBucket", "Resource": "arn:aws:s3:::pictures"}
    )
    rows = who_can(loaded(service), "s3:GetObject", "arn:aws:s3:::pictures/x")
    assert row(rows, "Administrator").may == "allowed"
    assert row(rows, "Administrator").condition == ""
    assert row(rows, "Employee").may == "denied"


def test_a_deny_shows_as_what_must_not_be(service, loaded):
    rows = who_can(loaded(service), "s3:GetObject", "arn:aws:s3:::pictures/x")
    found = row(rows, "Administrator")
    assert (found.may, found.condition) == ("conditional", "aws:securetransport is not false")


def test_what_is_not_known_is_unknown_and_says_what_would_settle_it(service, loaded):
    service["Function"]["Properties"]["ManagedPolicyArns"] = ["arn:aws:iam::aws:policy/AdministratorAccess"]
    found = row(who_can(loaded(service), "s3:GetObject", "arn:aws:s3:::pictures/x"), "Function")
    assert found.may == "unknown"
    assert any("AdministratorAccess" in settle for settle in found.settles)


def some(key, value, *, test="matches"):
    return Atom(Some(key, (text(value, "like", None),) if value else (), test))


PRESENT, CORE, OTHER = some("k", "", test="any"), some("k", "core"), some("other", "a*")


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        (all_of([PRESENT, CORE]), "k is core"),
        (any_of([negation(PRESENT), all_of([PRESENT, negation(CORE)])]), "k is not core"),
        (negation(any_of([CORE, OTHER])), "(k is not core and other is not a*)"),
        (all_of([CORE, any_of([negation(CORE), OTHER])]), "(k is core and other is a*)"),
        (negation(PRESENT), "k is absent"),
        (any_of([all_of([PRESENT, OTHER]), negation(PRESENT)]), "(other is a* or k is absent)"),
    ],
)
def test_a_condition_is_told_once_and_without_detours(formula, words):
    assert describe(formula) == words
