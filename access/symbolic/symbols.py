"""Divides all strings into the finitely many classes that a set of globs can tell apart.

A proof must speak for every string. A policy, however, sees a string only through its globs, so two
strings that match the same globs are the same to it. `partition` walks the one automaton that runs all
globs at once and finds every combination of matches that some string really has, with a sample of each.
The classes are exact: nothing is merged that a glob separates and nothing is listed that no string has.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

DEFAULT_LIMIT = 20_000
"""States explored before giving up; globs such as `*a*`, `*b*`, … double the states with each one."""

_PLAIN = "xzqwvkjyhf0123456789abcdegilmnoprstuXZQWVKJYHFABCDEGILMNOPRSTU-_"
"""Characters preferred for 'any other character', so that samples look like names people use."""


class TooManyClasses(Exception):
    """The globs divide strings into more classes than the caller allows."""


@dataclass(frozen=True, slots=True)
class Chars:
    """A set of characters: those listed, or all but those listed."""

    listed: frozenset[str]
    inverted: bool = False

    def __contains__(self, char: str) -> bool:
        return (char in self.listed) is not self.inverted


EVERY = Chars(frozenset(), inverted=True)
EXCEPT_COLON = Chars(frozenset(":"), inverted=True)


@dataclass(frozen=True)
class Glob:
    """A language of strings: single characters in `steps`, and before, between and after them `gaps`.

    `gaps` is one longer than `steps`; a gap is `None`, or the characters of which any number may stand there.
    """

    steps: tuple[Chars, ...]
    gaps: tuple[Chars | None, ...]

    def __post_init__(self) -> None:
        if len(self.gaps) != len(self.steps) + 1:
            raise ValueError(
                f"a glob of {len(self.steps)} steps has {len(self.steps) + 1} gaps, got {len(self.gaps)}"
            )

    @cached_property
    def _hash(self) -> int:
        return hash((self.steps, self.gaps))

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def is_literal(self) -> bool:
        """Whether it matches one string and no other."""
        return not any(self.gaps) and all(len(step.listed) == 1 and not step.inverted for step in self.steps)

    def matches(self, text: str) -> bool:
        """Whether the whole of `text` belongs to the language."""
        return bool(Automaton((self,)).signature(text))


@dataclass(frozen=True, slots=True)
class Region:
    """One class of strings: bit i of `signature` says whether glob i matches; `sample` is one of them."""

    signature: int
    sample: str


@dataclass(slots=True)
class GlobBuilder:
    """Collects the parts of a glob from left to right."""

    ignore_case: bool = False
    _steps: list[Chars] = field(default_factory=list)
    _gaps: list[Chars | None] = field(default_factory=lambda: [None])

    def text(self, text: str) -> GlobBuilder:
        """Append characters that must stand there literally."""
        for char in text:
            self.one(self._cased(Chars(frozenset(char))))
        return self

    def one(self, chars: Chars = EVERY) -> GlobBuilder:
        """Append exactly one character out of `chars`."""
        self._steps.append(chars)
        self._gaps.append(None)
        return self

    def many(self, chars: Chars = EVERY) -> GlobBuilder:
        """Append any number of characters out of `chars`, none included."""
        before = self._gaps[-1]
        if before is None or before == chars or chars == EVERY:
            self._gaps[-1] = chars
        elif before != EVERY:
            raise ValueError(f"two different gaps in one place: {before} and {chars}")
        return self

    def glob(self, glob: Glob) -> GlobBuilder:
        """Append a whole glob."""
        for gap, step in zip(glob.gaps, (*glob.steps, None), strict=True):
            if gap is not None:
                self.many(gap)
            if step is not None:
                self.one(self._cased(step))
        return self

    def _cased(self, chars: Chars) -> Chars:
        if not self.ignore_case:
            return chars
        cases = {case for char in chars.listed for case in (char, char.lower(), char.upper())}
        return Chars(frozenset(case for case in cases if len(case) == 1), chars.inverted)

    def build(self) -> Glob:
        """The glob collected so far."""
        return Glob(tuple(self._steps), tuple(self._gaps))


def literal(text: str, *, ignore_case: bool = False) -> Glob:
    """The glob that matches `text` and nothing else."""
    return GlobBuilder(ignore_case).text(text).build()


class Automaton:
    """Runs several globs over one string at once; a state is the set of live positions of all globs.

    Each glob owns a run of bits, one for each place before, between and after its steps, so reading a
    character is two masks and a shift (the Shift-And method). The last place of a glob has no step, so no
    bit is carried into the next glob.
    """

    def __init__(self, globs: Sequence[Glob]) -> None:
        self._step_masks: dict[str, int] = {}
        self._gap_masks: dict[str, int] = {}
        self._mentions: dict[str, int] = {}
        self._other_step = self._other_gap = 0
        self.start = 0
        self._finals: list[int] = []
        self._spans: list[int] = []
        places = [
            (step, gap) for glob in globs for step, gap in zip((*glob.steps, None), glob.gaps, strict=True)
        ]
        for char in sorted({char for place in places for chars in place if chars for char in chars.listed}):
            self._step_masks[char] = self._gap_masks[char] = self._mentions[char] = 0
        offset = 0
        for glob in globs:
            self.start |= 1 << offset
            self._spans.append(((1 << len(glob.gaps)) - 1) << offset)
            offset += len(glob.gaps)
            self._finals.append(1 << (offset - 1))
        for index, (step, gap) in enumerate(places):
            self._enter(1 << index, step, gap)

    def _enter(self, bit: int, step: Chars | None, gap: Chars | None) -> None:
        for chars, is_step in ((step, True), (gap, False)):
            if chars is None:
                continue
            masks = self._step_masks if is_step else self._gap_masks
            if chars.inverted:
                if is_step:
                    self._other_step |= bit
                else:
                    self._other_gap |= bit
                for char in masks:
                    if char in chars:
                        masks[char] |= bit
            else:
                for char in chars.listed:
                    masks[char] |= bit
            for char in chars.listed:
                self._mentions[char] |= bit

    def read(self, state: int, char: str) -> int:
        """The state after one more character."""
        step = self._step_masks.get(char, self._other_step)
        gap = self._gap_masks.get(char, self._other_gap)
        return ((state & step) << 1) | (state & gap)

    def successors(self, state: int) -> Iterator[tuple[str, int]]:
        """One representative character for each way a character can change `state`, and where it leads."""
        mentioned = [char for char, mask in self._mentions.items() if state & mask]
        for char in mentioned:
            yield char, self.read(state, char)
        taken = frozenset(mentioned)
        other = next((char for char in _PLAIN if char not in taken), None) or _unused(taken)
        # Not `read`: a character unlisted here may be listed elsewhere, but no live place can tell it apart.
        yield other, ((state & self._other_step) << 1) | (state & self._other_gap)

    def signature_of(self, state: int) -> int:
        """Bit i: glob i accepts in `state`."""
        return sum(1 << index for index, final in enumerate(self._finals) if state & final)

    def signature(self, text: str) -> int:
        """Bit i: glob i matches the whole of `text`."""
        state = self.start
        for char in text:
            state = self.read(state, char)
        return self.signature_of(state)

    def explore(self, limit: int, required: Sequence[int] = ()) -> Iterator[tuple[int, str]]:
        """Every reachable state with a shortest string that leads there, shortest first.

        States in which one of the `required` globs (by index) can no longer match are left out.
        Raises: TooManyClasses after `limit` states.
        """
        spans = [self._spans[index] for index in required]
        seen = {self.start}
        front: list[tuple[int, str]] = [(self.start, "")]
        while front:
            following: list[tuple[int, str]] = []
            for state, text in front:
                yield state, text
                for char, after in self.successors(state):
                    if after not in seen and all(after & span for span in spans):
                        seen.add(after)
                        following.append((after, text + char))
            if len(seen) > limit:
                raise TooManyClasses(f"more than {limit} states")
            front = following


def partition(
    globs: Sequence[Glob],
    *,
    within: Sequence[Glob] = (),
    without: Sequence[Glob] = (),
    limit: int = DEFAULT_LIMIT,
) -> tuple[Region, ...]:
    """All classes into which `globs` divide the strings in all of `within` and none of `without`.

    Raises: TooManyClasses when the automaton has more than `limit` states.
    """
    automaton = Automaton((*globs, *within, *without))
    asked = (1 << len(globs)) - 1
    inside = ((1 << len(within)) - 1) << len(globs)
    samples: dict[int, str] = {}
    for state, text in automaton.explore(limit, range(len(globs), len(globs) + len(within))):
        signature = automaton.signature_of(state)
        if signature & ~asked != inside:
            continue
        # A name is a better sample than the empty string, when the class has one.
        if not samples.get(signature & asked):
            samples[signature & asked] = text
    return tuple(Region(signature, sample) for signature, sample in samples.items())


def find(
    *, all_of: Iterable[Glob] = (), none_of: Iterable[Glob] = (), limit: int = DEFAULT_LIMIT
) -> str | None:
    """A shortest non-empty string, or else the empty one, in all of the first and none of the second globs.

    Raises: TooManyClasses when the automaton has more than `limit` states.
    """
    wanted, unwanted = tuple(all_of), tuple(none_of)
    automaton = Automaton((*wanted, *unwanted))
    goal = (1 << len(wanted)) - 1
    found: str | None = None
    for state, text in automaton.explore(limit, range(len(wanted))):
        if automaton.signature_of(state) == goal:
            if text:
                return text
            found = text
    return found


def includes(larger: Glob, smaller: Glob, *, limit: int = DEFAULT_LIMIT) -> bool:
    """Whether every string of `smaller` is one of `larger`."""
    return find(all_of=(smaller,), none_of=(larger,), limit=limit) is None


def _unused(taken: frozenset[str]) -> str:
    return next(char for char in map(chr, range(0x100, 0x110000)) if char not in taken)
