"""One CloudFormation template, read from JSON or YAML into plain values, refused when it could mislead.

A template is a stranger's input: size, depth, duplicate keys and YAML aliases are checked before anything is
built from it, so that an absurd file costs an error message and not a machine.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from access.errors import AccessError
from access.place import Place

# CloudFormation takes 1 MB from S3, https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html;
# a synthesized file may be larger by its indentation.
MAX_BYTES = 4 * 1024 * 1024
# Deeper than any template that CloudFormation accepts, shallower than Python's stack.
MAX_DEPTH = 100

SECTIONS = ("Parameters", "Mappings", "Conditions", "Resources", "Outputs")
_SHORT_FORMS = frozenset(
    {
        *("And", "Base64", "Cidr", "Equals", "FindInMap", "GetAZs", "GetAtt", "If", "ImportValue", "Join"),
        *("Length", "Not", "Or", "Select", "Split", "Sub", "ToJsonString", "Transform"),
    }
)


def unexpected(place: Place, *, found: str, expected: str) -> AccessError:
    """The error that says what stands at `place` and what should."""
    return AccessError(f"found {found}, expected {expected}", place)


@dataclass(frozen=True, slots=True)
class Template:
    """The sections of one template; each is a mapping, and every resource has a type."""

    file: str
    body: Mapping[str, Any]

    def section(self, name: str) -> Mapping[str, Any]:
        """The entries of one of `SECTIONS`, empty when the template has none."""
        section: Mapping[str, Any] = self.body.get(name) or {}
        return section

    @property
    def transforms(self) -> tuple[str, ...]:
        """Macros that rewrite the template before it is deployed, so that it is not what it says."""
        declared = self.body.get("Transform") or []
        names = declared if isinstance(declared, list) else [declared]
        return tuple(str(name.get("Name", name) if isinstance(name, dict) else name) for name in names)


def looks_like_template(document: Any) -> bool:
    """Whether a document is meant for CloudFormation: it says so, or has typed resources."""
    if not isinstance(document, dict):
        return False
    if "AWSTemplateFormatVersion" in document:
        return True
    resources = document.get("Resources")
    return isinstance(resources, dict) and any(
        isinstance(r, dict) and "Type" in r for r in resources.values()
    )


def read_template(path: Path, *, label: str | None = None) -> Template:
    """Read and check one template; `label` is how its places name the file."""
    label = label or str(path)
    return checked_template(read_document(path, label=label), label=label)


def checked_template(document: Any, *, label: str) -> Template:
    """The document as a template, or the first thing about its outline that CloudFormation would refuse."""
    if not isinstance(document, dict):
        raise unexpected(
            Place(label, "", ""), found=_kind(document), expected="a mapping of template sections"
        )
    for name in SECTIONS:
        section = document.get(name)
        if section is None and name != "Resources":
            continue
        if not isinstance(section, dict):
            raise unexpected(Place(label, "", name), found=_kind(section), expected="a mapping")
        if name in ("Parameters", "Resources", "Outputs"):
            _check_entries(label, name, section)
    return Template(label, document)


def _check_entries(label: str, name: str, section: Mapping[str, Any]) -> None:
    for logical_id, entry in section.items():
        if logical_id.startswith("Fn::"):
            continue  # Fn::ForEach makes several entries; `load` reports them as unresolved
        if not isinstance(entry, dict):
            raise unexpected(Place(label, logical_id, name), found=_kind(entry), expected="a mapping")
        if name != "Resources":
            continue
        if not isinstance(entry.get("Type"), str):
            raise unexpected(
                Place(label, logical_id, "Type"), found=_kind(entry.get("Type")), expected="the resource type"
            )
        properties = entry.get("Properties")
        if properties is not None and not isinstance(properties, dict):
            raise unexpected(
                Place(label, logical_id, "Properties"), found=_kind(properties), expected="a mapping"
            )


def read_document(path: Path, *, label: str) -> Any:
    """One JSON or YAML file as plain values; the extension decides nothing, the first character does."""
    place = Place(label, "", "")
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as cause:
        raise unexpected(place, found=cause.strerror or str(cause), expected="a readable file") from cause
    if len(raw) > MAX_BYTES:
        raise unexpected(
            place, found=f"more than {MAX_BYTES} bytes", expected="a template of at most that size"
        )
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as cause:
        raise unexpected(place, found="bytes that are not UTF-8", expected="JSON or YAML text") from cause
    document = parse_json(text, place) if text.lstrip()[:1] in ("{", "[") else _parse_yaml(text, place)
    check_depth(document, place)
    return document


def parse_json(text: str, place: Place) -> Any:
    """JSON with one value for each key; a repeated key means two readers could see two documents."""

    def only_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in pairs:
            if key in found:
                raise unexpected(place, found=f"the key {key!r} twice in one mapping", expected="it once")
            found[key] = value
        return found

    def no_constant(name: str) -> Any:
        raise unexpected(place, found=name, expected="a JSON number")

    try:
        return json.loads(text, object_pairs_hook=only_once, parse_constant=no_constant)
    except RecursionError as cause:
        raise unexpected(
            place, found="deeper nesting than can be read", expected=f"{MAX_DEPTH} levels"
        ) from cause
    except ValueError as cause:  # JSONDecodeError, and integers too long for Python to convert
        raise unexpected(place, found=f"{cause}", expected="JSON") from cause


def check_depth(document: Any, place: Place) -> None:
    """Refuse nesting that later recursion could not follow; walks without recursion itself."""
    stack = [(document, 0)]
    while stack:
        value, depth = stack.pop()
        if depth > MAX_DEPTH:
            raise unexpected(
                place, found=f"more than {MAX_DEPTH} levels of nesting", expected="a flatter document"
            )
        if isinstance(value, dict):
            stack.extend((child, depth + 1) for child in value.values())
        elif isinstance(value, list):
            stack.extend((child, depth + 1) for child in value)


class _TemplateLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML as CloudFormation reads it: short-form tags, no aliases, no merge keys, no dates.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-formats.html
    """


# YAML 1.1 would read `Version: 2012-10-17` as a date, an account id `012345670123` as an octal number and
# `1:30` as sixty-based; each is text to whoever wrote it, and the text is what a policy compares.
_TemplateLoader.yaml_implicit_resolvers = {
    first: [
        (tag, pattern)
        for tag, pattern in resolvers
        if tag not in ("tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:int", "tag:yaml.org,2002:merge")
    ]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_TemplateLoader.add_implicit_resolver(
    "tag:yaml.org,2002:int", re.compile(r"^[-+]?(?:0|[1-9][0-9]{0,17})$"), list("-+0123456789")
)


def _construct_mapping(loader: Any, node: yaml.MappingNode) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = key_node.value if isinstance(key_node, yaml.ScalarNode) else None
        if key is None:
            raise yaml.MarkedYAMLError(problem="a mapping key is not text", problem_mark=key_node.start_mark)
        if key in found:
            raise yaml.MarkedYAMLError(
                problem=f"the key {key!r} stands twice", problem_mark=key_node.start_mark
            )
        found[key] = loader.construct_object(value_node, deep=True)
    return found


def _construct_short_form(loader: Any, suffix: str, node: yaml.Node) -> Any:
    if suffix in ("Ref", "Condition"):
        name = suffix
    elif suffix in _SHORT_FORMS:
        name = f"Fn::{suffix}"
    else:
        raise yaml.MarkedYAMLError(problem=f"unknown tag !{suffix}", problem_mark=node.start_mark)
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
        return {name: value.split(".", 1) if suffix == "GetAtt" else value}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    return {name: _construct_mapping(loader, node)}  # type: ignore[arg-type]


_TemplateLoader.add_constructor("tag:yaml.org,2002:map", _construct_mapping)
_TemplateLoader.add_multi_constructor("!", _construct_short_form)


def _parse_yaml(text: str, place: Place) -> Any:
    load: Callable[..., Any] = yaml.load
    try:
        _refuse_aliases_and_depth(text, place)
        return load(text, Loader=_TemplateLoader)
    except yaml.YAMLError as cause:
        mark = getattr(cause, "problem_mark", None)
        where = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        problem = getattr(cause, "problem", None) or str(cause).splitlines()[0]
        raise unexpected(
            place, found=f"{problem}{where}", expected="YAML as CloudFormation takes it"
        ) from cause
    except (ValueError, RecursionError) as cause:
        raise unexpected(place, found=str(cause), expected="YAML as CloudFormation takes it") from cause


def _refuse_aliases_and_depth(text: str, place: Place) -> None:
    """Look at the events first: aliases can double a document at every level, and composing recurses."""
    depth = 0
    for event in yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
        if isinstance(event, yaml.AliasEvent):
            line = event.start_mark.line + 1 if event.start_mark else 0
            found = f"a YAML alias at line {line}"
            raise unexpected(
                place, found=found, expected="no aliases, as CloudFormation does not support them"
            )
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                found = f"more than {MAX_DEPTH} levels of nesting"
                raise unexpected(place, found=found, expected="a flatter document")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _kind(value: Any) -> str:
    return {dict: "a mapping", list: "a list", str: "text", type(None): "nothing"}.get(
        type(value), type(value).__name__
    )
