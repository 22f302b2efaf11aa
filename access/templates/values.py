"""Strings put together from parts of which some are not known."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, TypeAlias

from access.errors import quoted
from access.language.unresolved import Partial, Text, Unresolved
from access.place import Place
from access.templates.template import unexpected

# A JSON value whose leaves may also be Unresolved or Partial; checked where it is used.
Value: TypeAlias = Any

# Joins can double a string at every reference; no property that CloudFormation accepts is longer.
MAX_TEXT = 1024 * 1024
_DYNAMIC = re.compile(r"(\{\{resolve:[^{}]*\}\})")


def join_text(parts: Iterable[Value], place: Place, between: str = "") -> Text:
    """The parts as one string, with its unresolved parts kept in place."""
    joined: list[str | Unresolved] = []
    length = 0

    def add(piece: str | Unresolved) -> None:
        nonlocal length
        if isinstance(piece, str) and joined and isinstance(joined[-1], str):
            joined[-1] += piece
        elif piece != "":
            joined.append(piece)
        length += len(piece) if isinstance(piece, str) else 1
        if length > MAX_TEXT:
            raise unexpected(place, found=f"a string longer than {MAX_TEXT}", expected="a shorter one")

    for index, part in enumerate(parts):
        if index and between:
            add(between)
        if isinstance(part, Partial):
            for piece in part.parts:
                add(piece)
        else:
            add(part if isinstance(part, Unresolved) else scalar_text(part, place))
    if not joined:
        return ""
    return joined[0] if len(joined) == 1 else Partial(tuple(joined))


def scalar_text(value: Value, place: Place) -> str:
    """A JSON scalar as CloudFormation writes it into a string."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, int | float):
        return str(value)
    raise unexpected(place, found=quoted(value), expected="text")


def without_dynamic_references(text: str, place: Place) -> Text:
    """Leave a hole for each `{{resolve:…}}`, which CloudFormation fills from another store."""
    if "{{resolve:" not in text:
        return text
    pieces = _DYNAMIC.split(text)
    return join_text(
        (Unresolved(place, piece) if index % 2 else piece for index, piece in enumerate(pieces)), place
    )


def has_holes(value: Value) -> bool:
    """Whether anything within a value is unresolved."""
    if isinstance(value, dict):
        return any(map(has_holes, value.values()))
    if isinstance(value, list):
        return any(map(has_holes, value))
    return isinstance(value, Unresolved | Partial)
