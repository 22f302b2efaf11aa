"""Finds requests for which a formula is true: z3 chooses kinds of values, each choice is made concrete."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import z3  # type: ignore[import-untyped]

from access.symbolic.domains import Key, Kind, exactly, kinds
from access.symbolic.logic import FALSE, Formula, to_z3
from access.symbolic.patterns import Family, Text
from access.symbolic.questions import Facts, Open
from access.symbolic.space import Domain, Space
from access.symbolic.symbols import Automaton, TooManyClasses, find


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


class Search:
    """The solver for one formula."""

    def __init__(self, formula: Formula, facts: Facts) -> None:
        self._space = Space(formula, facts)
        self._domains = self._space.domains
        self._solver = z3.Solver()
        self._solver.add(*self._space.rules())
        self._solver.add(to_z3(formula, self._space.of_atom, {}))

    def models(self, limit: int) -> Iterator[Model]:
        """See the function `models`."""
        cautious = [var if item.cautious else z3.Not(var) for item, var in self._space.open.items()]
        for assumptions in (cautious, []) if cautious else ([],):
            for _ in range(limit):
                if self._solver.check(*assumptions) != z3.sat:
                    break
                model = self._first(assumptions)
                chosen = {
                    key: {family: self._chosen(domain, model) for family, domain in families.items()}
                    for key, families in self._domains.items()
                }
                generous = [
                    item
                    for item, var in self._space.open.items()
                    if z3.is_true(model.eval(var)) is not item.cautious
                ]
                values, culprits = self._concrete(chosen)
                yield Model(values, () if assumptions else tuple(generous))
                # Where no value could be found, only the kinds that were to blame are not tried again.
                self._solver.add(z3.Or(*self._differences(model, culprits or self._domains)))

    def _first(self, assumptions: list[z3.BoolRef]) -> z3.ModelRef:
        """The first of all models in one fixed order, with as few values present as can be.

        Which model the solver happens to find depends on everything it was asked before in this process; an
        answer that depended on that would not come out the same twice.
        """
        model, settled = self._solver.model(), [*assumptions]
        for var in self._space.variables():
            if z3.is_true(model.eval(var)):
                if self._solver.check(*settled, z3.Not(var)) == z3.sat:
                    model = self._solver.model()
                else:
                    settled.append(var)
                    continue
            settled.append(z3.Not(var))
        return model

    def _chosen(self, domain: Domain, model: z3.ModelRef) -> list[Kind]:
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
            fact = self._space.facts.key(key)
            if fact.every:
                found: list[str] | None = list(fact.choices or ())
            elif len(families) == 1:
                ((family, some),) = families.items()
                found = [v for kind in some if (v := self._value(key, family, kind, values)) is not None]
                found = found if len(found) == len(some) else None
            else:
                found = self._common(key, families, values)
            if found is None:
                return None, [
                    key,
                    *(hole.key for pattern in self._space.open_texts(key) for hole in pattern.holes),
                ]
            if found:
                values[key] = tuple(found)
        return values, []

    def _variables_first(self) -> list[str]:
        ordered: dict[str, None] = {}

        def visit(key: str, above: frozenset[str]) -> None:
            for pattern in self._space.open_texts(key):
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
        open_texts = self._space.open_texts(key) if family == "text" else []
        if not open_texts or self._space.facts.key(key).choices is not None:
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
