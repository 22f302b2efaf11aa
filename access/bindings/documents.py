"""Policy documents as templates hold them: objects, or JSON text with unresolved holes."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from access.errors import AccessError
from access.language.policy import Policy, PolicyKind, UnresolvedElement, parse_policy
from access.language.unresolved import Partial, Unresolved
from access.place import Place
from access.templates.scope import StackScope
from access.templates.template import check_depth, parse_json
from access.templates.values import Value

# Private-use characters stand for a hole while the text around it is read as JSON.
_OPEN, _CLOSE = "\ue000", "\ue001"


def policy_at(
    scope: StackScope,
    logical_id: str,
    path: Sequence[str | int],
    document: Value,
    *,
    kind: PolicyKind,
    name: str,
) -> Policy:
    """The policy that a resource holds at `path` of its properties.

    A resource that exists only under a condition nobody knows gives a policy whose effects are unresolved.
    """
    place = scope.place(logical_id, "Properties", *path)
    policy = parse_policy(_with_text_principals(decoded(document, place)), place=place, kind=kind, name=name)
    if scope.exists(logical_id) is None:
        return uncertain(
            policy, Unresolved(place, f"condition {scope.resources[logical_id].get('Condition')}")
        )
    return policy


def uncertain(policy: Policy, cause: Unresolved) -> Policy:
    """The same policy, when it is not known to apply: each statement may do what it says, or nothing."""
    gap = UnresolvedElement("Effect", cause)
    statements = (replace(s, effect=None, unresolved=(*s.unresolved, gap)) for s in policy.statements)
    return replace(policy, statements=tuple(statements))


def merged(policies: Sequence[Policy]) -> Policy | None:
    """Several documents of one resource as one; AWS too keeps one policy per resource."""
    if len(policies) < 2:
        return policies[0] if policies else None
    statements = tuple(statement for policy in policies for statement in policy.statements)
    return replace(policies[0], statements=statements)


def decoded(document: Value, place: Place) -> Value:
    """A document given as JSON text, read; anything else as it is."""
    if isinstance(document, str):
        found = parse_json(document, place)
        check_depth(found, place)
        return found
    if not isinstance(document, Partial):
        return document
    if any(_OPEN in part for part in document.parts if isinstance(part, str)):
        return document.holes[0]
    text = "".join(
        f"{_OPEN}{index}{_CLOSE}" if isinstance(part, Unresolved) else part
        for index, part in enumerate(document.parts)
    )
    try:
        found = parse_json(text, place)
        check_depth(found, place)
        return _with_holes(found, document)
    except AccessError:
        return document.holes[0]  # a hole outside of a string could be any part of the document


def _with_holes(value: Any, source: Partial) -> Value:
    if isinstance(value, dict):
        if any(_OPEN in key for key in value):
            return source.holes[0]
        return {key: _with_holes(item, source) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_holes(item, source) for item in value]
    if not isinstance(value, str) or _OPEN not in value:
        return value
    parts: list[str | Unresolved] = []
    for piece in value.split(_OPEN):
        index, closed, rest = piece.partition(_CLOSE)
        if closed:
            parts.append(source.parts[int(index)])
        text = rest if closed else piece
        if text:
            parts.append(text)
    first = parts[0]
    return first if len(parts) == 1 and isinstance(first, Unresolved) else Partial(tuple(parts))


def _with_text_principals(document: Value) -> Value:
    """YAML reads an unquoted account id as a number; CloudFormation hands it on as text."""
    if not isinstance(document, dict) or not isinstance(document.get("Statement"), list | dict):
        return document
    many = isinstance(document["Statement"], list)
    statements = document["Statement"] if many else [document["Statement"]]
    fixed = [
        {
            key: _as_text(item) if key in ("Principal", "NotPrincipal") else item
            for key, item in statement.items()
        }
        if isinstance(statement, dict)
        else statement
        for statement in statements
    ]
    return {**document, "Statement": fixed if many else fixed[0]}


def _as_text(value: Value) -> Value:
    if isinstance(value, dict):
        return {key: _as_text(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_as_text(item) for item in value]
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value
