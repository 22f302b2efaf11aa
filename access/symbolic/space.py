"""The values a formula's keys can have, as Booleans for z3, with the rules that hold among them.

Every key has its finite kinds of value (`domains`). A pattern with variables is an open question about each
kind, and only consequences that surely follow are stated about it: what it matches is covered by the pattern
with its variable replaced by a star, by each glob that the variable's value matches, or by the value itself
when there is just one. An open question adds models and never removes one, so "no model" means "no request".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import z3  # type: ignore[import-untyped]

from access.symbolic.domains import Kind, covering, exactly, kinds
from access.symbolic.logic import Atom, Formula, atoms
from access.symbolic.patterns import Family, Hole, Pattern, Text
from access.symbolic.questions import EMPTY, Facts, Open, Some
from access.symbolic.symbols import Glob, literal


@dataclass(frozen=True, slots=True)
class Domain:
    """The kinds of value of one key for the patterns of one family, and whether a value of each is there."""

    patterns: tuple[Pattern, ...]
    kinds: tuple[Kind, ...]
    there: tuple[z3.BoolRef, ...]

    def some(self, chosen: Callable[[Kind], bool]) -> z3.BoolRef:
        """There is a value of one of the chosen kinds."""
        return z3.Or([var for kind, var in zip(self.kinds, self.there, strict=True) if chosen(kind)])

    def present(self) -> z3.BoolRef:
        """There is a value."""
        return z3.Or(list(self.there))


class Space:
    """The kinds of value of every key that one formula asks about."""

    def __init__(self, formula: Formula, facts: Facts) -> None:
        self.facts = facts
        self.open: dict[Open, z3.BoolRef] = {}
        self._several: dict[str, z3.BoolRef] = {}
        self._patterns: dict[str, dict[Family, dict[Pattern, None]]] = {}
        for atom in atoms(formula):
            self._note(atom)
        self._globs = self._dividing_globs()
        self.domains = {
            key: {family: self._domain(key, family, tuple(patterns)) for family, patterns in families.items()}
            for key, families in self._patterns.items()
        }

    def rules(self) -> Iterator[z3.BoolRef]:
        """What holds among the kinds, whatever the formula."""
        for key in self.domains:
            yield from self._rules(key)

    def variables(self) -> Iterator[z3.BoolRef]:
        """Every variable, in an order that depends on the formula alone."""
        for families in self.domains.values():
            for domain in families.values():
                yield from domain.there
        yield from self.open.values()
        yield from self._several.values()

    def of_atom(self, atom: Atom) -> z3.BoolRef:
        """When an atom is true."""
        label = atom.label
        if isinstance(label, Open):
            return self.open[label]
        if not isinstance(label, Some):
            raise TypeError(f"an atom asks Some or Open, got {label!r}")
        if label.test == "several":
            return self._several[label.key]
        families = self.domains[label.key]
        domain = families[label.patterns[0].family] if label.patterns else next(iter(families.values()))
        return domain.some(lambda kind: _passes(kind, label) is label.holds)

    def _note(self, atom: Atom) -> None:
        label = atom.label
        if isinstance(label, Open):
            self.open[label] = z3.Bool(f"open {len(self.open)}")
        elif isinstance(label, Some):
            self._ask(label.key, label.patterns)
            if label.test == "several":
                self._several[label.key] = z3.Bool(f"several {label.key}")

    def _ask(self, key: str, patterns: Iterable[Pattern]) -> None:
        families = self._patterns.setdefault(key, {})
        for pattern in patterns:
            families.setdefault(pattern.family, {})[pattern] = None
            for hole in pattern.holes if isinstance(pattern, Text) else ():
                # The variable's own values count as text, whatever else is asked about its key.
                self._ask(hole.key, (EMPTY,))
        if not families:
            families["text"] = {}

    def open_texts(self, key: str) -> list[Text]:
        """The patterns with variables that are asked of a key."""
        return [p for p in self._patterns[key].get("text", {}) if isinstance(p, Text) and p.holes]

    def _dividing_globs(self) -> dict[str, dict[Glob, None]]:
        """By key, the globs that divide its texts: its own, and those that variables carry over."""
        globs: dict[str, dict[Glob, None]] = {}
        for key, families in self._patterns.items():
            texts = [p for p in families.get("text", {}) if isinstance(p, Text)]
            globs[key] = dict.fromkeys(covering(p) for p in texts)
            for choice in self.facts.key(key).choices or ():
                globs[key][literal(choice)] = None
        self._share(globs)
        own = {key: tuple(found) for key, found in globs.items()}
        for key in self._patterns:
            for pattern in self.open_texts(key):
                if len(pattern.holes) != 1:
                    continue
                (hole,) = pattern.holes
                if not pattern.is_variable:
                    globs[key].update(dict.fromkeys(_carried(pattern, glob) for glob in own[hole.key]))
                if hole.default is not None:
                    globs[key][exactly(pattern, {})] = None
        self._share(globs)
        return globs

    def _share(self, globs: dict[str, dict[Glob, None]]) -> None:
        """Two keys that are compared with each other are divided alike."""
        links = [
            (key, hole.key)
            for key in self._patterns
            for pattern in self.open_texts(key)
            if pattern.is_variable
            for hole in pattern.holes
        ]
        for _ in links:
            for one, other in links:
                both = {**globs[one], **globs[other]}
                globs[one], globs[other] = dict(both), dict(both)

    def _domain(self, key: str, family: Family, patterns: tuple[Pattern, ...]) -> Domain:
        found = kinds(family, patterns, self.facts.key(key), self._globs[key] if family == "text" else ())
        return Domain(
            patterns, found, tuple(z3.Bool(f"{key} {family} {index}") for index in range(len(found)))
        )

    def _rules(self, key: str) -> Iterator[z3.BoolRef]:
        fact, domains = self.facts.key(key), list(self.domains[key].values())
        for domain in domains:
            if not fact.many:
                yield z3.AtMost(*domain.there, 1) if domain.there else z3.BoolVal(True)
            elif key in self._several:
                yield z3.Implies(z3.AtLeast(*domain.there, 2), self._several[key])
            if fact.every:
                yield from self._every_choice(domain, fact.choices or ())
            elif fact.required:
                yield domain.present()
        if key in self._several:
            yield z3.Implies(self._several[key], domains[0].present())
        for one, other in pairwise(domains):
            yield one.present() == other.present()
        for pattern in self.open_texts(key):
            yield from self._follows(key, pattern)

    def _every_choice(self, domain: Domain, choices: tuple[str, ...]) -> Iterator[z3.BoolRef]:
        for choice in choices:
            alike = [
                var for kind, var in zip(domain.kinds, domain.there, strict=True) if kind.sample == choice
            ]
            # Choices that fall into the kind of another are there with that one.
            if alike:
                yield z3.Or(*alike)
        if not choices:
            yield z3.Not(domain.present())

    def _follows(self, key: str, pattern: Text) -> Iterator[z3.BoolRef]:
        """What surely follows from a value of `key` matching `pattern`, or not matching it."""
        own = self.domains[key]["text"]
        for hole in pattern.holes:
            if hole.default is None:
                source = self.domains[hole.key]["text"]
                yield z3.Implies(own.some(lambda kind: pattern in kind.hits), source.present())
        if len(pattern.holes) == 1:
            yield from self._carried_over(key, pattern, pattern.holes[0])

    def _carried_over(self, key: str, pattern: Text, hole: Hole) -> Iterator[z3.BoolRef]:
        """What the value of a pattern's only variable says about the values that match the pattern."""
        own, source = self.domains[key]["text"], self.domains[hole.key]["text"]

        def bad(inside: Glob, *, hit: bool) -> z3.BoolRef:
            """Some value matches the pattern but not `inside`, or the other way round."""
            return own.some(lambda kind: (pattern in kind.hits) is hit and (inside in kind.globs) is not hit)

        for glob in self._globs[hole.key]:
            carried = glob if pattern.is_variable else _carried(pattern, glob)
            if carried not in self._globs[key]:
                continue
            matched = source.some(_inside(glob))
            yield z3.Not(z3.And(matched, bad(carried, hit=True)))
            if glob.is_literal:
                yield z3.Not(z3.And(matched, bad(carried, hit=False)))
            if pattern.is_variable:
                # Equal values match the same globs.
                unmatched = source.some(_outside(glob))
                yield z3.Not(z3.And(unmatched, own.some(_hitting(pattern, glob))))
        if hole.default is not None:
            by_default = exactly(pattern, {})
            wrong = z3.Or(bad(by_default, hit=True), bad(by_default, hit=False))
            yield z3.Implies(wrong, source.present())


def _passes(kind: Kind, label: Some) -> bool:
    if label.test == "any":
        return True
    hit = any(pattern in kind.hits for pattern in label.patterns)
    return hit if label.test == "matches" else kind.readable and not hit


def _inside(glob: Glob) -> Callable[[Kind], bool]:
    return lambda kind: glob in kind.globs


def _outside(glob: Glob) -> Callable[[Kind], bool]:
    return lambda kind: glob not in kind.globs


def _hitting(pattern: Text, glob: Glob) -> Callable[[Kind], bool]:
    return lambda kind: pattern in kind.hits and glob in kind.globs


def _carried(pattern: Text, glob: Glob) -> Glob:
    """What `pattern` matches when its variables stand for what `glob` matches."""
    return pattern.glob(lambda _hole: glob)
