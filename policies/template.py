"""One CloudFormation template as it lies on disk, JSON or YAML."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from policies.node import ABSENT, Node
from policies.resource import Resource

if TYPE_CHECKING:
    from policies.assembly import Assembly


class TemplateError(Exception):
    """A file that should be a template and is not; names the file and what was expected."""


@dataclass(frozen=True, eq=False)
class Template:
    """The parsed body of one stack and the environment it belongs to."""

    name: str
    path: Path
    body: dict[str, Any]
    assembly: Assembly = field(repr=False)

    @cached_property
    def resources(self) -> tuple[Resource, ...]:
        """Every resource, in the order of the file."""
        return tuple(self._views())

    def _views(self) -> Iterator[Resource]:
        for logical_id, body in self.body["Resources"].items():
            yield Resource(self, logical_id, body)

    def has(self, logical_id: str) -> bool:
        """Whether the template makes a resource of that logical id."""
        return logical_id in self.body["Resources"]

    def resource(self, logical_id: str) -> Resource:
        """The resource of that logical id."""
        return Resource(self, logical_id, self.body["Resources"][logical_id])

    def of_type(self, *types: str) -> tuple[Resource, ...]:
        """The resources of these CloudFormation types."""
        return tuple(resource for resource in self.resources if resource.type in types)

    def exports(self) -> Iterator[tuple[str, Node]]:
        """The names this stack exports, with the exported values."""
        for logical_id, output in self.body.get("Outputs", {}).items():
            place = Node(output, f"Outputs.{logical_id}", self)
            if place.at("Export.Name").present:
                yield place.at("Export.Name").text(), place.at("Value")


def read_body(path: Path) -> dict[str, Any]:
    """The body of a template file, with every short tag in its long form.

    Raises: TemplateError when the file cannot be read as an object with resources.
    """
    try:
        text = path.read_text(encoding="utf-8")
        # The loader is a SafeLoader with CloudFormation's tags added: it makes no objects.
        body = json.loads(text) if path.suffix == ".json" else yaml.load(text, _ShortTags)  # noqa: S506
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, yaml.YAMLError) as cause:
        raise TemplateError(f"cannot read template {path}: {cause}") from cause
    if not isinstance(body, dict) or not isinstance(body.get("Resources"), dict):
        raise TemplateError(f"{path} is no template: expected an object with Resources")
    for logical_id, resource in body["Resources"].items():
        if not isinstance(logical_id, str):
            raise TemplateError(
                f"{path}: logical id {logical_id!r} is no string; YAML reads yes, no, on and off so"
            )
        if not isinstance(resource, dict) or not isinstance(resource.get("Type"), str):
            raise TemplateError(f"{path}: resource {logical_id} has no Type")
    return body


class _ShortTags(yaml.SafeLoader):
    """Reads `!Ref x` as {"Ref": "x"} and every other `!Name` as {"Fn::Name": …}."""


def _long_form(loader: _ShortTags, suffix: str, node: yaml.Node) -> dict[str, object]:
    name = suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        value: object = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    elif isinstance(node, yaml.MappingNode):
        value = loader.construct_mapping(node, deep=True)
    else:
        value = ABSENT
    return {name: value}


def _as_written(loader: _ShortTags, node: yaml.Node) -> object:
    """Keeps a date such as 2012-10-17 the string it is in a policy's Version."""
    return loader.construct_scalar(node) if isinstance(node, yaml.ScalarNode) else None


_ShortTags.add_multi_constructor("!", _long_form)
_ShortTags.add_constructor("tag:yaml.org,2002:timestamp", _as_written)
