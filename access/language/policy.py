"""A policy document, parsed: JSON of any shape becomes frozen statements or one clear error.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias, cast

from access.errors import PolicyError, quoted
from access.language.shape import entries, mapping, texts
from access.language.statement import (
    Condition,
    Effect,
    Element,
    ElementName,
    PrincipalPattern,
    Principals,
    PrincipalType,
    Quantifier,
    Statement,
    UnresolvedElement,
)
from access.language.unresolved import Partial, Unresolved
from access.place import Place

__all__ = [
    "Condition",
    "Effect",
    "Element",
    "Policy",
    "PolicyKind",
    "PrincipalPattern",
    "Principals",
    "Statement",
    "UnresolvedElement",
    "parse_policy",
]

PolicyKind: TypeAlias = Literal[
    "identity", "boundary", "session", "resource", "trust", "key", "grant", "scp", "rcp", "endpoint"
]

_POLICY_KEYS = {"Version", "Id", "Statement"}
_STATEMENT_KEYS = {
    *("Sid", "Effect", "Condition"),
    *("Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource"),
}
# No operator has an empty name, so what this asks has no answer, whatever the request.
_UNKNOWN_CONDITION = Condition("", "", (), open=True)
_PRINCIPAL_TYPES = ("AWS", "Service", "Federated", "CanonicalUser")


@dataclass(frozen=True, slots=True)
class Policy:
    """A parsed policy; `kind` decides which of its elements count."""

    kind: PolicyKind
    name: str
    statements: tuple[Statement, ...]
    place: Place

    @property
    def unresolved(self) -> tuple[UnresolvedElement, ...]:
        """Return everything in this policy that is not known."""
        return tuple(item for statement in self.statements for item in statement.unresolved)

    @classmethod
    def unknown(cls, kind: PolicyKind, name: str, cause: Unresolved) -> Policy:
        """Stand for a policy whose document is not at hand: it could allow or deny anything."""
        return cls(kind, name, (_unknown_statement(cause),), cause.place)


def parse_policy(document: object, *, place: Place, kind: PolicyKind, name: str = "") -> Policy:
    """Read a policy document whose leaves are strings, `Unresolved` or `Partial`.

    Raises: PolicyError, naming file, logical id and path, when AWS could not read the document either.
    """
    if isinstance(document, Unresolved | Partial):
        return Policy.unknown(kind, name, _cause(document))
    body = mapping(document, place, _POLICY_KEYS)
    version = body.get("Version", "2008-10-17")
    if version not in ("2012-10-17", "2008-10-17"):
        raise PolicyError(
            f"Version is {quoted(version)}, expected '2012-10-17' or '2008-10-17'", place.child("Version")
        )
    if "Statement" not in body:
        raise PolicyError("Statement is missing, expected a statement or a list of statements", place)
    statements = tuple(
        _statement(entry, spot, version == "2012-10-17")
        for entry, spot in entries(body["Statement"], place.child("Statement"))
    )
    return Policy(kind, name, statements, place)


def _statement(entry: object, place: Place, variables: bool) -> Statement:
    if isinstance(entry, Unresolved | Partial):
        return _unknown_statement(_cause(entry))
    body = mapping(entry, place, _STATEMENT_KEYS)
    gaps: list[UnresolvedElement] = []
    action = _element(body, "Action", place, gaps)
    if action is None:
        raise PolicyError("Action is missing, expected Action or NotAction", place)
    sid = body.get("Sid", "")
    return Statement(
        place=place,
        sid=sid if isinstance(sid, str) else "",
        effect=_effect(body.get("Effect"), place.child("Effect"), gaps),
        action=action,
        resource=_element(body, "Resource", place, gaps),
        principals=_principals(body, place, gaps),
        conditions=tuple(_conditions(body.get("Condition", {}), place.child("Condition"), gaps)),
        variables=variables,
        unresolved=tuple(gaps),
    )


def _unknown_statement(cause: Unresolved) -> Statement:
    anything = Element((), maybe=("*",))
    return Statement(
        place=cause.place,
        sid="",
        effect=None,
        action=anything,
        resource=anything,
        principals=Principals((), open=True),
        conditions=(),
        variables=True,
        unresolved=(UnresolvedElement("Effect", cause), UnresolvedElement("Action", cause)),
    )


def _effect(value: object, place: Place, gaps: list[UnresolvedElement]) -> Effect | None:
    if isinstance(value, Unresolved | Partial):
        gaps.append(UnresolvedElement("Effect", _cause(value)))
        return None
    if value not in ("Allow", "Deny"):
        raise PolicyError(f"Effect is {quoted(value)}, expected 'Allow' or 'Deny'", place)
    return Effect(value)


def _element(
    body: Mapping[str, object],
    name: Literal["Action", "Resource"],
    place: Place,
    gaps: list[UnresolvedElement],
) -> Element | None:
    key, value = _either(body, name, place)
    if value is None:
        return None
    known, maybe = [], []
    for text in texts(value, place.child(key)):
        if isinstance(text, str):
            known.append(text)
        else:
            gaps.append(UnresolvedElement(name, _cause(text)))
            maybe.append(text.glob() if isinstance(text, Partial) else "*")
    return Element(tuple(known), key.startswith("Not"), tuple(maybe))


def _principals(body: Mapping[str, object], place: Place, gaps: list[UnresolvedElement]) -> Principals | None:
    key, value = _either(body, "Principal", place)
    if value is None:
        return None
    negated, spot = key == "NotPrincipal", place.child(key)
    if value == "*":
        return Principals((PrincipalPattern("*", "*"),), negated)
    if isinstance(value, Unresolved | Partial):
        gaps.append(UnresolvedElement("Principal", _cause(value)))
        return Principals((), negated, open=True)
    patterns, unknown = [], False
    for kind, names in mapping(value, spot, set(_PRINCIPAL_TYPES)).items():
        for text in texts(names, spot.child(kind)):
            if isinstance(text, str):
                patterns.append(PrincipalPattern(cast(PrincipalType, kind), text))
            else:
                gaps.append(UnresolvedElement("Principal", _cause(text)))
                unknown = True
    return Principals(tuple(patterns), negated, unknown)


def _conditions(value: object, place: Place, gaps: list[UnresolvedElement]) -> Iterator[Condition]:
    if isinstance(value, Unresolved | Partial):
        gaps.append(UnresolvedElement("Condition", _cause(value)))
        yield _UNKNOWN_CONDITION
        return
    for written, keys in mapping(value, place).items():
        quantifier, operator, if_exists = _operator(written)
        if isinstance(keys, Unresolved | Partial):
            gaps.append(UnresolvedElement("Condition", _cause(keys)))
            yield _UNKNOWN_CONDITION
            continue
        for key, values in mapping(keys, place.child(written)).items():
            known, unknown = [], False
            for text in texts(values, place.child(written, key), scalars=True):
                if isinstance(text, str):
                    known.append(text)
                else:
                    gaps.append(UnresolvedElement("Condition", _cause(text)))
                    unknown = True
            yield Condition(operator, key, tuple(known), quantifier, if_exists, unknown)


def _operator(written: str) -> tuple[Quantifier | None, str, bool]:
    """Split `ForAnyValue:StringLikeIfExists`; operator names compare as written."""
    prefix, colon, rest = written.partition(":")
    quantified = bool(colon) and prefix in ("ForAllValues", "ForAnyValue")
    name = rest if quantified else written
    bare = name.removesuffix("IfExists")
    return (cast(Quantifier, prefix) if quantified else None), bare, bare != name


def _either(body: Mapping[str, object], name: ElementName, place: Place) -> tuple[str, object]:
    """Return the key and value of `name` or its `Not` form; both at once is malformed."""
    present = [key for key in (name, f"Not{name}") if body.get(key) is not None]
    if len(present) > 1:
        raise PolicyError(f"{name} and Not{name} are both present, expected one of them", place)
    return (present[0], body[present[0]]) if present else (name, None)


def _cause(value: Unresolved | Partial) -> Unresolved:
    return value if isinstance(value, Unresolved) else value.holes[0]
