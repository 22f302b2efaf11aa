"""Resolves CloudFormation's intrinsic functions to the names that things have on this machine."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from local_cloud.errors import LocalCloudError
from local_cloud.template import Environment, Resource, Stack


@dataclass(frozen=True, kw_only=True)
class Physical:
    """What a created resource is called: what `Ref` gives, and what `Fn::GetAtt` gives."""

    ref: str
    attributes: Mapping[str, str] = field(default_factory=dict)


class Resolver:
    """Resolves values of one environment; asks `physical` for a resource when a value needs its name."""

    def __init__(self, environment: Environment, physical: Callable[[Resource], Physical]) -> None:
        """`physical` may create the resource: names exist only after creation."""
        self._environment = environment
        self._physical = physical
        self._resources = {(r.stack.name, r.logical_id): r for r in environment.resources()}
        self._exports = {
            self.resolve(output["Export"]["Name"], stack): (output["Value"], stack)
            for stack in environment.stacks
            for output in stack.template.get("Outputs", {}).values()
            if "Export" in output
        }

    def properties(self, resource: Resource) -> dict[str, Any]:
        """Resolve all properties of a resource."""
        try:
            return dict(self.resolve(resource.properties, resource.stack))
        except LocalCloudError as error:
            raise LocalCloudError(f"{resource}: {error}") from error

    def resolve(self, value: Any, stack: Stack) -> Any:
        """Resolve one value; a property that becomes `AWS::NoValue` disappears."""
        if isinstance(value, list):
            return [item for item in (self.resolve(each, stack) for each in value) if item is not NO_VALUE]
        if not isinstance(value, Mapping):
            return value
        if len(value) == 1:
            [(function, argument)] = value.items()
            if function == "Ref" or function.startswith("Fn::"):
                return self._call(function, argument, stack)
        resolved = ((key, self.resolve(each, stack)) for key, each in value.items())
        return {key: each for key, each in resolved if each is not NO_VALUE}

    def _call(self, function: str, argument: Any, stack: Stack) -> Any:
        match function:
            case "Ref":
                return self._ref(argument, stack)
            case "Fn::GetAtt":
                logical_id, attribute = argument if isinstance(argument, list) else argument.split(".", 1)
                return self._attribute(logical_id, attribute, stack)
            case "Fn::ImportValue":
                name = self.resolve(argument, stack)
                if name not in self._exports:
                    raise LocalCloudError(f"no stack of this environment exports {name!r}")
                return self.resolve(*self._exports[name])
            case "Fn::Join":
                separator, parts = argument
                return separator.join(str(part) for part in self.resolve(parts, stack))
            case "Fn::Sub":
                return self._sub(argument, stack)
            case "Fn::Select":
                index, choices = argument
                return self.resolve(choices, stack)[int(self.resolve(index, stack))]
            case "Fn::Split":
                separator, text = argument
                return self.resolve(text, stack).split(separator)
            case "Fn::GetAZs":
                region = self.resolve(argument, stack) or stack.region
                return [f"{region}{letter}" for letter in "abc"]
        raise LocalCloudError(f"{function} is not understood here")

    def _ref(self, name: str, stack: Stack) -> Any:
        if name == "AWS::NoValue":
            return NO_VALUE
        pseudo = {
            "AWS::AccountId": stack.account,
            "AWS::Region": stack.region,
            "AWS::StackName": stack.name,
            # It begins as `access` takes it: names are made of its first part.
            "AWS::StackId": f"arn:aws:cloudformation:{stack.region}:{stack.account}:stack/{stack.name}/"
            "00000000-0000-4000-8000-000000000000",
            "AWS::Partition": "aws",
            "AWS::URLSuffix": "amazonaws.com",
        }
        if name in pseudo:
            return pseudo[name]
        parameter = stack.template.get("Parameters", {}).get(name)
        if parameter is not None:
            if "Default" not in parameter:
                raise LocalCloudError(f"parameter {name} has no default")
            return parameter["Default"]
        return self._physical(self._find(name, stack)).ref

    def _attribute(self, logical_id: str, attribute: str, stack: Stack) -> str:
        resource = self._find(logical_id, stack)
        attributes = self._physical(resource).attributes
        if attribute not in attributes:
            raise LocalCloudError(f"{resource} ({resource.type}) has no attribute {attribute} here")
        return attributes[attribute]

    def _find(self, logical_id: str, stack: Stack) -> Resource:
        resource = self._resources.get((stack.name, logical_id))
        if resource is None:
            raise LocalCloudError(f"{stack.name} has no resource {logical_id}")
        return resource

    def _sub(self, argument: Any, stack: Stack) -> str:
        text, variables = argument if isinstance(argument, list) else (argument, {})

        def replace(match: re.Match[str]) -> str:
            name = match.group(1)
            if name.startswith("!"):
                return "${" + name[1:] + "}"
            if name in variables:
                return str(self.resolve(variables[name], stack))
            if "." in name:
                logical_id, attribute = name.split(".", 1)
                return self._attribute(logical_id, attribute, stack)
            return str(self._ref(name, stack))

        return re.sub(r"\$\{([^}]+)\}", replace, text)


NO_VALUE = object()
