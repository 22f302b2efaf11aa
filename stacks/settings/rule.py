"""What one value must be by itself: a sentence, and the test that belongs to it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Rule:
    """What is expected of one value, and whether a value of any type is that."""

    expected: str
    holds: Callable[[Any], bool]


def text(expected: str, *tests: str | Callable[[str], bool]) -> Rule:
    """A string that matches each pattern as a whole and passes each test."""
    return Rule(expected, lambda value: isinstance(value, str) and _passes(value, tests))


def one_of(values: Sequence[Any], expected: str = "") -> Rule:
    """One of these values, and of their type: `true` is not 1."""
    return Rule(
        expected or f"one of {', '.join(map(repr, values))}",
        lambda value: any(type(value) is type(one) and value == one for one in values),
    )


def whole_number(low: int, high: int) -> Rule:
    """A whole number in a range, its ends included."""
    return Rule(
        f"a whole number from {low} to {high}", lambda value: type(value) is int and low <= value <= high
    )


def several(low: int, high: int, each: Rule) -> Rule:
    """A list of different strings, each as `each` expects."""
    return Rule(
        f"a list of {low} to {high} different values, each {each.expected}",
        lambda value: (
            isinstance(value, tuple)
            and low <= len(value) <= high
            and all(isinstance(one, str) and each.holds(one) for one in value)
            and len({one.casefold() for one in value}) == len(value)
        ),
    )


def _passes(value: str, tests: Sequence[str | Callable[[str], bool]]) -> bool:
    return all(
        re.fullmatch(test, value) is not None if isinstance(test, str) else test(value) for test in tests
    )
