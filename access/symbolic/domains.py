"""The finitely many kinds of value that one condition key can have, as far as the policies can tell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from itertools import chain, combinations, pairwise

from access.symbolic.patterns import Bound, Family, Network, Pattern, Text, to_number, to_seconds
from access.symbolic.symbols import (
    EVERY,
    Automaton,
    Chars,
    Glob,
    GlobBuilder,
    Region,
    TooManyClasses,
    includes,
    literal,
    partition,
)

KINDS_LIMIT = 4_096

ANYTHING = GlobBuilder().many().build()
_NAMES = ("alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi")
_MARK = 0xE000
"""The first of the private-use characters that stand for unknown values inside a glob."""


@dataclass(frozen=True, slots=True)
class Key:
    """What is known about a condition key before any policy is read.

    `choices`: the only values it can have. `within`, `without`: patterns that its values all match, and that
    none matches. `every`: all choices are there at once. `required`: it is never absent. `many`: it may have
    several values.
    """

    choices: tuple[str, ...] | None = None
    within: tuple[Text, ...] = ()
    without: tuple[Text, ...] = ()
    every: bool = False
    required: bool = False
    many: bool = False

    @classmethod
    def tied(cls, *values: str) -> Key:
        """A key that has exactly these values; with none it is absent."""
        return cls(choices=values, every=True, required=bool(values), many=len(values) > 1)


FREE = Key()


@dataclass(frozen=True, slots=True)
class Kind:
    """Values that nothing tells apart, with a sample of them.

    `hits` are the patterns they match; `readable` says whether they can be compared at all, a number with a
    number; `globs` are the globs they match, by which variables carry knowledge from key to key.
    """

    sample: str
    hits: frozenset[Pattern]
    readable: bool = True
    globs: frozenset[Glob] = frozenset()


def kinds(
    family: Family, patterns: Sequence[Pattern], key: Key, extra: Iterable[Glob] = ()
) -> tuple[Kind, ...]:
    """Every kind of value that `patterns`, all of one family, can tell apart; `extra` globs divide further.

    Raises: TooManyClasses beyond `KINDS_LIMIT`.
    """
    if family == "text":
        return _text_kinds([pattern for pattern in patterns if isinstance(pattern, Text)], key, tuple(extra))
    grouped: dict[tuple[frozenset[Pattern], bool], Kind] = {}
    for sample in key.choices if key.choices is not None else _samples(family, patterns):
        hits = frozenset(pattern for pattern in patterns if _holds(pattern, sample))
        readable = _reading(family, sample) is not None
        grouped.setdefault((hits, readable), Kind(sample, hits, readable))
    return tuple(grouped.values())


@lru_cache(maxsize=16_384)
def covering(pattern: Text) -> Glob:
    """All that `pattern` could match, whatever stands in its holes."""
    return pattern.glob(lambda _hole: ANYTHING)


def exactly(pattern: Text, value_of: Mapping[str, str]) -> Glob:
    """What `pattern` matches when its holes have these values; a hole without one takes its default."""
    return pattern.glob(lambda hole: literal(value_of.get(hole.key, hole.default or "")))


@lru_cache(maxsize=4_096)
def implies(narrow: Text, wide: Text) -> bool:
    """Whether all that `narrow` matches `wide` matches too, for every value of their holes.

    The holes are filled with marks. A word of `narrow` is its fixed text and the fills of its wildcards
    around the marks. If `wide` matches that word while only its own marks and unrestricted stars take a mark,
    it matches the word with any value put in the marks' places.
    """
    if narrow.ignore_case and not wide.ignore_case:
        return False
    marks = {hole: chr(_MARK + index) for index, hole in enumerate((*narrow.holes, *wide.holes))}
    taken = frozenset(marks.values())

    def marked(pattern: Text) -> Glob:
        glob = pattern.glob(lambda hole: literal(marks[hole]))
        return Glob(
            tuple(
                Chars(step.listed | taken, inverted=True) if step.inverted else step for step in glob.steps
            ),
            tuple(
                gap if gap is None or gap == EVERY else Chars(gap.listed | taken, True) for gap in glob.gaps
            ),
        )

    try:
        return includes(marked(wide), marked(narrow))
    except TooManyClasses:
        return False


def _text_kinds(patterns: Sequence[Text], key: Key, extra: tuple[Glob, ...]) -> tuple[Kind, ...]:
    covers = {pattern: covering(pattern) for pattern in patterns}
    globs = tuple(dict.fromkeys((*covers.values(), *extra)))
    found: list[Kind] = []
    for region in _regions(globs, key):
        matched = frozenset(glob for position, glob in enumerate(globs) if region.signature >> position & 1)
        covered = [pattern for pattern, glob in covers.items() if glob in matched]
        settled = frozenset(pattern for pattern in covered if not pattern.holes)
        for chosen in _closed_subsets([pattern for pattern in covered if pattern.holes]):
            found.append(Kind(region.sample, settled | chosen, globs=matched))
            if len(found) > KINDS_LIMIT:
                raise TooManyClasses(f"more than {KINDS_LIMIT} kinds of value")
    return tuple(found)


def _regions(globs: tuple[Glob, ...], key: Key) -> Sequence[Region]:
    automaton = Automaton(globs)
    if key.choices is not None:
        samples: dict[int, str] = {}
        for choice in key.choices:
            samples.setdefault(automaton.signature(choice), choice)
        return [Region(signature, sample) for signature, sample in samples.items()]
    regions = _partition(globs, tuple(map(covering, key.within)), tuple(map(covering, key.without)))
    names = (
        {} if key.within or key.without else {automaton.signature(name): name for name in reversed(_NAMES)}
    )
    return [Region(region.signature, names.get(region.signature, region.sample)) for region in regions]


@lru_cache(maxsize=4_096)
def _partition(
    globs: tuple[Glob, ...], within: tuple[Glob, ...], without: tuple[Glob, ...]
) -> tuple[Region, ...]:
    return partition(globs, within=within, without=without)


def _closed_subsets(possible: Sequence[Text]) -> Iterable[frozenset[Pattern]]:
    """The sets of open patterns that one value can match together: each with all that it implies."""
    for chosen in chain.from_iterable(combinations(possible, size) for size in range(len(possible) + 1)):
        together = frozenset(chosen)
        if all(other in together for one in chosen for other in possible if implies(one, other)):
            yield together


def _samples(family: Family, patterns: Sequence[Pattern]) -> list[str]:
    """One value for every class of numbers, times or addresses, and one that is none."""
    if family == "address":
        return [*map(str, _addresses([p for p in patterns if isinstance(p, Network)])), "no-address"]
    limits = sorted({pattern.limit for pattern in patterns if isinstance(pattern, Bound)}) or [Fraction(0)]
    points = [limits[0] - 1, limits[0]]
    for low, high in pairwise(limits):
        points += [(low + high) / 2, high]
    write = _number_text if family == "number" else _time_text
    return [*map(write, (*points, limits[-1] + 1)), f"no-{family}"]


def _addresses(networks: Sequence[Network]) -> list[IPv4Address | IPv6Address]:
    """The first address of every range between the edges of `networks`."""
    edges4, edges6 = {0}, {0}
    for network in (pattern.network for pattern in networks):
        edges = edges4 if network.version == 4 else edges6
        edges |= {int(network.network_address), int(network.broadcast_address) + 1}
    return [
        *(IPv4Address(edge) for edge in sorted(edges4) if edge < 2**32),
        *(IPv6Address(edge) for edge in sorted(edges6) if edge < 2**128),
    ]


def _number_text(value: Fraction) -> str:
    return f"{Decimal(value.numerator) / Decimal(value.denominator):f}"


def _time_text(value: Fraction) -> str:
    try:
        moment = datetime.fromtimestamp(float(value), UTC)
    except (ValueError, OverflowError, OSError):
        return _number_text(value)
    return moment.isoformat().replace("+00:00", "Z")


def _reading(family: Family, value: str) -> Fraction | IPv4Address | IPv6Address | None:
    if family == "number":
        return to_number(value)
    if family == "date":
        return to_seconds(value)
    try:
        return ip_address(value)
    except ValueError:
        return None


def _holds(pattern: Pattern, value: str) -> bool:
    reading = _reading(pattern.family, value) if isinstance(pattern, Bound | Network) else None
    if isinstance(pattern, Bound):
        return isinstance(reading, Fraction) and pattern.accepts(reading)
    return isinstance(pattern, Network) and reading is not None and reading in pattern.network
