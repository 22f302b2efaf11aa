"""The questions a condition asks of a request, as formulas over atoms that z3 can decide.

Every operator comes down to one kind of atom, `Some`: is there a value of this key that matches one of these
patterns? What the templates leave open is an atom of its own, `Open`, which may be true or false.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal, TypeAlias

from access.language.statement import Condition
from access.symbolic.domains import FREE, Key, kinds
from access.symbolic.logic import FALSE, TRUE, Atom, Formula, all_of, any_of, constant, negation
from access.symbolic.patterns import (
    Language,
    Malformed,
    Pattern,
    Relation,
    Text,
    Undecided,
    bound,
    network,
    text,
)

Test: TypeAlias = Literal["any", "matches", "differs", "several"]

EMPTY = Text(())


@dataclass(frozen=True)
class Some:
    """Is there a value of `key` for which `test` comes out as `holds`?

    `any`: there is a value. `matches`: it matches one of `patterns`. `differs`: it is readable and matches
    none. `several`: there is more than one value.
    """

    key: str
    patterns: tuple[Pattern, ...]
    test: Test
    holds: bool = True
    _hash: int = field(init=False, compare=False, repr=False, default=0)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_hash", hash((self.key, self.patterns, self.test, self.holds)))

    def __hash__(self) -> int:
        return self._hash


@dataclass(frozen=True, slots=True)
class Open:
    """Something that the templates do not settle; `cautious` is the answer under which less is allowed."""

    cause: str
    cautious: bool


@dataclass(frozen=True)
class Facts:
    """What is known of the condition keys of a request, by lower-case name; all others are free."""

    keys: Mapping[str, Key]
    known: Mapping[str, str | None] = field(init=False)

    def __post_init__(self) -> None:
        known = {
            name: key.choices[0] if key.choices and len(key.choices) == 1 else None
            for name, key in self.keys.items()
            if key.every
        }
        object.__setattr__(self, "known", known)

    def key(self, name: str) -> Key:
        """What is known of one key."""
        return self.keys.get(name, FREE)

    def some(self, key: str, patterns: tuple[Pattern, ...], test: Test, *, holds: bool = True) -> Formula:
        """The formula of one `Some`, settled when the values are known and no variable is open."""
        if test == "matches" and not patterns:
            return FALSE if holds else self.some(key, (), "any")
        fact = self.key(key)
        if fact.every and fact.choices is not None:
            if test == "several":
                return constant(len(fact.choices) > 1)
            if not any(isinstance(pattern, Text) and pattern.holes for pattern in patterns):
                return constant(any(_passes(value, patterns, test) is holds for value in fact.choices))
        if not holds and not fact.many:
            # One value fails a test exactly when it is there and does not pass.
            return all_of([self.some(key, (), "any"), negation(self.some(key, patterns, test))])
        return Atom(Some(key, patterns, test, holds))


@dataclass(frozen=True, slots=True)
class Meaning:
    """What an operator compares; `negated` turns the answer about each value round."""

    language: Language | Literal["bool", "base64", "number", "date", "address"]
    negated: bool = False
    ignore_case: bool = False
    relation: Relation = "=="

    @property
    def is_text(self) -> bool:
        """Whether any two values can be compared."""
        return self.language not in ("number", "date", "address")


def unsettled(cause: str, *, cautious: bool) -> Formula:
    """A formula that could be either, because of `cause`."""
    return Atom(Open(cause, cautious))


def condition(asked: Condition, facts: Facts, *, variables: bool, cause: str, cautious: bool) -> Formula:
    """When `asked` is met; what cannot be told is an `Open` atom, which begins with `cause`.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
    """
    key = asked.key.lower()
    maybe = unsettled(f"{cause}: {asked}", cautious=cautious)
    if asked.operator == "Null":
        return _null(asked, key, facts, maybe)
    meaning = _MEANINGS.get(asked.operator)
    if meaning is None:
        return unsettled(f"{cause}: operator {asked.operator or '(unresolved)'}", cautious=cautious)
    try:
        met = _values_meet(asked, key, meaning, facts, variables, maybe)
    except Undecided as reason:
        return unsettled(f"{cause}: {asked} ({reason})", cautious=cautious)
    if asked.quantifier is None and facts.key(key).many:
        # AWS defines an operator without a set operator for one value only.
        several = facts.some(key, (), "several")
        met = any_of([all_of([negation(several), met]), all_of([several, maybe])])
    present = facts.some(key, (), "any")
    if asked.quantifier is None:
        absent_is_met: Formula = TRUE if asked.if_exists or meaning.negated else FALSE
        return any_of([all_of([present, met]), all_of([negation(present), absent_is_met])])
    # Under a set operator an empty string is as good as no value.
    filled = facts.some(key, (EMPTY,), "matches", holds=False)
    vacuous: Formula = constant(asked.quantifier == "ForAllValues")
    without = any_of([vacuous, negation(present)]) if asked.if_exists else vacuous
    return any_of([all_of([filled, met]), all_of([negation(filled), without])])


def _values_meet(
    asked: Condition, key: str, meaning: Meaning, facts: Facts, variables: bool, maybe: Formula
) -> Formula:
    """When the values of a key that has some meet the condition."""
    patterns = tuple(_patterns(asked, meaning, facts, variables))
    if meaning.language == "base64":
        return maybe  # Different spellings of the same bytes are equal; that is not followed here.
    test: Test = "matches"
    wanted = not meaning.negated
    if meaning.negated and not meaning.is_text and not asked.open:
        if not patterns:
            return constant(not asked.values)  # Nothing differs from a limit that cannot be read.
        test, wanted = "differs", True
    if asked.quantifier == "ForAllValues":
        met = negation(facts.some(key, patterns, test, holds=not wanted))
    else:
        met = facts.some(key, patterns, test, holds=wanted)
    if not asked.open:
        return met
    return all_of([met, maybe]) if meaning.negated else any_of([met, maybe])


def _patterns(asked: Condition, meaning: Meaning, facts: Facts, variables: bool) -> dict[Pattern, None]:
    """The patterns that can match at all, each once. Raises: Undecided."""
    found: dict[Pattern, None] = {}
    for value in asked.values:
        pattern = _pattern(value, meaning, facts.known if variables else None)
        if isinstance(pattern, Malformed):
            continue
        for hole in pattern.holes if isinstance(pattern, Text) else ():
            if facts.key(hole.key).many:
                raise Undecided(f"{hole.key} may have several values")
            if meaning.language == "bool":
                raise Undecided("a variable compared as a boolean")
        found[pattern] = None
    return found


@lru_cache(maxsize=65_536)
def _legible_bool(parts: tuple[object, ...]) -> bool:
    return len(parts) == 1 and isinstance(parts[0], str) and parts[0].lower() in ("true", "false")


def _pattern(value: str, meaning: Meaning, known: Mapping[str, str | None] | None) -> Pattern | Malformed:
    match meaning.language:
        case "number" | "date":
            return bound(value, meaning.language, meaning.relation)
        case "address":
            return network(value)
        case "bool" | "base64":
            read = text(value, "equals", known if meaning.language == "bool" else None, ignore_case=True)
            if isinstance(read, Text) and not read.holes and not _legible_bool(read.parts):
                return Malformed(value)
            return read
        case _:
            return text(value, meaning.language, known, ignore_case=meaning.ignore_case)


def _null(asked: Condition, key: str, facts: Facts, maybe: Formula) -> Formula:
    """`true` asks that the key is absent or empty, `false` that it is not."""
    if asked.quantifier or asked.if_exists:
        return maybe
    exists = facts.some(key, (EMPTY,), "matches", holds=False)
    wanted = {value.lower() for value in asked.values}
    return any_of([
        negation(exists) if "true" in wanted else FALSE,
        exists if "false" in wanted else FALSE,
        maybe if asked.open else FALSE,
    ])  # fmt: skip


@lru_cache(maxsize=65_536)
def _passes(value: str, patterns: tuple[Pattern, ...], test: Test) -> bool:
    """Whether one known value passes a test whose patterns have no holes."""
    if test == "any":
        return True
    (kind,) = kinds(patterns[0].family, patterns, Key.tied(value))
    return bool(kind.hits) if test == "matches" else kind.readable and not kind.hits


def _orderings(family: Literal["number", "date"], prefix: str) -> dict[str, Meaning]:
    relations: dict[str, Relation] = {
        "Equals": "==",
        "LessThan": "<",
        "LessThanEquals": "<=",
        "GreaterThan": ">",
        "GreaterThanEquals": ">=",
    }
    meanings = {f"{prefix}{name}": Meaning(family, relation=relation) for name, relation in relations.items()}
    return {**meanings, f"{prefix}NotEquals": Meaning(family, negated=True)}


_MEANINGS: Mapping[str, Meaning] = {
    "StringEquals": Meaning("equals"),
    "StringNotEquals": Meaning("equals", negated=True),
    "StringEqualsIgnoreCase": Meaning("equals", ignore_case=True),
    "StringNotEqualsIgnoreCase": Meaning("equals", negated=True, ignore_case=True),
    "StringLike": Meaning("like"),
    "StringNotLike": Meaning("like", negated=True),
    "ArnEquals": Meaning("arn"),
    "ArnLike": Meaning("arn"),
    "ArnNotEquals": Meaning("arn", negated=True),
    "ArnNotLike": Meaning("arn", negated=True),
    "Bool": Meaning("bool"),
    "BinaryEquals": Meaning("base64"),
    "IpAddress": Meaning("address"),
    "NotIpAddress": Meaning("address", negated=True),
    **_orderings("number", "Numeric"),
    **_orderings("date", "Date"),
}
"""Every operator whose conditions a proof follows; any other leaves its condition unsettled."""
