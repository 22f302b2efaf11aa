"""Values of template parameters and pseudo parameters, as far as anyone knows them before deployment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from access.errors import quoted
from access.language.unresolved import Unresolved
from access.place import Place
from access.templates.intrinsics import ABSENT
from access.templates.physical import generated
from access.templates.template import unexpected
from access.templates.values import Value, scalar_text

if TYPE_CHECKING:
    from access.templates.scope import StackScope


def parameter(scope: StackScope, name: str) -> Value:
    """The value that was given for a parameter, else its default, which is then an assumption."""
    declared = scope.stack.template.section("Parameters")[name]
    kind = str(declared.get("Type", "String"))
    place = Place(scope.file, name, "Parameters")
    if kind.startswith("AWS::SSM::Parameter::Value"):
        return Unresolved(place, f"parameter {name} (read from Systems Manager)")
    for source in (scope.given, scope.stack.parameters, scope.deployment.parameters):
        if name in source:
            return _typed(source[name], kind)
    if "Default" not in declared:
        return Unresolved(place, f"parameter {name}")
    scope.deployment.assume(f"{scope.file}: parameter {name} has its default value")
    default = declared["Default"]
    return _typed(scalar_text(default, place.child("Default")), kind)


def pseudo_parameter(scope: StackScope, name: str, place: Place) -> Value:
    """The value of `AWS::Region` and its like."""
    known: dict[str, Value] = {
        "AWS::AccountId": scope.account,
        "AWS::Region": scope.region,
        "AWS::Partition": scope.partition,
        "AWS::URLSuffix": scope.suffix,
        "AWS::StackName": scope.stack.name,
        "AWS::StackId": f"arn:{scope.partition}:cloudformation:{scope.region}:{scope.account}"
        f":stack/{scope.stack.name}/{generated('uuid', '', scope.stack.name, name, 36, scope.seed)}",
        "AWS::NotificationARNs": [],
        "AWS::NoValue": ABSENT,
    }
    if name not in known:
        raise unexpected(place, found=f"Ref {quoted(name)}", expected="a pseudo parameter")
    return known[name]


def _typed(value: Value, kind: str) -> Value:
    """A parameter's value by its type: a list type splits at commas."""
    if (kind == "CommaDelimitedList" or kind.startswith("List<")) and isinstance(value, str):
        return [item.strip() for item in value.split(",")]
    return value
