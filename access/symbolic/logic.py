"""Boolean formulas over what a request may be: built small, compared cheaply, decided by z3.

The constructors simplify while they build, so most cells of a proof (this principal, this action, this
resource) become a constant before any solver is asked, and equal cells become equal formulas.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

import z3  # type: ignore[import-untyped]


@dataclass(frozen=True, slots=True)
class Constant:
    """A formula that is settled."""

    value: bool


@dataclass(frozen=True, slots=True)
class Atom:
    """A question to the request; `label` says which, and equal labels have equal answers."""

    label: Hashable


@dataclass(frozen=True, eq=False, slots=True)
class Compound:
    """`not`, `all` or `any` of other formulas; the hash is kept, since formulas are keys of every cache."""

    kind: str
    parts: tuple[Formula, ...]
    digest: int

    def __hash__(self) -> int:
        return self.digest

    def __eq__(self, other: object) -> bool:
        return self is other or (
            isinstance(other, Compound)
            and (self.digest, self.kind) == (other.digest, other.kind)
            and self.parts == other.parts
        )


Formula: TypeAlias = Constant | Atom | Compound

TRUE = Constant(True)
FALSE = Constant(False)


def negation(formula: Formula) -> Formula:
    """True where `formula` is not."""
    if isinstance(formula, Constant):
        return FALSE if formula.value else TRUE
    if isinstance(formula, Compound) and formula.kind == "not":
        return formula.parts[0]
    return _compound("not", (formula,))


def all_of(parts: Iterable[Formula]) -> Formula:
    """True where every one of `parts` is; true of none."""
    return _joined("all", parts, neutral=TRUE, decisive=FALSE)


def any_of(parts: Iterable[Formula]) -> Formula:
    """True where one of `parts` is; false of none."""
    return _joined("any", parts, neutral=FALSE, decisive=TRUE)


def constant(value: bool) -> Formula:
    """The formula that is always `value`."""
    return TRUE if value else FALSE


def atoms(formula: Formula) -> Iterator[Atom]:
    """Every atom of `formula`, once, in the order of writing."""
    seen: set[Formula] = set()
    pending = [formula]
    while pending:
        current = pending.pop()
        if current in seen:
            continue
        seen.add(current)
        if isinstance(current, Atom):
            yield current
        elif isinstance(current, Compound):
            pending.extend(reversed(current.parts))


def substitute(formula: Formula, value_of: Callable[[Atom], Formula | None]) -> Formula:
    """`formula` with every atom for which `value_of` knows a value replaced by it."""
    if isinstance(formula, Atom):
        replacement = value_of(formula)
        return formula if replacement is None else replacement
    if isinstance(formula, Constant):
        return formula
    parts = (substitute(part, value_of) for part in formula.parts)
    if formula.kind == "not":
        return negation(next(parts))
    return all_of(parts) if formula.kind == "all" else any_of(parts)


def to_z3(
    formula: Formula, of_atom: Callable[[Atom], z3.BoolRef], memo: dict[Formula, z3.BoolRef]
) -> z3.BoolRef:
    """The same formula for the solver; `memo` keeps what was translated."""
    known = memo.get(formula)
    if known is not None:
        return known
    if isinstance(formula, Constant):
        built = z3.BoolVal(formula.value)
    elif isinstance(formula, Atom):
        built = of_atom(formula)
    else:
        parts = [to_z3(part, of_atom, memo) for part in formula.parts]
        built = (
            z3.Not(parts[0])
            if formula.kind == "not"
            else (z3.And if formula.kind == "all" else z3.Or)(*parts)
        )
    memo[formula] = built
    return built


def _compound(kind: str, parts: tuple[Formula, ...]) -> Compound:
    return Compound(kind, parts, hash((kind, parts)))


def _joined(kind: str, parts: Iterable[Formula], *, neutral: Constant, decisive: Constant) -> Formula:
    flat: dict[Formula, None] = {}
    for part in parts:
        if part is decisive or part == decisive:
            return decisive
        if part == neutral:
            continue
        for inner in part.parts if isinstance(part, Compound) and part.kind == kind else (part,):
            flat[inner] = None
    if any(isinstance(part, Compound) and part.kind == "not" and part.parts[0] in flat for part in flat):
        return decisive
    if len(flat) <= 1:
        return next(iter(flat), neutral)
    return _compound(kind, tuple(flat))
