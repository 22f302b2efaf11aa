"""What CloudFormation's handlers of our resource types call, and who would call it.

The schemas are cfn-lint's copy of CloudFormation's own.
https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from cfnlint.schema.manager import ProviderSchemaManager

from access.language.glob import matches
from stacks.identities import Identities

HANDLERS = ("create", "read", "update", "delete", "list")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Some permissions of one type, or of every type (`*`), and the properties that need them.

    `only_with` holds property paths; `Path=pattern` is met by a value that matches. An empty list says that
    no property needs them.
    """

    type: str
    permissions: tuple[str, ...]
    only_with: tuple[str, ...]
    why: str

    def speaks_of(self, permission: str, type_name: str) -> bool:
        """Whether this row is about a permission of a type."""
        return self.type in ("*", type_name) and any(
            matches(pattern.lower(), permission.lower()) for pattern in self.permissions
        )

    def excuses(self, made: Iterable[Mapping[str, Any]]) -> bool:
        """Whether none of these resources uses a property that needs the permission."""
        return not any(_used(each, properties) for properties in made for each in self.only_with)


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One permission that the handlers of a type list, and the role that would need it."""

    who: str
    type: str
    permission: str
    handlers: tuple[str, ...]
    made: tuple[Mapping[str, Any], ...]

    def __str__(self) -> str:
        return f"{self.permission} for {self.type} ({', '.join(self.handlers)})"


@cache
def rows() -> tuple[tuple[Row, ...], tuple[Row, ...]]:
    """The rows about what is not needed, and about what is allowed although no handler lists it."""
    data = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
    not_needed = tuple(
        Row(
            type=row["type"],
            permissions=tuple(row["permissions"]),
            only_with=tuple(row["only_with"]),
            why=row["why"],
        )
        for row in data["row"]
    )
    also = tuple(
        Row(type="*", permissions=tuple(row["permissions"]), only_with=(), why=row["why"])
        for row in data["also_allowed"]
    )
    return not_needed, also


@cache
def handlers_of(type_name: str, region: str) -> Mapping[str, tuple[str, ...]]:
    """The permissions of each handler of a type; empty when the schema lists no handler.

    Raises: KeyError when CloudFormation has no such type in the region.
    """
    manager = _manager()
    if type_name not in manager.get_resource_types(region):
        raise KeyError(f"{type_name} has no resource schema in {region}")
    found = manager.get_resource_schema(region, type_name).schema.get("handlers", {})
    if unknown := found.keys() - set(HANDLERS):
        raise KeyError(f"{type_name} has handlers that nothing here knows: {sorted(unknown)}")
    return {name: tuple(found[name].get("permissions", ())) for name in HANDLERS if name in found}


def properties_of(type_name: str) -> frozenset[str]:
    """The properties that a type has."""
    found = _manager().get_resource_schema("eu-west-1", type_name).schema
    return frozenset(found["properties"])


@cache
def _manager() -> ProviderSchemaManager:
    # The default manager prefers a newer copy in the user's cache folder: another answer on another machine.
    shipped = Path(str(files("cfnlint"))) / "data" / "schemas"
    return ProviderSchemaManager(shipped / "providers", shipped / "resources")


def needs(stacks: Mapping[str, Mapping[str, Any]], identities: Identities) -> Iterator[Need]:
    """Every permission of every type in these templates (by stack name), for the role that deploys them.

    The bootstrap is left out: an administrator deploys it, with permissions that no template gives.
    """
    made: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for stack, body in stacks.items():
        if stack == "Bootstrap":
            continue
        for resource in body["Resources"].values():
            key = (deploys(stack, identities), resource["Type"])
            made.setdefault(key, []).append(resource.get("Properties", {}))
    for (who, type_name), properties in sorted(made.items(), key=lambda item: item[0]):
        callers: dict[str, list[str]] = {}
        for handler, permissions in handlers_of(type_name, identities.region).items():
            for permission in permissions:
                callers.setdefault(permission, []).append(handler)
        for permission, handlers in sorted(callers.items()):
            yield Need(
                who=who,
                type=type_name,
                permission=permission,
                handlers=tuple(dict.fromkeys(handlers)),
                made=tuple(properties),
            )


def deploys(stack: str, identities: Identities) -> str:
    """The role under which CloudFormation makes a stack."""
    return {
        "PictureKeys": identities.picture_key_administrator,
        "StorageKeys": identities.storage_key_administrator,
    }.get(stack, identities.deployer)


def _used(condition: str, properties: Mapping[str, Any]) -> bool:
    path, equals, pattern = condition.partition("=")
    values = list(_values_at(properties, path.split("/")))
    if not equals:
        return bool(values)
    texts = (str(value).lower() if isinstance(value, bool) else str(value) for value in values)
    return any(matches(pattern, text) for text in texts)


def _values_at(document: Any, path: list[str]) -> Iterator[Any]:
    if not path:
        yield document
    elif path[0] == "*":
        for item in document if isinstance(document, list) else ():
            yield from _values_at(item, path[1:])
    elif isinstance(document, Mapping) and path[0] in document:
        yield from _values_at(document[path[0]], path[1:])
