"""CloudFormation's intrinsic functions, applied to plain values.

What a function cannot know stays `Unresolved`, or `Partial` when only part of a string is missing; what
CloudFormation would refuse is an error. Nothing is guessed.
Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
"""

import base64
import ipaddress
import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from access.errors import quoted
from access.language.unresolved import Partial, Unresolved
from access.place import Place
from access.templates.template import unexpected
from access.templates.values import Value, has_holes, join_text, scalar_text, without_dynamic_references

# References nested in references, across stacks; keeps clear of Python's own limit.
MAX_LEVELS = 150

_SUB = re.compile(r"\$\{([^{}]*)\}")


class _Absent:
    """`AWS::NoValue`: the property or list item that holds it does not exist."""


ABSENT = _Absent()


class Scope(Protocol):
    """What one stack's functions can refer to."""

    def enter(self, place: Place) -> None:
        """Count one level of nesting; raises AccessError when there are absurdly many."""

    def leave(self) -> None:
        """Count one level less."""

    def ref(self, name: str, place: Place) -> Value:
        """What `Ref` gives for a parameter, resource or pseudo parameter."""

    def attribute(self, logical_id: str, attribute: str, place: Place) -> Value:
        """What `Fn::GetAtt` gives."""

    def imported(self, name: str, place: Place) -> Value:
        """The value another stack exports under this name."""

    def mapping(self, name: str, place: Place) -> Mapping[str, Any]:
        """One entry of the template's Mappings."""

    def condition(self, name: str, place: Place) -> bool | None:
        """Whether a condition holds; None when only a deployment knows."""


def resolve(value: Value, scope: Scope, place: Place) -> Value:
    """The value with every function replaced by what it gives."""
    scope.enter(place)
    try:
        if isinstance(value, str):
            return without_dynamic_references(value, place)
        if isinstance(value, list):
            items = (resolve(item, scope, place.child(index)) for index, item in enumerate(value))
            return [item for item in items if item is not ABSENT]
        if isinstance(value, dict):
            return _resolve_mapping(value, scope, place)
        return value
    finally:
        scope.leave()


def _resolve_mapping(value: Mapping[str, Value], scope: Scope, place: Place) -> Value:
    for key in value:
        if key == "Fn::Transform" or key.startswith("Fn::ForEach"):
            return Unresolved(place.child(key), f"{key} (expanded only by CloudFormation)")
        if key == "Ref" or key.startswith("Fn::"):
            if len(value) != 1:
                raise unexpected(
                    place, found=f"{key} beside other keys", expected="a function alone in its mapping"
                )
            function = _FUNCTIONS.get(key)
            if function is None:
                raise unexpected(
                    place.child(key), found=f"the function {quoted(key)}", expected="one that exists here"
                )
            return function(value[key], scope, place.child(key))
    resolved = {key: resolve(item, scope, place.child(key)) for key, item in value.items()}
    return {key: item for key, item in resolved.items() if item is not ABSENT}


def _ref(argument: Value, scope: Scope, place: Place) -> Value:
    return scope.ref(_name(argument, place), place)


def _get_att(argument: Value, scope: Scope, place: Place) -> Value:
    parts = argument.split(".", 1) if isinstance(argument, str) else argument
    if not isinstance(parts, list) or len(parts) < 2:
        raise unexpected(place, found=quoted(argument), expected="a logical id and an attribute")
    attribute = join_text((resolve(part, scope, place) for part in parts[1:]), place, ".")
    if not isinstance(attribute, str):
        return Unresolved(place, "the attribute's name")
    return scope.attribute(_name(parts[0], place), attribute, place)


def _sub(argument: Value, scope: Scope, place: Place) -> Value:
    text, variables = argument, {}
    if isinstance(argument, list) and len(argument) == 2:
        text, variables = argument
    if not isinstance(text, str) or not isinstance(variables, dict):
        raise unexpected(place, found=quoted(argument), expected="text, or text and a mapping")
    parts: list[Value] = []
    for index, piece in enumerate(_SUB.split(text)):
        if index % 2 == 0:
            parts.append(without_dynamic_references(piece, place))
        elif piece.startswith("!"):
            parts.append("${" + piece[1:] + "}")  # ${!x} is how Sub writes a literal ${x}
        elif piece.strip() in variables:
            parts.append(resolve(variables[piece.strip()], scope, place.child(piece)))
        elif "." in piece:
            logical_id, _, attribute = piece.strip().partition(".")
            parts.append(scope.attribute(logical_id, attribute, place))
        else:
            parts.append(scope.ref(piece.strip(), place))
    return join_text(parts, place)


def _join(argument: Value, scope: Scope, place: Place) -> Value:
    between, items = _arguments(argument, 2, place)
    if not isinstance(between, str):
        raise unexpected(place.child(0), found=quoted(between), expected="a delimiter")
    items = resolve(items, scope, place.child(1))
    if isinstance(items, Unresolved):
        return items
    return join_text(_list(items, place.child(1)), place, between)


def _select(argument: Value, scope: Scope, place: Place) -> Value:
    index, items = (
        resolve(part, scope, place.child(i)) for i, part in enumerate(_arguments(argument, 2, place))
    )
    if isinstance(index, Unresolved | Partial) or isinstance(items, Unresolved):
        return Unresolved(place, "Fn::Select of an unresolved value")
    items = _list(items, place.child(1))
    if not re.fullmatch(r"[0-9]{1,6}", str(index)) or int(str(index)) >= len(items):
        raise unexpected(
            place, found=f"index {quoted(index)} of {len(items)} items", expected="one that exists"
        )
    return items[int(str(index))]


def _split(argument: Value, scope: Scope, place: Place) -> Value:
    delimiter, source = _arguments(argument, 2, place)
    if not isinstance(delimiter, str) or not delimiter:
        raise unexpected(place.child(0), found=quoted(delimiter), expected="a delimiter")
    source = resolve(source, scope, place.child(1))
    if isinstance(source, Unresolved | Partial):
        return Unresolved(place, "Fn::Split of an unresolved value")
    return scalar_text(source, place).split(delimiter)


def _if(argument: Value, scope: Scope, place: Place) -> Value:
    name, yes, no = _arguments(argument, 3, place)
    holds = scope.condition(_name(name, place), place)
    if holds is None:
        # Both branches are read all the same: a malformed one is an error whichever is deployed.
        for index, branch in enumerate((yes, no), start=1):
            resolve(branch, scope, place.child(index))
        return Unresolved(place, f"condition {name}")
    return resolve(yes if holds else no, scope, place.child(1 if holds else 2))


def _import_value(argument: Value, scope: Scope, place: Place) -> Value:
    name = resolve(argument, scope, place)
    if isinstance(name, Unresolved | Partial):
        return Unresolved(place, "Fn::ImportValue of an unresolved name")
    return scope.imported(scalar_text(name, place), place)


def _find_in_map(argument: Value, scope: Scope, place: Place) -> Value:
    if not isinstance(argument, list) or len(argument) not in (3, 4):
        raise unexpected(place, found=quoted(argument), expected="a map, a key and a second key")
    keys = [resolve(part, scope, place.child(i)) for i, part in enumerate(argument[:3])]
    if any(isinstance(key, Unresolved | Partial) for key in keys):
        return Unresolved(place, "Fn::FindInMap with an unresolved key")
    name, *path = (scalar_text(key, place) for key in keys)
    found: Any = scope.mapping(name, place)
    for key in path:
        if not isinstance(found, dict) or key not in found:
            if len(argument) == 4 and isinstance(argument[3], dict) and "DefaultValue" in argument[3]:
                return resolve(argument[3]["DefaultValue"], scope, place.child(3, "DefaultValue"))
            raise unexpected(place, found=f"no {quoted(key)} in the map {quoted(name)}", expected="an entry")
        found = found[key]
    return found


def _get_azs(argument: Value, scope: Scope, place: Place) -> Value:
    resolve(argument, scope, place)
    return Unresolved(place, "Fn::GetAZs (only the account's region knows its zones)")


def _base64(argument: Value, scope: Scope, place: Place) -> Value:
    text = resolve(argument, scope, place)
    if isinstance(text, Unresolved | Partial):
        return Unresolved(place, "Fn::Base64 of an unresolved value")
    return base64.b64encode(scalar_text(text, place).encode()).decode()


def _cidr(argument: Value, scope: Scope, place: Place) -> Value:
    if not isinstance(argument, list) or len(argument) not in (2, 3):
        raise unexpected(place, found=quoted(argument), expected="a block, a count and host bits")
    block, count, *bits = (resolve(part, scope, place.child(i)) for i, part in enumerate(argument))
    if any(isinstance(part, Unresolved | Partial) for part in (block, count, *bits)):
        return Unresolved(place, "Fn::Cidr of an unresolved value")
    try:
        network = ipaddress.ip_network(str(block), strict=False)
        wanted, host_bits = int(str(count)), int(str(bits[0])) if bits else 8
        if not 1 <= wanted <= 256 or 2**host_bits * wanted > network.num_addresses:
            raise ValueError(f"{wanted} blocks of {host_bits} host bits in {network}")
    except (ValueError, OverflowError) as cause:
        raise unexpected(
            place, found=quoted(str(cause)), expected="a network that can be divided so"
        ) from cause
    size = 2**host_bits
    width = network.max_prefixlen - host_bits
    return [f"{network.network_address + index * size}/{width}" for index in range(wanted)]


def _to_json_string(argument: Value, scope: Scope, place: Place) -> Value:
    value = resolve(argument, scope, place)
    if has_holes(value):
        return Unresolved(place, "Fn::ToJsonString of an unresolved value")
    return json.dumps(value, separators=(",", ":"))


def _length(argument: Value, scope: Scope, place: Place) -> Value:
    value = resolve(argument, scope, place)
    return Unresolved(place, "Fn::Length") if isinstance(value, Unresolved) else len(_list(value, place))


_FUNCTIONS: Mapping[str, Callable[[Value, Scope, Place], Value]] = {
    "Ref": _ref,
    "Fn::GetAtt": _get_att,
    "Fn::Sub": _sub,
    "Fn::Join": _join,
    "Fn::Select": _select,
    "Fn::Split": _split,
    "Fn::If": _if,
    "Fn::ImportValue": _import_value,
    "Fn::FindInMap": _find_in_map,
    "Fn::GetAZs": _get_azs,
    "Fn::Base64": _base64,
    "Fn::Cidr": _cidr,
    "Fn::ToJsonString": _to_json_string,
    "Fn::Length": _length,
}


def _arguments(argument: Value, count: int, place: Place) -> list[Value]:
    if not isinstance(argument, list) or len(argument) != count:
        raise unexpected(place, found=quoted(argument), expected=f"a list of {count}")
    return argument


def _list(value: Value, place: Place) -> list[Value]:
    if not isinstance(value, list):
        raise unexpected(place, found=quoted(value), expected="a list")
    return value


def _name(value: Value, place: Place) -> str:
    if not isinstance(value, str) or not value:
        raise unexpected(place, found=quoted(value), expected="a name")
    return value
