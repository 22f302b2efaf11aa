"""Three-valued logic: True, False, or None when the templates do not settle the answer.

None never turns into an answer by itself: one False settles a conjunction, one True a disjunction.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

Tri: TypeAlias = bool | None


def all_of(values: Iterable[Tri]) -> Tri:
    """False if any value is False, else None if any is None, else True."""
    result: Tri = True
    for value in values:
        if value is False:
            return False
        if value is None:
            result = None
    return result


def any_of(values: Iterable[Tri]) -> Tri:
    """True if any value is True, else None if any is None, else False."""
    result: Tri = False
    for value in values:
        if value is True:
            return True
        if value is None:
            result = None
    return result


def negate(value: Tri) -> Tri:
    """Swap True and False; None stays None."""
    return None if value is None else not value
