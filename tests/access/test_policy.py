"""Policy documents: what is read, what is refused, and with which words."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from access.deciding.operators import OPERATORS
from access.errors import PolicyError
from access.evaluate import PolicySet, evaluate
from access.language.policy import Condition, Effect, Policy, parse_policy
from access.language.unresolved import Partial, Unresolved
from access.place import Place
from access.request import Caller, Context, Request

PLACE = Place("stack.json", "Role", "Policies/0")
GAP = Unresolved(Place("stack.json", "Role", "Ref"), "parameter Bucket without a default")


def parsed(document: object) -> Policy:
    return parse_policy(document, place=PLACE, kind="identity", name="test")


def statement(**elements: object) -> dict[str, object]:
    body = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", **elements}
    return {
        "Version": "2012-10-17",
        "Statement": [{key: value for key, value in body.items() if value is not None}],
    }


def test_one_statement_and_a_list_of_one_read_the_same_but_for_their_place() -> None:
    one = parsed({"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}).statements[0]
    many = parsed({"Statement": [{"Effect": "Allow", "Action": ["s3:*"], "Resource": ["*"]}]}).statements[0]
    assert (one.effect, one.action, one.resource) == (many.effect, many.action, many.resource)
    assert str(one.place) == "stack.json:Role/Policies/0/Statement"
    assert str(many.place) == "stack.json:Role/Policies/0/Statement/0"


def test_variables_work_only_from_version_2012() -> None:
    document = statement()
    assert parsed(document).statements[0].variables
    assert not parsed({**document, "Version": "2008-10-17"}).statements[0].variables
    assert not parsed({"Statement": document["Statement"]}).statements[0].variables


def test_an_operator_is_split_into_quantifier_name_and_suffix() -> None:
    conditions = {
        "ForAnyValue:StringLikeIfExists": {"aws:TagKeys": ["a", "b"]},
        "Bool": {"aws:SecureTransport": True},
    }
    assert parsed(statement(Condition=conditions)).statements[0].conditions == (
        Condition("StringLike", "aws:TagKeys", ("a", "b"), "ForAnyValue", if_exists=True),
        Condition("Bool", "aws:SecureTransport", ("true",)),
    )


def test_numbers_in_conditions_are_read_as_their_text() -> None:
    read = parsed(statement(Condition={"NumericLessThan": {"s3:max-keys": [10, 2.5]}}))
    assert read.statements[0].conditions[0].values == ("10", "2.5")


@pytest.mark.parametrize(
    ("document", "where", "what"),
    [
        (None, "", "found None, expected an object with Id, Statement, Version"),
        ([], "", "found list of 0"),
        ({}, "", "Statement is missing"),
        ({"Version": "2012-10-18", "Statement": []}, "/Version", "Version is '2012-10-18'"),
        ({"Version": ["2012-10-17"], "Statement": []}, "/Version", "Version is list of 1"),
        ({"Statements": []}, "", "unknown key 'Statements'"),
        ({1: 2}, "", "key 1 is not a string"),
        (statement(Condition={"k" * 600: {}}), "/Statement/0/Condition", "of at most 512 characters"),
        ({"Statement": "Allow"}, "/Statement", "found 'Allow', expected an object"),
        ({"Statement": [[]]}, "/Statement/0", "found list of 0, expected an object"),
        (statement(Effect="allow"), "/Statement/0/Effect", "Effect is 'allow', expected 'Allow' or 'Deny'"),
        (statement(Effect=None), "/Statement/0/Effect", "Effect is None"),
        (statement(Action=None), "/Statement/0", "Action is missing"),
        (statement(NotAction="s3:*"), "/Statement/0", "Action and NotAction are both present"),
        (statement(NotResource="*"), "/Statement/0", "Resource and NotResource are both present"),
        (statement(Action={"a": 1}), "/Statement/0/Action", "found dict of 1, expected a string"),
        (statement(Action=[1]), "/Statement/0/Action/0", "found 1, expected a string"),
        (statement(Resource=[["*"]]), "/Statement/0/Resource/0", "found list of 1, expected a string"),
        (statement(Resource="a\0b"), "/Statement/0/Resource", "holds a NUL character"),
        (statement(Principal="ana"), "/Statement/0/Principal", "found 'ana', expected an object"),
        (statement(Principal={"User": "ana"}), "/Statement/0/Principal", "unknown key 'User'"),
        (statement(Condition=[]), "/Statement/0/Condition", "found list of 0, expected an object"),
        (statement(Condition={"Bool": "x"}), "/Statement/0/Condition/Bool", "found 'x', expected an object"),
        (statement(Condition={"Bool": {"a": None}}), "/Statement/0/Condition/Bool/a", "found None, expected"),
        (
            statement(Condition={"Bool": {"a": 10**5000}}),
            "/Statement/0/Condition/Bool/a",
            "expected a string",
        ),
        (statement(Action=["s3:*"] * 5000), "/Statement/0/Action", "list of 5000 entries, expected at most"),
        (statement(Resource="x" * 20_000), "/Statement/0/Resource", "string of 20000 characters"),
        (
            statement(Condition={str(n): {} for n in range(5000)}),
            "/Statement/0/Condition",
            "object of 5000 keys",
        ),
    ],
)
def test_a_malformed_document_is_refused_by_file_logical_id_and_path(
    document: object, where: str, what: str
) -> None:
    with pytest.raises(PolicyError) as refused:
        parsed(document)
    assert str(refused.value).startswith(f"stack.json:Role/Policies/0{where}: ")
    assert what in str(refused.value)
    assert len(str(refused.value)) < 300


@pytest.mark.parametrize("element", ["Effect", "Action", "Resource", "Principal", "Condition"])
def test_an_unresolved_element_is_kept_with_its_cause(element: str) -> None:
    read = parsed(statement(**{element: GAP}))
    assert [(item.element, item.cause) for item in read.unresolved] == [(element, GAP)]


def test_a_partly_unresolved_pattern_covers_what_it_could_become() -> None:
    element = (
        parsed(statement(Resource=["arn:aws:s3:::a", Partial(("arn:aws:s3:::", GAP, "/x"))]))
        .statements[0]
        .resource
    )
    assert element is not None
    assert element.patterns == ("arn:aws:s3:::a",)
    assert element.maybe == ("arn:aws:s3:::*/x",)


@pytest.mark.parametrize(
    ("condition", "open_condition"),
    [
        (
            {"StringEquals": {"aws:SourceVpc": [GAP, "vpc-1"]}},
            Condition("StringEquals", "aws:SourceVpc", ("vpc-1",), open=True),
        ),
        ({"StringEquals": GAP}, Condition("", "", (), open=True)),
        (GAP, Condition("", "", (), open=True)),
    ],
)
def test_an_unresolved_condition_stays_a_condition(condition: object, open_condition: Condition) -> None:
    assert parsed(statement(Condition=condition)).statements[0].conditions == (open_condition,)


def test_an_unresolved_document_or_statement_could_do_anything() -> None:
    for document in (GAP, {"Statement": [GAP]}, {"Statement": GAP}):
        (only,) = parsed(document).statements
        assert only.effect is None
        assert only.action.maybe == ("*",)
        assert only.unresolved


leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(
        ["Allow", "Deny", "*", "s3:*", "arn:aws:s3:::b/*", "2012-10-17", "${aws:username}", "${", "${a, 'b'}"]
    ),
    st.just(GAP),
    st.just(Partial(("arn:", GAP))),
)
keys = st.sampled_from([
    "Version", "Statement", "Effect", "Action", "NotAction", "Resource", "NotResource", "Principal",
    "NotPrincipal", "Condition", "Sid", "Id", "AWS", "Service", "StringLike", "ForAllValues:ArnLikeIfExists",
    "Null", "DateEquals", "IpAddress", "NumericEquals", "BinaryEquals", "Bool", "Nonsense", "aws:username",
])  # fmt: skip
shapeless: st.SearchStrategy[Any] = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=25,
)
texts = st.one_of(
    st.sampled_from(
        ["*", "s3:*", "S3:Get?bject", "arn:aws:s3:::b/*", "arn:*:b/k", "${aws:username}", "${", "${x, 'k'}"]
    ),
    st.text(max_size=8),
    st.just(GAP),
    st.just(Partial(("arn:aws:s3:::", GAP))),
)
listed = texts | st.lists(texts, max_size=3)
principals = st.just("*") | st.dictionaries(
    st.sampled_from(["AWS", "Service", "Federated"]), listed, max_size=2
)
conditions = st.dictionaries(
    st.builds(
        "{}{}{}".format,
        st.sampled_from(["", "", "ForAllValues:", "ForAnyValue:"]),
        st.sampled_from([*OPERATORS, "Null", "Nonsense"]),
        st.sampled_from(["", "IfExists"]),
    ),
    st.dictionaries(
        st.sampled_from(["aws:username", "AWS:PrincipalArn", "x", "empty", "absent"]), listed, max_size=2
    ),
    max_size=2,
)


def sometimes_shapeless(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.integers(0, 19).flatmap(lambda roll: shapeless if roll == 0 else strategy)


statements = st.builds(
    lambda effect, action, resource, **rest: {"Effect": effect, **action, **resource, **rest},
    sometimes_shapeless(st.sampled_from(["Allow", "Deny"]) | st.just(GAP)),
    st.builds(
        lambda key, value: {key: value}, st.sampled_from(["Action", "NotAction"]), sometimes_shapeless(listed)
    ),
    st.builds(
        lambda key, value: {key: value},
        st.sampled_from(["Resource", "NotResource"]),
        sometimes_shapeless(listed),
    ),
    Principal=sometimes_shapeless(principals),
    Condition=sometimes_shapeless(conditions),
)
documents = shapeless | st.fixed_dictionaries(
    {"Version": st.sampled_from(["2012-10-17", "2008-10-17"]), "Statement": st.lists(statements, max_size=3)}
)
REQUEST = Request(
    Caller.session("arn:aws:iam::111122223333:role/a", "s"),
    "s3:GetObject",
    "arn:aws:s3:::b/k",
    "111122223333",
    Context({"aws:username": "u", "x": ["1", "2"], "empty": []}),
)


@settings(max_examples=500, deadline=None, derandomize=True)
@given(documents)
def test_a_document_of_any_shape_is_decided_or_refused_with_its_place(document: object) -> None:
    read = read_or_refusal(document)
    if isinstance(read, str):
        assert read.startswith("stack.json:Role/Policies/0")
        return
    unbound = tuple(replace(statement, principals=None) for statement in read.statements)
    identity = replace(read, statements=unbound)
    decision = evaluate(REQUEST, PolicySet(identity=(identity,), resource=replace(read, kind="resource")))
    assert not decision.allowed or any(ref.statement.effect is Effect.ALLOW for ref in decision.deciding)


def read_or_refusal(document: object) -> Policy | str:
    try:
        return parsed(document)
    except PolicyError as refused:
        return str(refused)


def test_a_document_nested_beyond_reason_is_refused_where_it_stops_making_sense() -> None:
    nested: object = "s3:*"
    for _ in range(50_000):
        nested = [nested]
    with pytest.raises(PolicyError, match=r"Statement/0/Action/0: found list of 1"):
        parsed(statement(Action=nested))


def test_reading_back_from_json_changes_nothing() -> None:
    document = statement(Condition={"StringEquals": {"aws:username": ["ä", "b"]}}, Principal={"AWS": ["*"]})
    assert parsed(json.loads(json.dumps(document))) == parsed(document)
