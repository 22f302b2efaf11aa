"""What AWS makes up when it makes a resource: names, ids, ARNs, in the form that schemas and services give.

Everything is a function of a seed, so that two rehearsals of one template give the same.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from access.actions import arn_formats
from tests.rehearsal.differences import DIFFERENCES, NONE
from tests.rehearsal.schema import ABSENT, Pointer, TypeSchema, format_rules, schema_of, value_at

_IN_PATTERN = re.compile(r"\{(\w+)\}")
_IN_FORMAT = re.compile(r"\$\{(\w+)\}")
_PREFIX = re.compile(r"\^([a-z]+-)\(")


class UnformedError(Exception):
    """Nothing says what form a value has that the template asks for."""


@dataclass(frozen=True, slots=True)
class Home:
    """The account and region that a resource is made in."""

    account: str
    region: str
    partition: str = "aws"


def digits(seed: str, length: int, alphabet: str = "0123456789abcdef") -> str:
    """Characters that follow from the seed."""
    number = int.from_bytes(hashlib.sha512(seed.encode()).digest(), "big")
    made = ""
    for _ in range(length):
        number, digit = divmod(number, len(alphabet))
        made += alphabet[digit]
    return made


def made_up_name(schema: TypeSchema, stack: str, logical_id: str, seed: str) -> str:
    """A physical name as CloudFormation makes it: stack, logical id, and a random end.

    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-name.html
    """
    property_name = schema.name_property or ""
    rules = schema.subschema((property_name,))
    ending = digits(seed, 12, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
    longest = min(int(rules.get("maxLength", 255)), _longest(rules.get("pattern", "")))
    head = f"{stack}-{logical_id}"[: longest - len(ending) - 1].rstrip("-")
    for name in (f"{head}-{ending}", f"{head}-{ending}".lower()):
        if _fits(name, rules):
            return name
    raise UnformedError(f"{schema.name}: no name can be made for {property_name}")


def _longest(pattern: str) -> int:
    """What a pattern such as `^[a-z]{2,50}$` allows at most."""
    bounds = [int(bound) for bound in re.findall(r"\{\d*,(\d+)\}", pattern)]
    return min(bounds, default=255)


def identity(schema: TypeSchema, properties: Mapping[str, Any], seed: str, home: Home) -> tuple[str, ...]:
    """The primary identifier: what nothing else in the account and region can have."""
    return tuple(str(attribute(schema, properties, pointer, seed, home)) for pointer in schema.identifier)


def ref(schema: TypeSchema, properties: Mapping[str, Any], seed: str, home: Home) -> str:
    """What `Ref` gives. Raises: UnformedError when an identifier has several parts and no page was read."""
    pattern = DIFFERENCES.get(schema.name, NONE).ref
    if pattern:
        return _filled(pattern, schema, properties, seed, home)
    if len(schema.identifier) > 1:
        raise UnformedError(
            f"{schema.name}: several properties identify it, and what Ref gives is not listed"
        )
    return identity(schema, properties, seed, home)[0]


def attribute(
    schema: TypeSchema, properties: Mapping[str, Any], pointer: Pointer, seed: str, home: Home
) -> Any:
    """A property as `Fn::GetAtt` gives it: written in the template, or made up in the right form."""
    written = value_at(properties, pointer)
    if written is not ABSENT:
        return written
    rules = schema.subschema(pointer)
    if not rules:
        raise UnformedError(f"{schema.name} has no attribute {'.'.join(pointer)}")
    pattern = DIFFERENCES.get(schema.name, NONE).attributes.get(".".join(pointer))
    if pattern:
        return _filled(pattern, schema, properties, seed, home)
    if "default" in rules:
        return rules["default"]
    if pointer not in schema.read_only:
        # An optional part of an identifier, such as the base path of a mapping.
        return ""
    for value in _candidates(schema, properties, pointer, seed, home):
        if _fits(value, rules):
            return value
    raise UnformedError(f"{schema.name}.{'.'.join(pointer)}: nothing of its form can be made up")


def _candidates(
    schema: TypeSchema, properties: Mapping[str, Any], pointer: Pointer, seed: str, home: Home
) -> Iterator[Any]:
    rules = schema.subschema(pointer)
    seed = f"{seed}/{'.'.join(pointer)}"
    if pointer[-1].lower().endswith("arn"):
        own = arn(schema, properties, seed.rpartition("/")[0], home)
        yield own or f"arn:{home.partition}:{schema.service}:{home.region}:{home.account}:{digits(seed, 12)}"
    if schema.name_property and pointer[-1] in (f"{schema.name.rpartition('::')[2]}Name", "Name"):
        yield properties.get(schema.name_property)
    for name in (rules.get("format"), *(each.get("format") for each in rules.get("anyOf", ()))):
        prefix = _PREFIX.search(format_rules()[name].pattern) if name in format_rules() else None
        if prefix:
            yield prefix[1] + digits(seed, 17)
    if rules.get("format") or "[0-9a-f]{8}-" in rules.get("pattern", ""):
        yield _uuid(seed)
    yield digits(seed, 10, "abcdefghijklmnopqrstuvwxyz0123456789")
    yield "Z" + digits(seed, 13, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
    yield int(digits(seed, 1, "123456789"))
    yield True
    yield []
    yield from rules.get("enum", ())


def _uuid(seed: str) -> str:
    made = digits(seed, 32)
    return f"{made[:8]}-{made[8:12]}-4{made[13:16]}-8{made[17:20]}-{made[20:]}"


def _fits(value: Any, rules: Mapping[str, Any]) -> bool:
    made = schema_of("AWS::S3::Bucket")._validator.evolve(schema=rules)
    return not any(True for _ in made.iter_errors(value))


def arn(schema: TypeSchema, properties: Mapping[str, Any], seed: str, home: Home) -> str:
    """The resource's own ARN by its service's reference; empty for a type that the reference does not list.

    Source: https://docs.aws.amazon.com/service-authorization/latest/reference/
    """
    pattern = DIFFERENCES.get(schema.name, NONE).arn
    if pattern:
        return _filled(pattern, schema, properties, seed, home)
    for form in own_formats(schema):
        made = fill_format(form, schema, properties, seed, home)
        if made:
            return made
    return ""


@cache
def own_formats(schema: TypeSchema) -> tuple[str, ...]:
    """ARN formats of the service's resources that are called like the type, the best first."""
    last = _plain(schema.name.rpartition("::")[2])
    named = [(_plain(kind), form) for kind, form in arn_formats(schema.service).items()]
    same = [form for kind, form in named if kind == last]
    close = [form for kind, form in named if kind and (last.endswith(kind) or kind.endswith(last))]
    longer = [form for kind, form in named if kind.startswith(last) and kind not in (last, f"{last}s")]
    return tuple(same or close[:1] or longer[:1])


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


def fill_format(
    form: str, schema: TypeSchema, properties: Mapping[str, Any], seed: str, home: Home
) -> str | None:
    """An ARN format with its variables filled: by properties of that name, the last by the own name or id.

    Returns: None when a variable is neither.
    """
    own = [name for name in variables(form) if _known(name, schema, properties, seed, home) is None]
    if own not in ([], list(variables(form)[-1:])):
        return None
    mine = _own_name(schema, properties, seed, home) if own else ""

    def put(match: re.Match[str]) -> str:
        name = match[1]
        known = _known(name, schema, properties, seed, home)
        if known is None:
            known = mine
        if name.endswith("WithPath"):
            return f"{properties.get('Path', '/')}{known}".lstrip("/")
        return known.lstrip("/") if name.endswith("WithoutLeadingSlash") else known

    return _IN_FORMAT.sub(put, form)


def variables(form: str) -> tuple[str, ...]:
    """The variables of an ARN format."""
    return tuple(_IN_FORMAT.findall(form))


def as_glob(form: str) -> str:
    """An ARN format as a pattern."""
    return _IN_FORMAT.sub("*", form)


def fill_rest(form: str, home: Home, filler: str) -> str:
    """An ARN format of which only account and region are known."""
    return _IN_FORMAT.sub(lambda match: str(getattr(home, match[1].lower(), filler)), form)


def property_called(name: str, properties: Mapping[str, Any]) -> str:
    """The text of the property that is called like a variable of a format; empty when there is none."""
    found = (value for written, value in properties.items() if written.lower() == name.lower())
    return next((value for value in found if isinstance(value, str)), "")


def _known(name: str, schema: TypeSchema, properties: Mapping[str, Any], seed: str, home: Home) -> str | None:
    if name in ("Partition", "Region", "Account"):
        return str(getattr(home, name.lower()))
    for pointer in schema.properties:
        if pointer.lower() == name.lower():
            value = properties.get(pointer)
            if value is None and (pointer,) in (*schema.read_only,) and not pointer.lower().endswith("arn"):
                value = attribute(schema, properties, (pointer,), seed, home)
            return value if isinstance(value, str) else None
    return None


def _own_name(schema: TypeSchema, properties: Mapping[str, Any], seed: str, home: Home) -> str:
    if not schema.identifier_is_made_of_the_name:
        return str(attribute(schema, properties, schema.identifier[-1], seed, home))
    name = properties.get(schema.name_property or "")
    return name if isinstance(name, str) else _uuid(f"{seed}/own")


def _filled(pattern: str, schema: TypeSchema, properties: Mapping[str, Any], seed: str, home: Home) -> str:
    def put(match: re.Match[str]) -> str:
        name = match[1]
        if name in ("account", "region", "partition"):
            return str(getattr(home, name))
        if name == "mark":
            return _uuid(f"{seed}/mark")
        value = str(attribute(schema, properties, (name,), seed, home))
        return value.removeprefix("https://") if name == "Url" else value

    return _IN_PATTERN.sub(put, pattern)


def stack_id(home: Home, name: str, seed: str) -> str:
    """A stack's ARN."""
    prefix = f"arn:{home.partition}:cloudformation:{home.region}:{home.account}"
    return f"{prefix}:stack/{name}/{_uuid(f'{seed}/{name}')}"
