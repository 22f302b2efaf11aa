"""CloudFormation's resource schemas, as cfn-lint ships them: what a type takes, gives, and needs.

Source: https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html
"""

from __future__ import annotations

import importlib
import json
import pkgutil
from collections.abc import Iterator, Mapping
from functools import cache, cached_property, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from cfnlint.jsonschema import StandardValidator, ValidationError
from cfnlint.jsonschema.exceptions import FormatError
from cfnlint.rules import formats
from cfnlint.rules.formats.FormatKeyword import FormatKeyword
from cfnlint.schema.manager import ProviderSchemaManager

Pointer = tuple[str, ...]
ABSENT = object()

# Permissions of other services stand in every handler; they do not say which service a type belongs to.
HELPERS = frozenset({"iam", "kms", "tag"})


class UnknownTypeError(Exception):
    """No schema is known for a resource type: nothing may be said about it, least of all that it is made."""


class TypeSchema:
    """One resource type: every question is answered by its schema, and by nothing that is written here."""

    def __init__(self, name: str, body: Mapping[str, Any]) -> None:
        self.name, self.body = name, body
        self.properties: Mapping[str, Any] = body.get("properties", {})
        self.identifier = tuple(map(_pointer, body["primaryIdentifier"]))
        self.read_only = tuple(map(_pointer, body.get("readOnlyProperties", ())))
        self.create_only = tuple(map(_pointer, body.get("createOnlyProperties", ())))
        self.may_be_create_only = tuple(map(_pointer, body.get("conditionalCreateOnlyProperties", ())))

    @cached_property
    def service(self) -> str:
        """The prefix of the type's own actions: its service's name, or what most of its permissions have."""
        prefixes = [p.partition(":")[0] for p in self.permissions("create", "read", "update", "delete")]
        named = self.name.split("::")[1].lower()
        own = [prefix for prefix in prefixes if prefix not in HELPERS] or prefixes
        return named if named in prefixes else max(sorted(set(own)), key=own.count, default="")

    def permissions(self, *handlers: str) -> tuple[str, ...]:
        """What these handlers may call, as the schema lists it, each once."""
        found = self.body.get("handlers", {})
        listed = (p for name in handlers for p in found.get(name, {}).get("permissions", ()))
        return tuple(dict.fromkeys(listed))

    def faults(self, properties: Mapping[str, Any]) -> tuple[str, ...]:
        """What CloudFormation would refuse in a property document: unknown, missing, read-only, wrong."""
        return _faults(self.name, json.dumps(properties, sort_keys=True))

    def check(self, properties: Mapping[str, Any]) -> Iterator[str]:
        """Find the same faults, not remembered."""
        for unknown in sorted(properties.keys() - self.properties.keys()):
            yield f"{unknown}: unknown property"
        for pointer in self.read_only:
            if any(value is not ABSENT for value in values_at(properties, pointer)):
                yield f"{'/'.join(pointer)}: read-only property"
        for error in self._validator.iter_errors(dict(properties)):
            where = "/".join(map(str, error.absolute_path)) or "properties"
            yield f"{where}: {error.message}"

    @cached_property
    def _validator(self) -> Any:
        make = StandardValidator({}).extend(validators={"format": _check_format})
        return make(schema=self.body)

    def subschema(self, pointer: Pointer) -> Mapping[str, Any]:
        """The schema of one property, references followed."""
        found: Mapping[str, Any] = self.body
        for name in pointer:
            found = self._followed(found)
            inner = found.get("items", {}) if name == "*" else found.get("properties", {}).get(name)
            if inner is None:
                return {}
            found = inner
        return self._followed(found)

    def _followed(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        while "$ref" in schema:
            target: Any = self.body
            for part in schema["$ref"].removeprefix("#/").split("/"):
                target = target[part]
            schema = target
        return schema

    @cached_property
    def name_property(self) -> str | None:
        """The property that gives a resource its name, which CloudFormation makes up when it is left out.

        It is the identifier where that is one property that can be written, else the property that is called
        like the type or just `Name`, when it is a part of the identifier or when the identifier, an ARN or a
        URL, is made of it.
        """
        last = self.name.rpartition("::")[2]
        if len(self.identifier) == 1 and self.identifier[0] not in self.read_only:
            candidates: tuple[str, ...] = self.identifier[0][-1:]
        elif self.identifier_is_made_of_the_name:
            candidates = (f"{last}Name", "Name")
        else:
            candidates = tuple(p[-1] for p in self.identifier if p[-1] in (f"{last}Name", "Name"))
        free = (n for n in candidates if (n,) in self.create_only and n not in self.required)
        return next(free, None)

    @property
    def identifier_is_made_of_the_name(self) -> bool:
        """Whether the identifier is an ARN or a URL, in which the name stands."""
        return len(self.identifier) == 1 and self.identifier[0][-1].lower().endswith(("arn", "url"))

    @property
    def takes_tags(self) -> bool:
        """Whether a resource of this type takes the tags of its stack."""
        tagging = self.body.get("tagging", {})
        return bool(tagging.get("taggable", "Tags" in self.properties)) and tagging.get("tagUpdatable", True)

    @property
    def required(self) -> frozenset[str]:
        """Properties that every template must give."""
        return frozenset(self.body.get("required", ()))


@cache
def schema_of(name: str, region: str = "eu-west-1") -> TypeSchema:
    """The schema of a type in a region. Raises: UnknownTypeError when it has no such type there."""
    manager = shipped_schemas()
    # The manager answers "Module" and custom resources with schemas that take anything.
    if not name.startswith("AWS::") or name not in manager.get_resource_types(region):
        raise UnknownTypeError(f"{name} has no resource schema in {region}; it cannot be rehearsed")
    body = manager.get_resource_schema(region, name).schema
    if "primaryIdentifier" not in body:
        raise UnknownTypeError(
            f"the schema of {name} does not say what identifies one; it cannot be rehearsed"
        )
    return TypeSchema(name, body)


@cache
def shipped_schemas() -> ProviderSchemaManager:
    """CloudFormation's schemas as cfn-lint ships them."""
    # The default manager prefers a newer copy in the user's cache folder: another answer on another machine.
    shipped = Path(str(files("cfnlint"))) / "data" / "schemas"
    return ProviderSchemaManager(shipped / "providers", shipped / "resources")


@lru_cache(maxsize=4096)
def _faults(name: str, document: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(schema_of(name).check(json.loads(document))))


@cache
def format_rules() -> Mapping[str, FormatKeyword]:
    """cfn-lint's own rules for formats that name AWS things, such as `AWS::EC2::VPC.Id`."""
    found = {}
    for module in pkgutil.iter_modules(formats.__path__):
        for item in vars(importlib.import_module(f"{formats.__name__}.{module.name}")).values():
            if isinstance(item, type) and issubclass(item, FormatKeyword) and item is not FormatKeyword:
                rule = item()  # each subclass fills in its own pattern
                found[str(rule.format_keyword)] = rule
    return found


def _check_format(validator: Any, name: Any, value: Any, schema: Any) -> Iterator[ValidationError]:
    rule = format_rules().get(name)
    if rule is not None and not rule.format(validator, value):
        yield ValidationError(f"{value!r} is not {name}")
    try:
        validator.format_checker.check(value, name)
    except FormatError as error:
        yield ValidationError(error.message)


def values_at(document: Any, pointer: Pointer) -> Iterator[Any]:
    """Every value at a pointer, in which `*` stands for each item of a list; ABSENT where there is none."""
    if not pointer:
        yield document
    elif pointer[0] == "*":
        for item in document if isinstance(document, list) else ():
            yield from values_at(item, pointer[1:])
    elif isinstance(document, dict) and pointer[0] in document:
        yield from values_at(document[pointer[0]], pointer[1:])
    else:
        yield ABSENT


def value_at(document: Any, pointer: Pointer) -> Any:
    """The one value at a pointer, ABSENT when there is none."""
    return next(values_at(document, pointer), ABSENT)


def _pointer(text: str) -> Pointer:
    return tuple(text.removeprefix("/properties/").split("/"))
