"""Condition operators: absence, sets, negation, types and variables, as AWS documents them."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from access.deciding.kleene import Tri, all_of, any_of, negate
from access.deciding.operators import OPERATORS, holds
from access.language.policy import Condition
from access.language.statement import Quantifier
from access.language.variables import expand
from access.request import Context

NEGATED = sorted(name for name, each in OPERATORS.items() if each.negated)
POSITIVE = sorted(set(OPERATORS) - set(NEGATED))
SAMPLE = {
    "Numeric": "1",
    "Date": "2026-01-01",
    "Bool": "true",
    "Binary": "QQ==",
    "Ip": "192.0.2.1",
    "NotIp": "192.0.2.1",
}


def sample(operator: str) -> str:
    arn = "arn:aws:s3:::bucket"
    return next((text for start, text in SAMPLE.items() if operator.startswith(start)), arn)


def asked(
    operator: str,
    values: tuple[str, ...],
    found: tuple[str, ...] | None,
    quantifier: Quantifier | None = None,
    *,
    if_exists: bool = False,
    gap: bool = False,
) -> Tri:
    condition = Condition(operator, "x:key", values, quantifier, if_exists, gap)
    return holds(condition, Context({} if found is None else {"X:Key": found}), variables=True)


def test_every_operator_of_the_documentation_is_known() -> None:
    orders = ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")
    assert set(OPERATORS) == {
        *("StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"),
        *("StringLike", "StringNotLike", "Bool", "BinaryEquals", "IpAddress", "NotIpAddress"),
        *("ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"),
        *(f"{kind}{order}" for kind in ("Numeric", "Date") for order in orders),
    }


@pytest.mark.parametrize("operator", POSITIVE)
def test_an_absent_key_does_not_match(operator: str) -> None:
    assert asked(operator, (sample(operator),), None) is False


@pytest.mark.parametrize("operator", NEGATED)
def test_an_absent_key_matches_an_inverted_operator(operator: str) -> None:
    assert asked(operator, (sample(operator),), None) is True


@pytest.mark.parametrize("operator", sorted(OPERATORS))
def test_if_exists_matches_an_absent_key(operator: str) -> None:
    assert asked(operator, (sample(operator),), None, if_exists=True) is True


@pytest.mark.parametrize("operator", sorted(OPERATORS))
def test_if_exists_changes_nothing_when_the_key_is_there(operator: str) -> None:
    for found in (sample(operator), "other"):
        assert asked(operator, (sample(operator),), (found,), if_exists=True) is asked(
            operator, (sample(operator),), (found,)
        )


@pytest.mark.parametrize("operator", sorted(OPERATORS))
@pytest.mark.parametrize("found", [None, (), ("",)])
def test_for_all_values_is_true_and_for_any_value_false_without_values(
    operator: str, found: tuple[str, ...] | None
) -> None:
    assert asked(operator, (sample(operator),), found, "ForAllValues") is True
    assert asked(operator, (sample(operator),), found, "ForAnyValue") is False


@pytest.mark.parametrize(
    ("operator", "found", "for_all", "for_any"),
    [
        ("StringEquals", ("a",), True, True),
        ("StringEquals", ("a", "b"), True, True),
        ("StringEquals", ("a", "c"), False, True),
        ("StringEquals", ("c", "d"), False, False),
        ("StringNotEquals", ("a", "c"), False, True),
        ("StringNotEquals", ("c", "d"), True, True),
        ("StringNotEquals", ("a", "b"), False, False),
    ],
)
def test_set_operators_ask_of_each_value_whether_it_matches_any_in_the_policy(
    operator: str, found: tuple[str, ...], for_all: bool, for_any: bool
) -> None:
    assert asked(operator, ("a", "b"), found, "ForAllValues") is for_all
    assert asked(operator, ("a", "b"), found, "ForAnyValue") is for_any


def test_several_values_without_a_set_operator_are_not_defined() -> None:
    assert asked("StringEquals", ("a",), ("a", "b")) is None
    assert asked("StringNotEquals", ("a",), ("a", "b")) is None


@pytest.mark.parametrize("operator", ["", "StringMatches", "stringequals", "Equals", "DateGreaterEqualsThan"])
@pytest.mark.parametrize("found", [None, ("a",)])
def test_an_unknown_operator_has_no_answer(operator: str, found: tuple[str, ...] | None) -> None:
    assert asked(operator, ("a",), found) is None


@pytest.mark.parametrize(
    ("operator", "found", "answer"),
    [
        ("StringEquals", "a", True),
        ("StringEquals", "b", None),
        ("StringNotEquals", "a", False),
        ("StringNotEquals", "b", None),
        ("NumericEquals", "1", None),
        ("Null", "a", None),
    ],
)
def test_an_unresolved_value_leaves_open_only_what_it_could_change(
    operator: str, found: str, answer: Tri
) -> None:
    assert asked(operator, ("a",), (found,), gap=True) is answer


@pytest.mark.parametrize(
    ("value", "found", "answer"),
    [
        ("true", None, True),
        ("false", None, False),
        ("true", (), True),
        ("true", ("",), True),
        ("false", ("a",), True),
        ("true", ("a",), False),
        ("True", None, True),
        ("maybe", None, False),
    ],
)
def test_null_asks_for_absence_or_presence(value: str, found: tuple[str, ...] | None, answer: bool) -> None:
    assert asked("Null", (value,), found) is answer


def test_null_takes_neither_a_set_operator_nor_if_exists() -> None:
    assert asked("Null", ("true",), None, "ForAllValues") is None
    assert asked("Null", ("true",), None, if_exists=True) is None


@pytest.mark.parametrize(
    ("operator", "value", "found", "answer"),
    [
        ("NumericEquals", "10", "10.0", True),
        ("NumericEquals", "0.1", "0.10", True),
        ("NumericEquals", "1e1", "10", False),
        ("NumericEquals", "inf", "inf", False),
        ("NumericLessThan", "9007199254740993", "9007199254740992", True),
        ("NumericNotEquals", "10", "11", True),
        ("NumericNotEquals", "10", "ten", False),
        ("DateEquals", "2026-01-01T00:00:00Z", "2026-01-01T01:00:00+01:00", True),
        ("DateEquals", "2026", "2026-01-01", True),
        ("DateEquals", "2026-02", "2026-02-01T00:00:00.000Z", True),
        ("DateEquals", "1767225600", "2026-01-01T00:00:00Z", True),
        ("DateEquals", "1767225600000", "2026-01-01T00:00:00Z", True),
        ("DateLessThan", "2026-13-01", "2026-01-01", False),
        ("DateLessThan", "9" * 40, "2026-01-01", False),
        ("Bool", "True", "true", True),
        ("Bool", "yes", "yes", False),
        ("BinaryEquals", "QQ==", "QQ==", True),
        ("BinaryEquals", "QQ==", "not base64", False),
        ("IpAddress", "192.0.2.0/24", "192.0.2.255", True),
        ("IpAddress", "192.0.2.7", "192.0.2.7", True),
        ("IpAddress", "192.0.2.7/24", "192.0.2.9", True),
        ("IpAddress", "2001:db8::/32", "2001:DB8::1", True),
        ("IpAddress", "0.0.0.0/0", "2001:db8::1", False),
        ("NotIpAddress", "0.0.0.0/0", "2001:db8::1", True),
        ("IpAddress", "192.0.2.0/24", "192.0.2.1/32", False),
        ("IpAddress", "any", "192.0.2.1", False),
        ("StringEquals", "a*", "ab", False),
        ("StringLike", "a*", "ab", True),
        ("StringLike", "a?", "a", False),
        ("StringEqualsIgnoreCase", "ÄB", "äb", True),
        ("ArnEquals", "arn:aws:s3:::b*", "arn:aws:s3:::bucket", True),
        ("ArnNotLike", "arn:aws:s3:::b*", "arn:aws:s3:::bucket", False),
        ("ArnNotLike", "arn:aws:s3:::b*", "not an arn", True),
    ],
)
def test_one_comparison(operator: str, value: str, found: str, answer: bool) -> None:
    assert asked(operator, (value,), (found,)) is answer


@pytest.mark.parametrize(
    ("text", "context", "expanded"),
    [
        ("plain*", {}, "plain*"),
        ("${aws:username}", {"AWS:UserName": "ana"}, "ana"),
        ("a/${aws:username}/*", {"aws:username": "ana"}, "a/ana/*"),
        ("${aws:username}", {}, None),
        ("${aws:username}", {"aws:username": ["a", "b"]}, None),
        ("${aws:username, 'x y'}", {}, "x y"),
        ("${aws:username, 'x'}", {"aws:username": "ana"}, "ana"),
        ("${aws:username , ''}", {}, ""),
        ("${}", {"": "x"}, None),
        ("${aws:username, x}", {"aws:username": "ana"}, None),
        ("${aws:username", {"aws:username": "ana"}, "${aws:username"),
        ("$", {}, "$"),
        ("${$}{aws:username}", {"aws:username": "ana"}, "${aws:username}"),
    ],
)
def test_a_variable_becomes_its_value_its_default_or_nothing(
    text: str, context: dict[str, str | list[str]], expanded: str | None
) -> None:
    assert expand(text, Context(context)) == expanded


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.text(st.characters(exclude_characters="\0"), max_size=12), st.text(max_size=12))
def test_a_value_never_acts_as_a_wildcard_or_as_another_variable(value: str, other: str) -> None:
    condition = Condition("StringLike", "x:key", ("${x:value}",))
    held = holds(condition, Context({"x:value": value, "x:key": other}), variables=True)
    assert held is (value == other)


def test_a_variable_without_a_value_equals_nothing_so_inverted_operators_match() -> None:
    for operator, answer in (("StringEquals", False), ("StringNotEquals", True), ("ArnNotLike", True)):
        assert asked(operator, ("${aws:PrincipalTag/none}",), ("${aws:PrincipalTag/none}",)) is answer


def test_three_values_agree_with_every_way_the_unknown_ones_could_turn_out() -> None:
    for values in itertools.product((True, False, None), repeat=3):
        worlds = list(
            itertools.product(*((value,) if value is not None else (True, False) for value in values))
        )
        for combine, exact in ((all_of, all), (any_of, any)):
            outcomes = {exact(world) for world in worlds}
            assert combine(values) is (outcomes.pop() if len(outcomes) == 1 else None)
    assert [negate(value) for value in (True, False, None)] == [False, True, None]
