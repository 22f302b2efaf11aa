"""What a stack's functions refer to: parameters, conditions, names of resources, others' exports."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from access.assembly import Stack
from access.errors import AccessError, quoted
from access.intrinsics import ABSENT, MAX_LEVELS, Value, evaluate_condition, join_text, resolve, scalar_text
from access.physical import FORMS, Form, generated, mark
from access.place import Place
from access.template import read_template, unexpected
from access.unresolved import Partial, Text, Unresolved

# Taken for an account or region that only the deployment knows; no real one is written so.
UNKNOWN_ACCOUNT = "000000000000"
UNKNOWN_REGION = "xx-unknown-1"

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_Found = TypeVar("_Found")


@dataclass(frozen=True, slots=True)
class Token:
    """What an opaque name stands for: a name or id that AWS makes at deployment."""

    kind: str
    stack: str
    logical_id: str
    attribute: str

    def __str__(self) -> str:
        return f"{self.stack}.{self.logical_id}.{self.attribute}"


class Deployment:
    """All stacks of one set, so that one can import what another exports."""

    def __init__(
        self, stacks: Sequence[Stack], *, account: str, region: str, parameters: Mapping[str, str]
    ) -> None:
        self.account, self.region, self.parameters = account, region, parameters
        self.tokens: dict[str, Token] = {}
        self.assumptions: dict[str, None] = {}
        self.levels = 0
        self._active: list[str] = []
        self._exports: dict[tuple[str, str, str], list[tuple[StackScope, str]]] | None = None
        self.last_place = Place()
        self.scopes = [StackScope(self, stack) for stack in stacks]

    def find_nested_stacks(self) -> None:
        """Add the nested stacks whose templates are part of the set, and those within them."""
        for scope in self.scopes:  # grows while nested stacks are found
            self.scopes.extend(scope.nested_scopes())

    def once(self, key: str, place: Place, compute: Callable[[], _Found]) -> _Found:
        """Compute what may refer to other things, and refuse a reference that comes back to itself."""
        if key in self._active:
            circle = " → ".join([*self._active[self._active.index(key) :], key])
            raise AccessError(f"cyclic reference: {circle}", place)
        self._active.append(key)
        try:
            return compute()
        finally:
            self._active.pop()

    def exported(self, importer: "StackScope", name: str, place: Place) -> Value:
        """The value exported under `name` in the importer's account and region."""
        if self._exports is None:
            self._exports = self.once("the names of exports", place, self._read_exports)
        found = self._exports.get((importer.account, importer.region, name), [])
        if len(found) != 1:
            why = "no stack of the set exports it" if not found else f"{len(found)} stacks export it"
            return Unresolved(place, f"Fn::ImportValue {name} ({why})")
        scope, output = found[0]
        return scope.output(output, place)

    def _read_exports(self) -> dict[tuple[str, str, str], list[tuple["StackScope", str]]]:
        exports: dict[tuple[str, str, str], list[tuple[StackScope, str]]] = {}
        for scope in self.scopes:
            for output, body in scope.stack.template.section("Outputs").items():
                export = body.get("Export") if isinstance(body, dict) else None
                if export is None:
                    continue
                place = Place(scope.file, output, "Export")
                if not isinstance(export, dict) or "Name" not in export:
                    raise unexpected(place, found=quoted(export), expected="a mapping with Name")
                name = resolve(export["Name"], scope, place.child("Name"))
                if isinstance(name, str):
                    exports.setdefault((scope.account, scope.region, name), []).append((scope, output))
        return exports


class StackScope:
    """One stack's references; implements `access.intrinsics.Scope`."""

    def __init__(
        self,
        deployment: Deployment,
        stack: Stack,
        *,
        parent: "StackScope | None" = None,
        given: Mapping[str, Value] | None = None,
    ) -> None:
        self.deployment, self.stack, self.parent = deployment, stack, parent
        self.file = stack.template.file
        self.account = stack.account or deployment.account
        self.region = stack.region or deployment.region
        self.partition = _partition(self.region)
        self._given = given or {}
        self._names: dict[str, Text] = {}
        self._conditions: dict[str, bool | None] = {}
        self._outputs: dict[str, Value] = {}
        self._properties: dict[str, Mapping[str, Value]] = {}
        self._nested: dict[str, StackScope | None] = {}
        self.resources = stack.template.section("Resources")
        if stack.account is None and deployment.account == UNKNOWN_ACCOUNT:
            deployment.assumptions[f"{self.file}: the account is not known; taken as {UNKNOWN_ACCOUNT}"] = (
                None
            )
        if stack.region is None and deployment.region == UNKNOWN_REGION:
            deployment.assumptions[f"{self.file}: the region is not known; taken as {UNKNOWN_REGION}"] = None

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
            return self._pseudo_parameter(name, place)
        if name in self.stack.template.section("Parameters"):
            return self._parameter(name)
        if name not in self.resources:
            raise unexpected(
                place, found=f"Ref {quoted(name)}", expected="a parameter or resource of the template"
            )
        return self._existing(name, place) or self.fill(name, self._form(name).ref, place)

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
        pattern = self._form(logical_id).attribute(attribute)
        if pattern is None:
            return Unresolved(place, f"{self.type_of(logical_id)} {logical_id}.{attribute}")
        return self.fill(logical_id, pattern, place)

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
        return self.fill(logical_id, self._form(logical_id).arn, self.place(logical_id))

    def name(self, logical_id: str, place: Place) -> Text:
        """The physical name: what the template says, or an opaque one that AWS would make."""
        if logical_id not in self._names:
            self._names[logical_id] = self.deployment.once(
                f"{self.file}:{logical_id}", place, lambda: self._read_name(logical_id)
            )
        return self._names[logical_id]

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

    def nested(self, logical_id: str) -> "StackScope | None":
        """The scope of a nested stack, when its template is part of the set."""
        if logical_id not in self._nested:
            self._nested[logical_id] = self.deployment.once(
                f"{self.file}:{logical_id}.TemplateURL",
                self.place(logical_id),
                lambda: self._read_nested(logical_id),
            )
        return self._nested[logical_id]

    def nested_scopes(self) -> Iterator["StackScope"]:
        """The nested stacks whose templates are part of the set."""
        for logical_id in self.of_type("AWS::CloudFormation::Stack"):
            if (nested := self.nested(logical_id)) is not None:
                yield nested

    def fill(self, logical_id: str, pattern: str, place: Place) -> Text:
        """A naming pattern of `access.physical` with its placeholders filled in."""
        pieces = _PLACEHOLDER.split(pattern)
        return join_text(
            (
                self._placeholder(logical_id, piece, place) if index % 2 else piece
                for index, piece in enumerate(pieces)
            ),
            place,
        )

    # How the answers are made

    def _read_name(self, logical_id: str) -> Text:
        form = self._form(logical_id)
        if form.name:
            place = self.place(logical_id, "Properties", form.name)
            written = (self.resources[logical_id].get("Properties") or {}).get(form.name)
            name = ABSENT if written is None else resolve(written, self, place)
            if isinstance(name, Unresolved | Partial):
                return name
            if name is not ABSENT:
                return scalar_text(name, place)
        made = generated(form.style, form.prefix, self.stack.name, logical_id, form.longest, self._seed)
        self.deployment.tokens[made] = Token(self.type_of(logical_id), self.stack.name, logical_id, "name")
        return made

    def _placeholder(self, logical_id: str, key: str, place: Place) -> Text:
        fixed = {
            "account": self.account,
            "region": self.region,
            "partition": self.partition,
            "suffix": self._suffix,
        }
        if key in fixed:
            return fixed[key]
        if key in ("name", "plain_name"):
            name = self.name(logical_id, place)
            return name.lstrip("/") if key == "plain_name" and isinstance(name, str) else name
        if key == "mark":
            return mark(self.stack.name, logical_id, self._seed)
        property_name = "EventBusName" if key == "bus" else key
        inside = self.place(logical_id, "Properties", property_name)
        written = (self.resources[logical_id].get("Properties") or {}).get(property_name)
        value = None if written is None else resolve(written, self, inside)
        value = None if value is ABSENT else value
        if isinstance(value, Unresolved | Partial):
            return value
        return _spelled(key, None if value is None else scalar_text(value, inside), inside)

    def _form(self, logical_id: str) -> Form:
        kind = self.type_of(logical_id)
        if kind in FORMS:
            return FORMS[kind]
        # The name is opaque; without the service's ARN format no ARN is made up for it.
        return (
            Form() if kind.startswith("AWS::") and kind != "AWS::CloudFormation::CustomResource" else _CUSTOM
        )

    def _existing(self, logical_id: str, place: Place) -> Unresolved | None:
        if self.exists(logical_id) is False:
            return Unresolved(place, f"{logical_id}, which its condition leaves out")
        if self._form(logical_id) is _CUSTOM:
            return Unresolved(place, f"what {self.type_of(logical_id)} {logical_id} returns")
        return None

    def _parameter(self, name: str) -> Value:
        declared = self.stack.template.section("Parameters")[name]
        kind = str(declared.get("Type", "String"))
        place = Place(self.file, name, "Parameters")
        if kind.startswith("AWS::SSM::Parameter::Value"):
            return Unresolved(place, f"parameter {name} (read from Systems Manager)")
        for source in (self._given, self.stack.parameters, self.deployment.parameters):
            if name in source:
                return _typed(source[name], kind)
        if "Default" not in declared:
            return Unresolved(place, f"parameter {name}")
        self.deployment.assumptions[f"{self.file}: parameter {name} has its default value"] = None
        default = declared["Default"]
        return _typed(scalar_text(default, place.child("Default")), kind)

    def _pseudo_parameter(self, name: str, place: Place) -> Value:
        known: dict[str, Value] = {
            "AWS::AccountId": self.account,
            "AWS::Region": self.region,
            "AWS::Partition": self.partition,
            "AWS::URLSuffix": self._suffix,
            "AWS::StackName": self.stack.name,
            "AWS::StackId": f"arn:{self.partition}:cloudformation:{self.region}:{self.account}"
            f":stack/{self.stack.name}/{generated('uuid', '', self.stack.name, name, 36, self._seed)}",
            "AWS::NotificationARNs": [],
            "AWS::NoValue": ABSENT,
        }
        if name not in known:
            raise unexpected(place, found=f"Ref {quoted(name)}", expected="a pseudo parameter")
        return known[name]

    def _read_nested(self, logical_id: str) -> "StackScope | None":
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
        name = generated("name", "", self.stack.name, logical_id, 128, self._seed)
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

    @property
    def _seed(self) -> str:
        return f"{self.account}/{self.region}"

    @property
    def _suffix(self) -> str:
        return "amazonaws.com.cn" if self.partition == "aws-cn" else "amazonaws.com"


_CUSTOM = Form()


def _spelled(key: str, value: str | None, place: Place) -> Text:
    """A property as it appears inside an ARN."""
    if key == "Path":
        return value or "/"
    if key == "GroupName":
        return value or "default"
    if key == "bus":  # a rule of the default bus does not name it
        bus = (value or "default").rsplit("event-bus/", 1)[-1]
        return "" if bus == "default" else f"{bus}/"
    if value is None:
        return Unresolved(place, f"{key}, which is not written")
    if key == "Url":  # https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html
        return value.removeprefix("https://")
    if key == "FunctionName":  # a name, a partial ARN or an ARN
        return value.rsplit("function:", 1)[-1].split(":", 1)[0]
    return value


def _typed(value: Value, kind: str) -> Value:
    """A parameter's value by its type: a list type splits at commas."""
    if (kind == "CommaDelimitedList" or kind.startswith("List<")) and isinstance(value, str):
        return [item.strip() for item in value.split(",")]
    return value


def _partition(region: str) -> str:
    return "aws-cn" if region.startswith("cn-") else "aws-us-gov" if region.startswith("us-gov-") else "aws"
