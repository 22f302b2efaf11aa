"""Conditions of a template, in three values: true, false, or known only to a deployment.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-conditions.html
"""

from __future__ import annotations

from access.errors import quoted
from access.place import Place
from access.templates.intrinsics import Scope, resolve
from access.templates.template import unexpected
from access.templates.values import Value, has_holes


def evaluate_condition(expression: Value, scope: Scope, place: Place) -> bool | None:
    """A condition's truth in three values: None where an operand is unresolved and it matters."""
    if not isinstance(expression, dict) or len(expression) != 1:
        raise unexpected(place, found=quoted(expression), expected="one condition function")
    [(key, operands)] = expression.items()
    inside = place.child(key)
    scope.enter(place)
    try:
        if key == "Condition":
            return scope.condition(str(operands), inside)
        if not isinstance(operands, list):
            raise unexpected(inside, found=quoted(operands), expected="a list")
        if key == "Fn::Equals":
            if len(operands) != 2:
                raise unexpected(inside, found=f"{len(operands)} values", expected="two")
            left, right = (resolve(operand, scope, inside.child(i)) for i, operand in enumerate(operands))
            return None if has_holes(left) or has_holes(right) else _comparable(left) == _comparable(right)
        truths = [evaluate_condition(operand, scope, inside.child(i)) for i, operand in enumerate(operands)]
        if key == "Fn::Not" and len(truths) == 1:
            return None if truths[0] is None else not truths[0]
        if key in ("Fn::And", "Fn::Or") and truths:
            decisive = key == "Fn::Or"
            return decisive if decisive in truths else (None if None in truths else not decisive)
        raise unexpected(
            inside, found=f"{len(truths)} operands", expected="Fn::And, Fn::Or, Fn::Not or Fn::Equals"
        )
    finally:
        scope.leave()


def _comparable(value: Value) -> Value:
    return (
        str(value).lower()
        if isinstance(value, bool)
        else str(value)
        if isinstance(value, int | float)
        else value
    )
