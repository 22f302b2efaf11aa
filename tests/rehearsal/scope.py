"""What the functions of one stack's template refer to.

The intrinsic functions are those of `access`; only what they refer to is our own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from access.errors import AccessError
from access.language.unresolved import Partial, Unresolved
from access.place import Place
from access.templates.conditions import evaluate_condition
from access.templates.intrinsics import ABSENT, MAX_LEVELS, resolve
from tests.rehearsal.account import Physical
from tests.rehearsal.naming import Home, UnformedError
from tests.rehearsal.template import TemplateError


@dataclass(kw_only=True)
class Scope:
    """What one stack's functions refer to; implements `access.templates.intrinsics.Scope`."""

    stack: str
    stack_id: str
    body: Mapping[str, Any]
    home: Home
    parameters: Mapping[str, Any]
    made: Mapping[str, Physical]
    exports: Callable[[str], str | None]
    importer: Callable[[str], str]
    imports: set[str] = field(default_factory=set)
    levels: int = 0

    def enter(self, place: Place) -> None:
        """Count one level of nesting."""
        self.levels += 1
        if self.levels > MAX_LEVELS:
            raise TemplateError(f"{place}: more than {MAX_LEVELS} levels of references")

    def leave(self) -> None:
        """Count one level less."""
        self.levels -= 1

    def ref(self, name: str, place: Place) -> Any:
        """What `Ref` gives."""
        if name in self.parameters:
            return self.parameters[name]
        if name in self.made:
            return self.made[name].ref
        known = {
            "AWS::AccountId": self.home.account,
            "AWS::Region": self.home.region,
            "AWS::Partition": self.home.partition,
            "AWS::URLSuffix": "amazonaws.com",
            "AWS::StackName": self.stack,
            "AWS::StackId": self.stack_id,
            "AWS::NotificationARNs": [],
            "AWS::NoValue": ABSENT,
        }
        if name not in known:
            raise TemplateError(f"{place}: Ref {name!r} is neither a parameter nor a resource that exists")
        return known[name]

    def attribute(self, logical_id: str, attribute: str, place: Place) -> Any:
        """What `Fn::GetAtt` gives."""
        if logical_id not in self.made:
            raise TemplateError(f"{place}: GetAtt of {logical_id!r}, which does not exist")
        return self.made[logical_id].attribute(attribute)

    def imported(self, name: str, place: Place) -> str:
        """The value that another stack exports."""
        value = self.exports(name)
        if value is None:
            raise TemplateError(f"No export named {name} found")
        self.imports.add(name)
        return value

    def mapping(self, name: str, place: Place) -> Mapping[str, Any]:
        """One entry of Mappings."""
        found = self.body.get("Mappings", {}).get(name)
        if not isinstance(found, dict):
            raise TemplateError(f"{place}: the map {name!r} is not one of the template's")
        return found

    def condition(self, name: str, place: Place) -> bool:
        """Whether a condition of the template holds."""
        conditions = self.body.get("Conditions", {})
        if name not in conditions:
            raise TemplateError(f"{place}: the condition {name!r} is not one of the template's")
        holds = evaluate_condition(conditions[name], self, Place(self.stack, name))
        if holds is None:
            raise TemplateError(f"{place}: the condition {name!r} cannot be decided")
        return holds

    def holds(self, name: str) -> bool:
        """Whether a condition of the template holds."""
        return self.condition(name, Place(self.stack, name))

    def value(self, expression: Any, logical_id: str) -> Any:
        """An expression worked out. Raises: TemplateError when anything in it stays unknown."""
        try:
            found = resolve(_with_zones(expression, self), self, Place(self.stack, logical_id))
        except (AccessError, UnformedError) as error:
            raise TemplateError(str(error)) from error
        hole = next(_holes(found), None)
        if hole is not None:
            raise TemplateError(f"{logical_id}: {hole.expression} cannot be worked out here")
        return found


def existing(scope: Scope) -> dict[str, Mapping[str, Any]]:
    """The resources whose condition holds, by logical id."""
    resources = scope.body.get("Resources", {})
    return {
        logical_id: resource
        for logical_id, resource in resources.items()
        if "Condition" not in resource or scope.holds(resource["Condition"])
    }


def _with_zones(value: Any, scope: Scope) -> Any:
    """Fill in `Fn::GetAZs`, which `access` leaves open: the zones of every region begin with a, b, c.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-getavailabilityzones.html
    """
    if isinstance(value, list):
        return [_with_zones(item, scope) for item in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"Fn::GetAZs"}:
        region = scope.value(value["Fn::GetAZs"], "Fn::GetAZs") or scope.home.region
        return [f"{region}{zone}" for zone in "abc"]
    return {key: _with_zones(item, scope) for key, item in value.items()}


def _holes(value: Any) -> Iterator[Unresolved]:
    if isinstance(value, Unresolved):
        yield value
    elif isinstance(value, Partial):
        yield from value.holes
    elif isinstance(value, dict):
        for item in value.values():
            yield from _holes(item)
    elif isinstance(value, list):
        for item in value:
            yield from _holes(item)
