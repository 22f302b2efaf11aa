"""The prover never disagrees with the evaluator: drawn policies, drawn requests, both asked.

Three comparisons over policies that Hypothesis draws from a small vocabulary, so that patterns meet:
every request pinned down completely must come out of the formula as `evaluate` decides it; a formula without
a model must have no request that is allowed; and a model must be a request that `evaluate` allows.
`SOULPICKS_AGREEMENT_EXAMPLES` raises the number of policy sets for a nightly run.
"""

import os
import random
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import access.evaluate as evaluation
from access.deciding import operators
from access.decision import Level, Outcome, PolicySet
from access.evaluate import evaluate
from access.language.policy import parse_policy
from access.language.statement import Effect
from access.place import Place
from access.request import Caller, Context, Request
from access.symbolic import formula, questions
from access.symbolic.cells import facts, one_resource, request, resources, statements
from access.symbolic.domains import Key
from access.symbolic.formula import Cell, allowed
from access.symbolic.logic import FALSE, constant
from access.symbolic.solve import models

EXAMPLES = int(os.environ.get("SOULPICKS_AGREEMENT_EXAMPLES", "880"))
REQUESTS_EACH = 25

ACCOUNT, OTHER = "111111111111", "222222222222"
CALLERS = (
    Caller.session(f"arn:aws:iam::{ACCOUNT}:role/Reader", "session"),
    Caller.from_arn(f"arn:aws:iam::{ACCOUNT}:user/alice"),
    Caller.from_arn(f"arn:aws:iam::{OTHER}:user/alice"),
    Caller.from_arn(f"arn:aws:iam::{ACCOUNT}:root"),
    Caller.service("lambda.amazonaws.com"),
    Caller.anonymous(),
)
ACTIONS = ("s3:GetObject", "s3:PutObject", "kms:Decrypt", "sts:AssumeRole")
RESOURCES = (
    "arn:aws:s3:::pictures/alice/1",
    "arn:aws:s3:::pictures/bob/1",
    f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/k-1",
    f"arn:aws:iam::{ACCOUNT}:role/Writer",
)
TEXTS = ("alice", "bob", "alice|bob", "Alice", "", "al*e", "arn:aws:iam::111111111111:role/Reader")
VALUES = {
    "aws:PrincipalTag/user": TEXTS,
    "kms:EncryptionContext:reader": TEXTS,
    "s3:prefix": TEXTS,
    "aws:SecureTransport": ("true", "false"),
    "aws:MultiFactorAuthAge": ("0", "60", "3600", "3600.5", "soon"),
    "aws:CurrentTime": ("2024-01-01T00:00:00Z", "2025-06-01T12:00:00Z", "1704067200"),
    "aws:SourceIp": ("10.1.2.3", "10.9.9.9", "192.0.2.1", "2001:db8::1"),
    "aws:SourceArn": ("arn:aws:s3:::pictures", f"arn:aws:sns:eu-west-1:{ACCOUNT}:topic", "no-arn"),
    "dynamodb:LeadingKeys": TEXTS,
    "aws:TagKeys": ("alice", "team", ""),
}
MANY = ("dynamodb:LeadingKeys", "aws:TagKeys")
PATTERNS = ("alice", "bob", "a*", "a*", "*", "?lice", "*|bob", "${aws:PrincipalTag/user}",
            "${aws:PrincipalTag/user}|*", "*|${aws:PrincipalTag/user}",
            "${aws:PrincipalTag/user, 'alice'}", "${aws:username}", "${*}", "al${*}e", "ALICE",
            "", "${s3:prefix}x*")  # fmt: skip
TEXT_KEYS = ("aws:PrincipalTag/user", "kms:EncryptionContext:reader", "s3:prefix", "dynamodb:LeadingKeys",
             "aws:TagKeys")  # fmt: skip


def _conditions():
    suffix = st.sampled_from(("", "", "IfExists"))
    text = st.tuples(
        st.sampled_from((*["StringEquals"] * 3, "StringNotEquals", "StringLike", "StringNotLike",
                         "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase")),
        suffix, st.sampled_from(TEXT_KEYS), st.lists(st.sampled_from(PATTERNS), min_size=1, max_size=2),
    )  # fmt: skip
    arn = st.tuples(
        st.sampled_from(("ArnLike", "ArnNotLike", "ArnEquals")), suffix,
        st.sampled_from(("aws:SourceArn", "aws:PrincipalArn")),
        st.lists(st.sampled_from(("arn:aws:s3:::*", "arn:aws:*:*:*:topic", "arn:aws:sns", "*",
                                  f"arn:aws:iam::{ACCOUNT}:role/R*",
                                  "arn:aws:iam::111111111111:user/${aws:PrincipalTag/user}",
                                  "arn:aws:iam::${aws:PrincipalAccount}:role/*")), min_size=1, max_size=2),
    )  # fmt: skip
    number = st.tuples(
        st.sampled_from([f"Numeric{n}" for n in ("Equals", "NotEquals", "LessThan", "LessThanEquals",
                                                 "GreaterThan", "GreaterThanEquals")]),
        suffix, st.just("aws:MultiFactorAuthAge"),
        st.lists(st.sampled_from(("60", "3600", "often", "0")), min_size=1, max_size=2),
    )  # fmt: skip
    date = st.tuples(
        st.sampled_from([f"Date{n}" for n in ("Equals", "NotEquals", "LessThan", "GreaterThanEquals")]),
        suffix, st.just("aws:CurrentTime"),
        st.sampled_from((["2024"], ["2024-01-01T00:00:00Z"], ["2025-06"], ["1704067200000"])),
    )  # fmt: skip
    address = st.tuples(
        st.sampled_from(("IpAddress", "NotIpAddress")), suffix, st.just("aws:SourceIp"),
        st.lists(st.sampled_from(("10.0.0.0/8", "10.1.0.0/16", "192.0.2.1", "2001:db8::/32")),
                 min_size=1, max_size=2),
    )  # fmt: skip
    other = st.tuples(
        st.sampled_from(("Bool", "Null")), st.just(""),
        st.sampled_from(("aws:SecureTransport", "aws:PrincipalTag/user", "dynamodb:LeadingKeys")),
        st.lists(st.sampled_from(("true", "false")), min_size=1, max_size=1),
    )  # fmt: skip
    plain = st.one_of(text, text, text, arn, number, date, address, other)
    quantified = st.tuples(st.sampled_from(("ForAllValues:", "ForAnyValue:")), text).map(
        lambda drawn: (drawn[0] + drawn[1][0], *drawn[1][1:])
    )
    return st.one_of(plain, plain, quantified).map(lambda drawn: {drawn[0] + drawn[1]: {drawn[2]: drawn[3]}})


def _statement(*, principal: bool):
    names = st.sampled_from(("*", {"AWS": ACCOUNT}, {"AWS": f"arn:aws:iam::{ACCOUNT}:role/Reader"},
                             {"AWS": [f"arn:aws:iam::{account}:user/alice" for account in (ACCOUNT, OTHER)]},
                             {"Service": "lambda.amazonaws.com"}))  # fmt: skip
    actions = st.lists(
        st.sampled_from(("*", "*", "s3:*", "S3:getobject", "s3:?et*", "kms:Decrypt", "sts:*")),
        min_size=1,
        max_size=2,
    )
    rarely = st.sampled_from((False,) * 5 + (True,))
    named = st.lists(
        st.sampled_from(("*", "*", "arn:aws:s3:::pictures/*",
                         "arn:aws:s3:::pictures/${aws:PrincipalTag/user}/*",
                         f"arn:aws:kms:*:{ACCOUNT}:key/*", "arn:aws:s3", "arn:aws:*:*:*:role/Writer",
                         f"arn:aws:iam::{ACCOUNT}:role/*")), min_size=1, max_size=2,
    )  # fmt: skip
    return st.builds(
        lambda effect, action, not_action, resource, not_resource, who, not_who, conditions: {
            "Effect": effect,
            "NotAction" if not_action else "Action": action,
            "NotResource" if not_resource else "Resource": resource,
            **({"NotPrincipal" if not_who and effect == "Deny" else "Principal": who} if principal else {}),
            **({"Condition": {k: v for c in conditions for k, v in c.items()}} if conditions else {}),
        },
        st.sampled_from(("Allow", "Allow", "Allow", "Deny")),
        actions, rarely, named, rarely, names, rarely,
        st.lists(_conditions(), max_size=2),
    )  # fmt: skip


def _policy(kind: str, name: str):
    principal = kind in ("resource", "endpoint", "rcp")
    return st.lists(_statement(principal=principal), min_size=1, max_size=3).map(
        lambda body: parse_policy(
            {"Version": "2012-10-17", "Statement": body}, place=Place(name), kind=kind, name=name
        )
    )


POLICY_SETS = st.builds(
    lambda identity, boundary, session, resource, scp, rcp, endpoint: PolicySet(
        identity=(identity,),
        boundaries=boundary and (boundary,),
        session=session and (session,),
        resource=resource,
        scps=scp and (Level("root", (scp,)),),
        rcps=rcp and (Level("root", (rcp,)),),
        endpoint=endpoint and (endpoint,),
    ),
    _policy("identity", "identity"),
    *(
        st.one_of(*[st.none()] * 5, _policy(kind, name))
        for kind, name in (("boundary", "boundary"), ("session", "session"))
    ),
    st.one_of(st.none(), _policy("resource", "resource")),
    *(st.one_of(*[st.none()] * 5, _policy(kind, kind)) for kind in ("scp", "rcp", "endpoint")),
)


def drawn_request(source: random.Random) -> Request:
    context: dict[str, str | list[str]] = {}
    for key, values in VALUES.items():
        if source.random() < 0.6:
            several = key in MANY and source.random() < 0.5
            context[key] = source.sample(values, 2) if several else source.choice(values)
    caller = source.choice((*CALLERS[:2], *CALLERS))
    # Mostly an action on its own service's resource, since the others are mostly denied by everything.
    action, own = source.choice(((ACTIONS[0], 0), (ACTIONS[1], 1), *zip(ACTIONS, range(4), strict=True)))
    resource = RESOURCES[own] if source.random() < 0.8 else source.choice(RESOURCES)
    return Request(caller, action, resource, ACCOUNT, Context(context))


def pinned(asked: Request) -> dict[str, Key]:
    """The keys of a drawn request as known values; those it does not have as absent."""
    return {name.lower(): Key.tied(*asked.context.get(name, ())) for name in VALUES}


def cell_of(
    caller: Caller, action: str, where: Key, policies: PolicySet, assumed: dict[str, Key] | None = None
) -> Cell:
    known = facts(
        caller, where, resource_account=ACCOUNT, statements=statements(policies), assumed=assumed
    )  # fmt: skip
    return Cell(caller, action, known, ACCOUNT)


def disagreement(asked: Request, policies: PolicySet) -> str | None:
    """What the two say about one request, when they do not say the same."""
    outcome = evaluate(asked, policies).outcome
    cell = cell_of(asked.caller, asked.action, one_resource(asked.resource), policies, pinned(asked))
    found = next(models(allowed(cell, policies), cell.facts, limit=1), None)
    if found is None:
        agrees = outcome in (Outcome.IMPLICIT_DENY, Outcome.EXPLICIT_DENY)
    else:
        agrees = outcome is (Outcome.UNKNOWN if found.open else Outcome.ALLOW)
    # An approximation may add requests that might be allowed, and must never lose one.
    agrees = agrees or (found is not None and bool(found.open))
    return None if agrees else f"{asked} with {asked.context}: {outcome}, but the formula finds {found}"


def compare(policies: PolicySet, seed: int) -> None:
    source = random.Random(seed)
    for _ in range(REQUESTS_EACH):
        found = disagreement(drawn_request(source), policies)
        assert found is None, found


QUICK = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    database=None,
    phases=(Phase.generate,),
)


@given(POLICY_SETS, st.integers(0, 2**32))
@QUICK
def test_every_request_comes_out_of_the_formula_as_the_evaluator_decides_it(policies, seed):
    compare(policies, seed)


@given(POLICY_SETS, st.integers(0, 2**32), st.sampled_from(CALLERS), st.sampled_from(ACTIONS[:2]))
@settings(QUICK, max_examples=EXAMPLES // 4)
def test_nothing_is_allowed_where_the_prover_finds_no_request(policies, seed, caller, action):
    cell = cell_of(caller, action, resources(["arn:aws:s3:::pictures/*"]), policies)
    if next(models(allowed(cell, policies), cell.facts, limit=1), None) is not None:
        return
    source = random.Random(seed)
    for _ in range(20):
        drawn = drawn_request(source)
        asked = replace(drawn, caller=caller, action=action, resource=source.choice(RESOURCES[:2]))
        decision = evaluate(asked, policies)
        assert decision.outcome in (Outcome.IMPLICIT_DENY, Outcome.EXPLICIT_DENY), asked


@given(POLICY_SETS, st.sampled_from(CALLERS), st.sampled_from(ACTIONS[:2]))
@settings(QUICK, max_examples=EXAMPLES // 4)
def test_a_request_that_the_prover_finds_is_one_that_the_evaluator_allows(policies, caller, action):
    cell = cell_of(caller, action, resources(["arn:aws:s3:::pictures/*"]), policies)
    found = list(models(allowed(cell, policies), cell.facts, limit=12))
    for model in found:
        asked = request(cell, model)
        if asked is not None and not model.open:
            decision = evaluate(asked, policies)
            assert decision.outcome is Outcome.ALLOW, f"{asked} with {asked.context}: {decision}"


def _never_negates(known, patterns, value, *, unsettled):
    return any(known.compare(pattern, value) for pattern in patterns)


PLANTED = {
    "the evaluator forgets that an operator is negated": (operators, "_compared", _never_negates),
    "the evaluator lets boundaries and session policies pass": (evaluation, "_LIMITS", ()),
    "the evaluator forgets service control policies": (evaluation, "_GUARDS", ("rcp", "endpoint")),
    "the prover takes a Deny for nothing": (
        formula,
        "_effects",
        lambda statement: (FALSE, constant(statement.effect is Effect.ALLOW)),
    ),
    "the prover forgets that NotResource is negated": (
        formula,
        "_element",
        lambda _element, known, _maybe, _statement, _name: known,
    ),
    "the prover lets a star of StringEquals match": (
        questions,
        "_MEANINGS",
        {**questions._MEANINGS, "StringEquals": questions.Meaning("like")},
    ),
}


@pytest.mark.parametrize("bug", PLANTED)
def test_a_bug_planted_in_either_is_found(monkeypatch, bug):
    module, name, replacement = PLANTED[bug]
    monkeypatch.setattr(module, name, replacement)

    @given(POLICY_SETS, st.integers(0, 2**32))
    @settings(QUICK, max_examples=2_000)
    def comparison(policies, seed):
        compare(policies, seed)

    with pytest.raises(AssertionError, match="but the formula finds"):
        comparison()
