"""What a stack's functions refer to: parameters, conditions, names of resources, others' exports."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from access.errors import AccessError, quoted
from access.language.unresolved import Partial, Text, Unresolved
from access.place import Place
from access.templates.assembly import Stack
from access.templates.conditions import evaluate_condition
from access.templates.intrinsics import MAX_LEVELS, resolve
from access.templates.names import Names, Token
from access.templates.parameters import parameter, pseudo_parameter
from access.templates.physical import generated
from access.templates.template import read_template, unexpected
from access.templates.values import Value

if TYPE_CHECKING:
    from access.templates.deployment import Deployment


class StackScope:
    """One stack's references; implements `access.templates.intrinsics.Scope`."""

    def __init__(
        self,
        deployment: Deployment,
        stack: Stack,
        *,
        parent: StackScope | None = None,
        given: Mapping[str, Value] | None = None,
    ) -> None:
        self.deployment, self.stack, self.parent = deployment, stack, parent
        self.file = stack.template.file
        self.account = stack.account or deployment.account
        self.region = stack.region or deployment.region
        china, government = self.region.startswith("cn-"), self.region.startswith("us-gov-")
        self.partition = "aws-cn" if china else "aws-us-gov" if government else "aws"
        self.suffix = "amazonaws.com.cn" if china else "amazonaws.com"
        self.seed = f"{self.account}/{self.region}"
        self.given = given or {}
        self.names = Names(self)
        self._conditions: dict[str, bool | None] = {}
        self._outputs: dict[str, Value] = {}
        self._properties: dict[str, Mapping[str, Value]] = {}
        self._nested: dict[str, StackScope | None] = {}
        self.resources = stack.template.section("Resources")

    # Scope: what functions ask

    def enter(self, place: Place) -> None:
        """Count one level of nesting."""
        self.deployment.levels += 1
        self.deployment.last_place = place
        if self.deployment.levels > MAX_LEVELS:
            raise unexpected(place, found=f"more than {MAX_LEVELS} levels of references", expected="fewer")

    def leave(self) -> None:
        """Count one level less."""
        self.deployment.levels -= 1

    def ref(self, name: str, place: Place) -> Value:
        """What `Ref` gives."""
        if name.startswith("AWS::"):
            return pseudo_parameter(self, name, place)
        if name in self.stack.template.section("Parameters"):
            return parameter(self, name)
        if name not in self.resources:
            raise unexpected(
                place, found=f"Ref {quoted(name)}", expected="a parameter or resource of the template"
            )
        missing = self._existing(name, place)
        return (
            missing
            or self.returned(name).get("Ref")
            or self.names.fill(name, self.names.form(name).ref, place)
        )

    def attribute(self, logical_id: str, attribute: str, place: Place) -> Value:
        """What `Fn::GetAtt` gives; an attribute whose form AWS does not fix is unresolved."""
        if logical_id not in self.resources:
            raise unexpected(
                place, found=f"GetAtt of {quoted(logical_id)}", expected="a resource of the template"
            )
        if (missing := self._existing(logical_id, place)) is not None:
            return missing
        if attribute.startswith("Outputs.") and (nested := self.nested(logical_id)) is not None:
            return nested.output(attribute.removeprefix("Outputs."), place)
        if attribute in (returned := self.returned(logical_id)):
            return returned[attribute]
        pattern = self.names.form(logical_id).attribute(attribute)
        if pattern is None:
            return Unresolved(place, f"{self.type_of(logical_id)} {logical_id}.{attribute}")
        return self.names.fill(logical_id, pattern, place)

    def imported(self, name: str, place: Place) -> Value:
        """The value another stack exports."""
        return self.deployment.exported(self, name, place)

    def mapping(self, name: str, place: Place) -> Mapping[str, Any]:
        """One entry of Mappings."""
        found = self.stack.template.section("Mappings").get(name)
        if not isinstance(found, dict):
            raise unexpected(
                place, found=f"the map {quoted(name)}", expected="one of the template's Mappings"
            )
        return found

    def condition(self, name: str, place: Place) -> bool | None:
        """Whether a condition of the template holds; None when only a deployment knows."""
        if name not in self._conditions:
            conditions = self.stack.template.section("Conditions")
            if name not in conditions:
                raise unexpected(
                    place, found=f"the condition {quoted(name)}", expected="one that is declared"
                )
            inside = Place(self.file, name, "Conditions")
            self._conditions[name] = self.deployment.once(
                f"{self.file}:{name}", place, lambda: evaluate_condition(conditions[name], self, inside)
            )
        return self._conditions[name]

    # What readers of the stack ask

    def returned(self, logical_id: str) -> Mapping[str, str]:
        """What the deployment gave for `Ref` and each attribute; empty before there is one."""
        return self.deployment.returned.get((self.stack.name, logical_id), {})

    def place(self, logical_id: str, *path: str | int) -> Place:
        """The place of a resource, or of something inside it."""
        return Place(self.file, logical_id).child(*path) if path else Place(self.file, logical_id)

    def type_of(self, logical_id: str) -> str:
        """The CloudFormation type of a resource."""
        return str(self.resources[logical_id]["Type"])

    def of_type(self, *types: str) -> Iterator[str]:
        """Logical ids of the resources of some types that exist, or may exist."""
        for logical_id in self.logical_ids():
            if self.type_of(logical_id) in types:
                yield logical_id

    def logical_ids(self) -> Iterator[str]:
        """Logical ids of every resource that exists, or may exist."""
        for logical_id in self.resources:
            if not logical_id.startswith("Fn::") and self.exists(logical_id) is not False:
                yield logical_id

    def exists(self, logical_id: str) -> bool | None:
        """Whether a resource's own condition holds; None when only a deployment knows."""
        name = self.resources[logical_id].get("Condition")
        return True if name is None else self.condition(str(name), self.place(logical_id, "Condition"))

    def properties(self, logical_id: str) -> Mapping[str, Value]:
        """A resource's properties, resolved."""
        if logical_id not in self._properties:
            raw = self.resources[logical_id].get("Properties") or {}
            found = resolve(raw, self, self.place(logical_id, "Properties"))
            self._properties[logical_id] = found if isinstance(found, dict) else {}
        return self._properties[logical_id]

    def arn(self, logical_id: str) -> Text:
        """A resource's ARN, empty for a type that has none."""
        return self.names.fill(logical_id, self.names.form(logical_id).arn, self.place(logical_id))

    def name(self, logical_id: str, place: Place) -> Text:
        """A resource's physical name, opaque where AWS makes it."""
        return self.names.name(logical_id, place)

    def output(self, name: str, place: Place) -> Value:
        """The value of an output."""
        if name not in self._outputs:
            output = self.stack.template.section("Outputs").get(name)
            if not isinstance(output, dict) or "Value" not in output:
                raise unexpected(
                    place, found=f"the output {quoted(name)} of {self.file}", expected="one with a Value"
                )
            inside = Place(self.file, name, "Outputs/Value")
            self._outputs[name] = self.deployment.once(
                f"{self.file}:{name}.Value", place, lambda: resolve(output["Value"], self, inside)
            )
        return self._outputs[name]

    def nested(self, logical_id: str) -> StackScope | None:
        """The scope of a nested stack, when its template is part of the set."""
        if logical_id not in self._nested:
            self._nested[logical_id] = self.deployment.once(
                f"{self.file}:{logical_id}.TemplateURL",
                self.place(logical_id),
                lambda: self._read_nested(logical_id),
            )
        return self._nested[logical_id]

    def nested_scopes(self) -> Iterator[StackScope]:
        """The nested stacks whose templates are part of the set."""
        for logical_id in self.of_type("AWS::CloudFormation::Stack"):
            if (nested := self.nested(logical_id)) is not None:
                yield nested

    # How the answers are made

    def _existing(self, logical_id: str, place: Place) -> Unresolved | None:
        if self.exists(logical_id) is False:
            return Unresolved(place, f"{logical_id}, which its condition leaves out")
        if self.names.is_custom(logical_id):
            return Unresolved(place, f"what {self.type_of(logical_id)} {logical_id} returns")
        return None

    def _read_nested(self, logical_id: str) -> StackScope | None:
        place = self.place(logical_id, "Properties", "TemplateURL")
        properties = self.resources[logical_id].get("Properties") or {}
        url = resolve(properties.get("TemplateURL", ""), self, place)
        ending = url.parts[-1] if isinstance(url, Partial) else url
        source = self.stack.nested.get(ending.rsplit("/", 1)[-1]) if isinstance(ending, str) else None
        if source is None:
            return None
        ancestor: StackScope | None = self
        while ancestor is not None:
            if ancestor.file == source.label:
                raise AccessError("cyclic reference: the stack nests itself", place)
            ancestor = ancestor.parent
        name = generated("name", "", self.stack.name, logical_id, 128, self.seed)
        self.deployment.tokens[name] = Token(
            "AWS::CloudFormation::Stack", self.stack.name, logical_id, "name"
        )
        given = resolve(
            properties.get("Parameters") or {}, self, self.place(logical_id, "Properties", "Parameters")
        )
        stack = Stack(
            name=name,
            template=read_template(source.path, label=source.label),
            account=self.stack.account,
            region=self.stack.region,
            nested=self.stack.nested,
        )
        return StackScope(self.deployment, stack, parent=self, given=given if isinstance(given, dict) else {})
