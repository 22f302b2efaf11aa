"""A formula in words: under which condition a request is allowed."""

from __future__ import annotations

from access.symbolic.formula import RESOURCE
from access.symbolic.logic import (
    FALSE,
    TRUE,
    Atom,
    Compound,
    Constant,
    Formula,
    all_of,
    any_of,
    negation,
    substitute,
)
from access.symbolic.patterns import Bound, Hole, Many, Network, One, Pattern, Text
from access.symbolic.questions import EMPTY, Open, Some


def describe(formula: Formula) -> str:
    """A formula in words, without what its other parts say already."""
    return _words(simplified(formula))


def simplified(formula: Formula) -> Formula:
    """The formula with every part of a conjunction or disjunction used to shorten the others."""
    if not isinstance(formula, Compound):
        return formula
    if formula.kind == "not":
        inner = formula.parts[0]
        if not isinstance(inner, Compound):
            return formula
        opposite = any_of if inner.kind == "all" else all_of
        return simplified(opposite(map(negation, inner.parts)))
    join, certain = (all_of, TRUE) if formula.kind == "all" else (any_of, FALSE)
    parts = list(dict.fromkeys(map(simplified, formula.parts)))
    for part in tuple(parts):
        literal, told = _literal(part, certain)
        if isinstance(literal, Atom) and part in parts:
            parts = [other if other == part else _knowing(other, literal, told) for other in parts]
    joined = join(parts)
    return joined if joined == formula or not isinstance(joined, Compound) else simplified(joined)


def _literal(part: Formula, certain: Formula) -> tuple[Formula, Formula]:
    """What a part is about, and what the other parts may take it to be."""
    if isinstance(part, Compound) and part.kind == "not":
        return part.parts[0], negation(certain)
    return part, certain


def _knowing(formula: Formula, literal: Atom, told: Formula) -> Formula:
    """The formula where an atom is settled, and with it whether the atom's key is present."""
    asked = literal.label

    def value_of(atom: Atom) -> Formula | None:
        if atom == literal:
            return told
        label = atom.label
        if not isinstance(asked, Some) or not isinstance(label, Some) or asked.key != label.key:
            return None
        if told == TRUE and label.test == "any":
            return TRUE
        return FALSE if told == FALSE and asked.test == "any" else None

    return substitute(formula, value_of)


def _words(formula: Formula) -> str:
    if isinstance(formula, Constant):
        return "always" if formula.value else "never"
    if isinstance(formula, Compound):
        if formula.kind == "not":
            return _denial(formula.parts[0])
        joint = " and " if formula.kind == "all" else " or "
        return "(" + joint.join(map(_words, formula.parts)) + ")"
    label = formula.label
    if isinstance(label, Some):
        return _some(label)
    return f"[not known: {label.cause}]" if isinstance(label, Open) else str(label)


def _some(label: Some) -> str:
    if label.test == "any":
        return f"{_key(label)} is present"
    if label.test == "several":
        return f"{_key(label)} has several values"
    if label.patterns == (EMPTY,) and not label.holds:
        return f"{_key(label)} is not empty"
    negated = label.holds is (label.test == "differs")
    return f"{_key(label)} is {'not ' if negated else ''}{_values(label)}"


def _denial(formula: Formula) -> str:
    """The opposite of a formula, in words."""
    label = formula.label if isinstance(formula, Atom) else None
    if not isinstance(label, Some):
        return f"not {_words(formula)}"
    if label.test == "any":
        return f"{_key(label)} is absent"
    if label.test == "matches":
        return (
            f"{_key(label)} is not {_values(label)}"
            if label.holds
            else f"every {_key(label)} is {_values(label)}"
        )
    return f"not {_some(label)}"


def _key(label: Some) -> str:
    return "the resource" if label.key == RESOURCE else label.key


def _values(label: Some) -> str:
    values = [spelled(pattern) for pattern in label.patterns]
    return values[0] if len(values) == 1 else f"one of [{', '.join(values)}]"


def spelled(pattern: Pattern) -> str:
    """A pattern as a policy would write it."""
    match pattern:
        case Bound():
            return f"{pattern.relation} {float(pattern.limit):g}"
        case Network():
            return str(pattern.network)
        case Text():
            return "".join(map(_part, pattern.parts)) or "empty"


def _part(part: object) -> str:
    match part:
        case Hole():
            return "${" + part.key + (f", '{part.default}'" if part.default is not None else "") + "}"
        case One():
            return "?"
        case Many():
            return "*"
        case _:
            return str(part)
