"""What one value of a policy asks of one value of a request, with the policy variables left open.

`${aws:PrincipalTag/user}` is a hole: a proof must hold whatever stands there, so a pattern with holes is
kept in parts and becomes a glob only when something is known about its holes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import ClassVar, Literal, TypeAlias

from access.symbolic.symbols import EVERY, EXCEPT_COLON, Chars, Glob, GlobBuilder, literal

Family: TypeAlias = Literal["text", "number", "date", "address"]
Relation: TypeAlias = Literal["==", "<", "<=", ">", ">="]

_ARN_COLONS = 5
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECONDS_END = 10**11
"""Larger counts are milliseconds: as seconds they would lie beyond the year 5138."""


@dataclass(frozen=True, slots=True)
class Hole:
    """A policy variable: the value of a (lower-case) condition key, or `default` when the key is absent."""

    key: str
    default: str | None = None


@dataclass(frozen=True, slots=True)
class One:
    """Exactly one character out of `chars`."""

    chars: Chars


@dataclass(frozen=True, slots=True)
class Many:
    """Any number of characters out of `chars`."""

    chars: Chars


Part: TypeAlias = str | Hole | One | Many


@dataclass(frozen=True, slots=True)
class Text:
    """A string pattern in parts."""

    parts: tuple[Part, ...]
    ignore_case: bool = False

    family: ClassVar[Family] = "text"

    @property
    def holes(self) -> tuple[Hole, ...]:
        """The variables in it, each once."""
        return tuple(dict.fromkeys(part for part in self.parts if isinstance(part, Hole)))

    @property
    def is_variable(self) -> bool:
        """Whether it is one variable and nothing else, so that matching means being equal."""
        return len(self.parts) == 1 and isinstance(self.parts[0], Hole) and not self.ignore_case

    def glob(self, of_hole: Callable[[Hole], Glob]) -> Glob:
        """The language it matches when each hole stands for the language `of_hole`."""
        builder = GlobBuilder(self.ignore_case)
        for part in self.parts:
            match part:
                case str():
                    builder.text(part)
                case One():
                    builder.one(part.chars)
                case Many():
                    builder.many(part.chars)
                case Hole():
                    builder.glob(of_hole(part))
        return builder.build()


@dataclass(frozen=True, slots=True)
class Bound:
    """A comparison with a number, or with a time in seconds since 1970."""

    family: Literal["number", "date"]
    relation: Relation
    limit: Fraction

    def accepts(self, value: Fraction) -> bool:
        """Whether `value` stands in the relation to the limit."""
        match self.relation:
            case "==":
                return value == self.limit
            case "<":
                return value < self.limit
            case "<=":
                return value <= self.limit
            case ">":
                return value > self.limit
            case ">=":
                return value >= self.limit


@dataclass(frozen=True, slots=True)
class Network:
    """A range of addresses."""

    network: IPv4Network | IPv6Network

    family: ClassVar[Family] = "address"


@dataclass(frozen=True, slots=True)
class Malformed:
    """A policy value that its operator cannot read, or whose variable has no value: it matches nothing."""

    source: str


Pattern: TypeAlias = Text | Bound | Network
Language: TypeAlias = Literal["equals", "like", "arn", "resource"]
Known: TypeAlias = Mapping[str, str | None]
"""Variables whose value is settled, by lower-case key; None when the key is certainly absent."""


class Undecided(Exception):
    """The pattern is one whose language depends on a variable in a way that the encoding does not follow."""


_TOKENS = re.compile(r"\$\{(?P<inside>[^{}]*)\}|(?P<star>\*+)|(?P<one>\?)")
_INSIDE = re.compile(r"\s*([^,\s]+)\s*(?:,\s*'(.*)'\s*)?", re.DOTALL)


def text(
    source: str, language: Language, known: Known | None, *, ignore_case: bool = False
) -> Text | Malformed:
    """Read a string as its operator does: as it stands, as a glob, as an ARN or as a Resource element.

    `known` is None where `${...}` is plain text.
    Raises: Undecided.
    """
    settled = None if known is None else tuple(sorted(known.items())) if "${" in source else ()
    return _read(source, language, settled, ignore_case)


@lru_cache(maxsize=65_536)
def _read(
    source: str, language: Language, settled: tuple[tuple[str, str | None], ...] | None, ignore_case: bool
) -> Text | Malformed:
    known = None if settled is None else dict(settled)
    parts: list[Part] = []
    end = 0
    for token in _TOKENS.finditer(source):
        parts.append(source[end : token.start()])
        end = token.end()
        if token["inside"] is None:
            wild = language != "equals"
            parts.append((Many(EVERY) if token["star"] else One(EVERY)) if wild else token.group())
        elif known is None:
            inner = text(token["inside"], language if language == "equals" else "like", None)
            parts += ["${", *(inner.parts if isinstance(inner, Text) else ()), "}"]
        else:
            part = _variable(token["inside"], known)
            if part is None:
                return Malformed(source)
            parts.append(part)
    parts.append(source[end:])
    joined = _joined(parts)
    if language in ("arn", "resource") and joined != (Many(EVERY),):
        fields = _fields(joined, ends_reach=language == "resource")
        return Malformed(source) if fields is None else Text(fields, ignore_case)
    return Text(joined, ignore_case)


def _variable(inside: str, known: Known) -> Part | None:
    if inside in ("*", "?", "$"):
        return inside
    read = _INSIDE.fullmatch(inside)
    if read is None:
        return None
    key, default = read[1].lower(), read[2]
    if key not in known:
        return Hole(key, default)
    value = known[key]
    return default if value is None else value


def _joined(parts: Iterable[Part]) -> tuple[Part, ...]:
    """Neighbouring texts as one, and no empty ones."""
    joined: list[Part] = []
    for part in parts:
        if isinstance(part, str) and joined and isinstance(joined[-1], str):
            joined[-1] += part
        elif part != "" and not (isinstance(part, Many) and joined and part == joined[-1]):
            joined.append(part)
    return tuple(joined)


def _fields(parts: tuple[Part, ...], *, ends_reach: bool) -> tuple[Part, ...] | None:
    """An ARN pattern, which is compared field by field, with its wildcards stopped at the colons.

    The resource name, after the fifth colon, may hold colons. A Resource's star that ends its field can run
    past the colon (`ends_reach`). An incomplete pattern is completed with stars. None: no ARN can match.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
    """
    head: list[list[str | One | Many]] = [[]]
    name: list[Part] | None = None
    for part in parts:
        if name is not None:
            name.append(part)
        elif isinstance(part, str):
            first, *more = part.split(":", _ARN_COLONS - len(head) + 1)
            head[-1] += [first] if first else []
            head += [[piece] if piece else [] for piece in more]
            if len(head) > _ARN_COLONS:
                name = [*head.pop()]
        elif isinstance(part, Hole):
            raise Undecided("a variable before the fifth colon of an ARN may itself hold colons")
        else:
            head[-1].append(part)
    while len(head) < _ARN_COLONS:
        head.append([Many(EVERY)])
    name = [Many(EVERY)] if name is None else name
    if not Text(_joined(head[0])).glob(lambda _hole: literal("")).matches("arn"):
        return None
    stopped: list[Part] = ["arn"]
    for field in head[1:]:
        stopped.append(":")
        for index, part in enumerate(field):
            reaches = ends_reach and isinstance(part, Many) and index == len(field) - 1
            stopped.append(part if isinstance(part, str) or reaches else type(part)(EXCEPT_COLON))
    return _joined((*stopped, ":", *name))


def bound(source: str, family: Literal["number", "date"], relation: Relation) -> Bound | Malformed:
    """Read the limit of a numeric or date comparison."""
    limit = to_number(source) if family == "number" else to_seconds(source)
    return Malformed(source) if limit is None else Bound(family, relation, limit)


def network(source: str) -> Network | Malformed:
    """Read an address or a range of addresses."""
    try:
        return Network(ip_network(source, strict=False))
    except ValueError:
        return Malformed(source)


def to_number(source: str) -> Fraction | None:
    """The number `source` writes, or None."""
    return Fraction(source) if re.fullmatch(r"[+-]?[0-9]{1,100}(\.[0-9]{1,100})?", source) else None


def to_seconds(source: str) -> Fraction | None:
    """The time `source` writes (ISO 8601, or a count since 1970) in seconds since 1970, or None."""
    number = None if re.fullmatch("[0-9]{4}", source) else to_number(source)
    if number is not None:
        return number if abs(number) < _SECONDS_END else number / 1000
    if re.fullmatch("[0-9]{4}(-[0-9]{2})?", source):
        source = f"{source}-01-01"[:10]
    try:
        moment = datetime.fromisoformat(source)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return Fraction((moment - _EPOCH) // timedelta(microseconds=1), 1_000_000)
