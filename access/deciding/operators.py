"""Condition operators, each as the smallest function that says what it means.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

import base64
import binascii
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from ipaddress import ip_address, ip_network
from typing import Any, TypeAlias

from access.deciding.kleene import Tri
from access.language import arn, glob
from access.language.statement import Condition
from access.language.variables import expand

# Compares one value of the policy with one of the request; None when they cannot be compared.
Compare: TypeAlias = Callable[[str, str], bool | None]


@dataclass(frozen=True, slots=True)
class Operator:
    """What an operator compares, whether it turns the answer round, and whether variables are replaced."""

    compare: Compare
    negated: bool = False
    variables: bool = False


def holds(condition: Condition, context: Mapping[str, tuple[str, ...]], *, variables: bool) -> Tri:
    """Tell whether a condition is met; None for an unknown operator or an unresolved value that matters."""
    if condition.operator == "Null":
        return _null(condition, context)
    known = OPERATORS.get(condition.operator)
    if known is None:
        return None
    values = context.get(condition.key, ())
    if not values or (condition.quantifier and not any(values)):
        # Absent; under a set operator also "a null dataset, such as an empty string".
        if not values and condition.if_exists:
            return True
        return known.negated if condition.quantifier is None else condition.quantifier == "ForAllValues"
    patterns = _patterns(condition.values, context, variables and known.variables)
    answers = [_compared(known, patterns, value, unsettled=condition.open) for value in values]
    if condition.quantifier == "ForAllValues":
        return False if False in answers else None if None in answers else True
    if condition.quantifier == "ForAnyValue":
        return True if True in answers else None if None in answers else False
    # AWS defines operators without a set operator for one value only.
    return answers[0] if len(answers) == 1 else None


def _patterns(
    values: tuple[str, ...], context: Mapping[str, tuple[str, ...]], variables: bool
) -> tuple[str, ...]:
    """Replace variables; one without a value leaves nothing that anything could be equal to or like.

    Inverted operators "do match against a null value", so they see one pattern less and stay true.
    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-no-value
    """
    if not variables:
        return values
    return tuple(text for value in values if (text := expand(value, context)) is not None)


def _compared(known: Operator, patterns: tuple[str, ...], value: str, *, unsettled: bool) -> Tri:
    """Compare one value of the request with all values of the policy, any of which may match."""
    answers = [known.compare(pattern, value) for pattern in patterns]
    if True in answers:
        return not known.negated
    if unsettled:
        return None
    # "Not equal to 10" says nothing of what is not a number: it is false unless something could be compared.
    return known.negated and (not answers or False in answers)


def _null(condition: Condition, context: Mapping[str, tuple[str, ...]]) -> Tri:
    """`true` asks that the key is absent or null, `false` that it exists; nothing else is defined."""
    if condition.quantifier or condition.if_exists:
        return None
    absent = "false" if any(context.get(condition.key, ())) else "true"
    if absent in (value.lower() for value in condition.values):
        return True
    return None if condition.open else False


def _string_equals(expected: str, value: str) -> bool:
    return glob.plain(expected) == value


def _string_equals_ignoring_case(expected: str, value: str) -> bool:
    return glob.plain(expected).lower() == value.lower()


def _bool(expected: str, value: str) -> bool | None:
    sides = glob.plain(expected).lower(), value.lower()
    return sides[0] == sides[1] if {*sides} <= {"true", "false"} else None


def _binary(expected: str, value: str) -> bool | None:
    try:
        return base64.b64decode(expected, validate=True) == base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return None


def _ip_address(expected: str, value: str) -> bool | None:
    """An address within a range; a range without a prefix is one address."""
    try:
        return ip_address(value) in ip_network(expected, strict=False)
    except ValueError:
        return None


def _typed(read: Callable[[str], Any], compare: Callable[[Any, Any], bool]) -> Compare:
    """Compare `value OPERATOR expected` after reading both; None if either cannot be read."""

    def compared(expected: str, value: str) -> bool | None:
        right, left = read(expected), read(value)
        return None if left is None or right is None else compare(left, right)

    return compared


_NUMBER = re.compile(r"[+-]?[0-9]{1,100}(\.[0-9]{1,100})?")


def _number(text: str) -> Decimal | None:
    return Decimal(text) if _NUMBER.fullmatch(text) else None


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Epoch values beyond this are milliseconds: as seconds they would lie after the year 5138.
_SECONDS_END = 10**11


def _date(text: str) -> datetime | None:
    """Read a W3C ISO 8601 date (UTC unless it says otherwise) or epoch time in seconds or milliseconds."""
    try:
        if re.fullmatch(r"[0-9]{4}(-[0-9]{2})?", text):
            year, _, month = text.partition("-")
            return datetime(int(year), int(month or 1), 1, tzinfo=UTC)
        if number := _number(text):
            seconds = number if abs(number) < _SECONDS_END else number / 1000
            return _EPOCH + timedelta(microseconds=int(seconds * 1_000_000))
        read = datetime.fromisoformat(text)
        return read if read.tzinfo else read.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


_ORDERINGS = {
    "Equals": operator.eq,
    "LessThan": operator.lt,
    "LessThanEquals": operator.le,
    "GreaterThan": operator.gt,
    "GreaterThanEquals": operator.ge,
}

OPERATORS: Mapping[str, Operator] = {
    "StringEquals": Operator(_string_equals, variables=True),
    "StringNotEquals": Operator(_string_equals, negated=True, variables=True),
    "StringEqualsIgnoreCase": Operator(_string_equals_ignoring_case, variables=True),
    "StringNotEqualsIgnoreCase": Operator(_string_equals_ignoring_case, negated=True, variables=True),
    "StringLike": Operator(glob.matches, variables=True),
    "StringNotLike": Operator(glob.matches, negated=True, variables=True),
    **{f"Numeric{name}": Operator(_typed(_number, order)) for name, order in _ORDERINGS.items()},
    "NumericNotEquals": Operator(_typed(_number, operator.eq), negated=True),
    **{f"Date{name}": Operator(_typed(_date, order)) for name, order in _ORDERINGS.items()},
    "DateNotEquals": Operator(_typed(_date, operator.eq), negated=True),
    "Bool": Operator(_bool, variables=True),
    "BinaryEquals": Operator(_binary),
    "IpAddress": Operator(_ip_address),
    "NotIpAddress": Operator(_ip_address, negated=True),
    "ArnEquals": Operator(arn.matches_part_by_part, variables=True),
    "ArnLike": Operator(arn.matches_part_by_part, variables=True),
    "ArnNotEquals": Operator(arn.matches_part_by_part, negated=True, variables=True),
    "ArnNotLike": Operator(arn.matches_part_by_part, negated=True, variables=True),
}
"""Every operator but Null, which compares nothing. A name not listed is unknown, and so is its answer."""
