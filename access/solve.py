"""Finds requests for which a formula is true: z3 chooses kinds of values, and each choice is made concrete.

Every key has its finite kinds of value (`domains`). A pattern with variables is an open question about each
kind, and only consequences that surely follow are stated about it: what it matches is covered by the pattern
with its variable replaced by a star, by each glob that the variable's value matches, or by the value itself
when there is just one. An open question adds models and never removes one, so "no model" means "no request".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

import z3  # type: ignore[import-untyped]

from access.domains import Key, Kind, covering, exactly, kinds
from access.logic import FALSE, Atom, Formula, atoms, to_z3
from access.patterns import Family, Pattern, Text
from access.questions import EMPTY, Facts, Open, Some
from access.symbols import Automaton, Glob, TooManyClasses, find, literal


@dataclass(frozen=True, slots=True)
class Model:
    """One way to make the formula true.

    `values` holds the keys that are present; it is None when the kinds chosen have no concrete values.
    `open` are the unsettled questions that had to be answered generously.
    """

    values: Mapping[str, tuple[str, ...]] | None
    open: tuple[Open, ...]


def models(formula: Formula, facts: Facts, *, limit: int) -> Iterator[Model]:
    """Up to `limit` models, those first that take every unsettled question cautiously.

    No model at all means that no request makes the formula true.
    Raises: TooManyClasses when some key has too many kinds of value.
    """
    return iter(()) if formula == FALSE else Search(formula, facts).models(limit)


@dataclass(frozen=True, slots=True)
class _Domain:
    """The kinds of value of one key for the patterns of one family, and whether a value of each is there."""

    patterns: tuple[Pattern, ...]
    kinds: tuple[Kind, ...]
    there: tuple[z3.BoolRef, ...]

    def present(self) -> z3.BoolRef:
        return z3.Or(*self.there)


class Search:
    """The solver for one formula, with the domains of the keys it asks about."""

    def __init__(self, formula: Formula, facts: Facts) -> None:
        self._facts = facts
        self._patterns: dict[str, dict[Family, dict[Pattern, None]]] = {}
        self._open: dict[Open, z3.BoolRef] = {}
        self._several: dict[str, z3.BoolRef] = {}
        for atom in atoms(formula):
            self._note(atom)
        self._globs = self._dividing_globs()
        self._domains = {
            key: {family: self._domain(key, family, tuple(patterns)) for family, patterns in families.items()}
            for key, families in self._patterns.items()
        }
        self._solver = z3.Solver()
        for key in self._domains:
            self._solver.add(*self._rules(key))
        self._solver.add(to_z3(formula, self._of_atom, {}))

    def models(self, limit: int) -> Iterator[Model]:
        """See the function `models`."""
        cautious = [var if item.cautious else z3.Not(var) for item, var in self._open.items()]
        for assumptions in (cautious, []) if cautious else ([],):
            for _ in range(limit):
                if self._solver.check(*assumptions) != z3.sat:
                    break
                model = self._solver.model()
                chosen = {
                    key: {family: self._chosen(domain, model) for family, domain in families.items()}
                    for key, families in self._domains.items()
                }
                generous = [
                    item
                    for item, var in self._open.items()
                    if z3.is_true(model.eval(var)) is not item.cautious
                ]
                values, culprits = self._concrete(chosen)
                yield Model(values, () if assumptions else tuple(generous))
                # Where no value could be found, only the kinds that were to blame are not tried again.
                self._solver.add(z3.Or(*self._differences(model, culprits or self._domains)))

    # What is asked

    def _note(self, atom: Atom) -> None:
        label = atom.label
        if isinstance(label, Open):
            self._open[label] = z3.Bool(f"open {len(self._open)}")
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

    def _open_texts(self, key: str) -> list[Text]:
        return [p for p in self._patterns[key].get("text", {}) if isinstance(p, Text) and p.holes]

    def _dividing_globs(self) -> dict[str, dict[Glob, None]]:
        """By key, the globs that divide its texts: its own, and those that variables carry over."""
        globs: dict[str, dict[Glob, None]] = {}
        for key, families in self._patterns.items():
            texts = [p for p in families.get("text", {}) if isinstance(p, Text)]
            globs[key] = dict.fromkeys(covering(p) for p in texts)
            for choice in self._facts.key(key).choices or ():
                globs[key][literal(choice)] = None
        self._share(globs)
        own = {key: tuple(found) for key, found in globs.items()}
        for key in self._patterns:
            for pattern in self._open_texts(key):
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
            for pattern in self._open_texts(key)
            if pattern.is_variable
            for hole in pattern.holes
        ]
        for _ in links:
            for one, other in links:
                both = {**globs[one], **globs[other]}
                globs[one], globs[other] = dict(both), dict(both)

    # The rules among kinds

    def _domain(self, key: str, family: Family, patterns: tuple[Pattern, ...]) -> _Domain:
        found = kinds(family, patterns, self._facts.key(key), self._globs[key] if family == "text" else ())
        return _Domain(
            patterns, found, tuple(z3.Bool(f"{key} {family} {index}") for index in range(len(found)))
        )

    def _rules(self, key: str) -> Iterator[z3.BoolRef]:
        fact, domains = self._facts.key(key), list(self._domains[key].values())
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
        for pattern in self._open_texts(key):
            yield from self._follows(key, pattern)

    def _every_choice(self, domain: _Domain, choices: tuple[str, ...]) -> Iterator[z3.BoolRef]:
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
        own = self._domains[key]["text"]
        for hole in pattern.holes:
            source = self._domains[hole.key]["text"]
            if hole.default is None:
                for kind, there in zip(own.kinds, own.there, strict=True):
                    if pattern in kind.hits:
                        yield z3.Implies(there, source.present())
        if len(pattern.holes) != 1:
            return
        (hole,) = pattern.holes
        source = self._domains[hole.key]["text"]
        shared = (
            self._globs[key].keys() & self._globs[hole.key].keys() if pattern.is_variable else frozenset()
        )
        for kind, there in zip(own.kinds, own.there, strict=True):
            hit = pattern in kind.hits
            for cause, cause_there in zip(source.kinds, source.there, strict=True):
                if (hit and (kind.globs ^ cause.globs) & shared) or self._refuted(key, pattern, kind, cause):
                    yield z3.Not(z3.And(there, cause_there))
            if hole.default is not None and (exactly(pattern, {}) in kind.globs) is not hit:
                yield z3.Implies(there, source.present())

    def _refuted(self, key: str, pattern: Text, kind: Kind, cause: Kind) -> bool:
        """Whether a variable of kind `cause` rules out what `kind` says about `pattern`."""
        hit = pattern in kind.hits
        for glob in cause.globs:
            carried = _carried(pattern, glob)
            if (
                carried in self._globs[key]
                and (carried in kind.globs) is not hit
                and (hit or glob.is_literal)
            ):
                return True
        return False

    def _of_atom(self, atom: Atom) -> z3.BoolRef:
        label = atom.label
        if isinstance(label, Open):
            return self._open[label]
        if not isinstance(label, Some):
            raise TypeError(f"an atom asks Some or Open, got {label!r}")
        if label.test == "several":
            return self._several[label.key]
        families = self._domains[label.key]
        domain = families[label.patterns[0].family] if label.patterns else next(iter(families.values()))
        return z3.Or(*(
            there
            for kind, there in zip(domain.kinds, domain.there, strict=True)
            if _passes(kind, label) is label.holds
        ))  # fmt: skip

    # From kinds to values

    def _chosen(self, domain: _Domain, model: z3.ModelRef) -> list[Kind]:
        return [
            kind
            for kind, var in zip(domain.kinds, domain.there, strict=True)
            if z3.is_true(model.eval(var, model_completion=True))
        ]

    def _differences(self, model: z3.ModelRef, keys: Iterable[str]) -> Iterator[z3.BoolRef]:
        for key in keys:
            for domain in self._domains[key].values():
                for var in domain.there:
                    yield var != model.eval(var, model_completion=True)

    def _concrete(
        self, chosen: Mapping[str, Mapping[Family, list[Kind]]]
    ) -> tuple[dict[str, tuple[str, ...]] | None, list[str]]:
        """A value for every chosen kind, those of variables first; or the keys for which there is none."""
        values: dict[str, tuple[str, ...]] = {}
        for key in self._variables_first():
            families = chosen[key]
            fact = self._facts.key(key)
            if fact.every:
                found: list[str] | None = list(fact.choices or ())
            elif len(families) == 1:
                ((family, some),) = families.items()
                found = [v for kind in some if (v := self._value(key, family, kind, values)) is not None]
                found = found if len(found) == len(some) else None
            else:
                found = self._common(key, families, values)
            if found is None:
                return None, [key, *(hole.key for pattern in self._open_texts(key) for hole in pattern.holes)]
            if found:
                values[key] = tuple(found)
        return values, []

    def _variables_first(self) -> list[str]:
        ordered: dict[str, None] = {}

        def visit(key: str, above: frozenset[str]) -> None:
            for pattern in self._open_texts(key):
                for hole in pattern.holes:
                    if hole.key not in above and hole.key not in ordered:
                        visit(hole.key, above | {hole.key})
            ordered[key] = None

        for key in self._domains:
            visit(key, frozenset((key,)))
        return list(ordered)

    def _value(
        self, key: str, family: Family, kind: Kind, values: Mapping[str, tuple[str, ...]]
    ) -> str | None:
        """One value of this kind, given the values of the variables."""
        open_texts = self._open_texts(key) if family == "text" else []
        if not open_texts or self._facts.key(key).choices is not None:
            return kind.sample
        single = {name: found[0] for name, found in values.items() if len(found) == 1}
        domain = self._domains[key]["text"]
        every_glob = {glob for other in domain.kinds for glob in other.globs}
        inside, outside = set(kind.globs), every_glob - kind.globs
        for pattern in open_texts:
            filled = all(hole.key in single or hole.default is not None for hole in pattern.holes)
            if filled:
                (inside if pattern in kind.hits else outside).add(exactly(pattern, single))
        automaton = Automaton((*inside, *outside))
        goal = (1 << len(inside)) - 1
        for candidate in (kind.sample, *single.values()):
            if automaton.signature(candidate) == goal:
                return candidate
        try:
            return find(all_of=inside, none_of=outside)
        except TooManyClasses:
            return None

    def _common(
        self, key: str, families: Mapping[Family, list[Kind]], values: Mapping[str, tuple[str, ...]]
    ) -> list[str] | None:
        """One value of the chosen kind in every family, for a key asked about as text and as a number."""
        if not any(families.values()):
            return []
        candidates = {
            self._value(key, family, kind, values) for family, some in families.items() for kind in some
        }
        for candidate in sorted(c for c in candidates if c is not None):
            if all(self._is_of(candidate, key, family, some) for family, some in families.items()):
                return [candidate]
        return None

    def _is_of(self, value: str, key: str, family: Family, some: list[Kind]) -> bool:
        domain = self._domains[key][family]
        settled = [p for p in domain.patterns if not (isinstance(p, Text) and p.holes)]
        (found,) = kinds(family, settled, Key.tied(value))
        return (
            len(some) == 1
            and found.hits == some[0].hits & frozenset(settled)
            and found.readable == some[0].readable
        )


def _passes(kind: Kind, label: Some) -> bool:
    if label.test == "any":
        return True
    hit = any(pattern in kind.hits for pattern in label.patterns)
    return hit if label.test == "matches" else kind.readable and not hit


def _carried(pattern: Text, glob: Glob) -> Glob:
    """What `pattern` matches when its variable's value matches `glob`."""
    return pattern.glob(lambda _hole: glob)
