"""Why it is not known whether a statement applies, and what would settle it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from access.deciding import operators
from access.deciding.match import Asked, action_matches, resource_matches
from access.decision import StatementRef


def doubts(refs: Iterable[StatementRef], asked: Asked) -> tuple[str, ...]:
    """Return one sentence for each thing that is not known about these statements, without repeats."""
    return tuple(dict.fromkeys(f"{ref}: {reason}" for ref in refs for reason in _reasons(ref, asked)))


def _reasons(ref: StatementRef, asked: Asked) -> Iterator[str]:
    statement = ref.statement
    unresolved = {item.element: str(item.cause) for item in statement.unresolved}
    if statement.effect is None:
        yield f"Effect is {unresolved['Effect']}"
    if action_matches(statement.action, asked.action) is None:
        yield f"Action is {unresolved['Action']}"
    if resource_matches(statement, asked) is None:
        yield f"Resource is {unresolved.get('Resource', 'unresolved')}"
    for condition in statement.conditions:
        if operators.holds(condition, asked.context, variables=statement.variables) is None:
            yield _unsettled(condition.operator, str(condition), unresolved.get("Condition"))
    if statement.principals is not None and (ref.layer in _ATTACHED or statement.principals.open):
        yield f"Principal is {unresolved.get('Principal', 'not allowed in a policy attached to the caller')}"
    elif statement.principals is not None:
        yield "Principal names the caller only if AWS reads it so"


def _unsettled(operator: str, condition: str, unresolved: str | None) -> str:
    if unresolved is not None:
        return f"Condition is {unresolved}"
    if operator != "Null" and operator not in operators.OPERATORS:
        return f"Condition has the unknown operator {operator!r}"
    return f"Condition {condition} is not defined for the values of this request"


_ATTACHED = frozenset({"identity", "boundary", "session", "scp"})
