"""What CloudFormation's handlers of our resource types call, and who would call it.

The schemas are cfn-lint's copy of CloudFormation's own.
https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from stacks.identities import Identities
from tests.rehearsal.not_needed import Row, read
from tests.rehearsal.schema import shipped_schemas

HANDLERS = ("create", "read", "update", "delete", "list")


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
    file = Path(__file__).with_suffix(".toml")
    also = tuple(
        Row(type="*", permissions=tuple(row["permissions"]), only_with=(), why=row["why"])
        for row in tomllib.loads(file.read_text("utf-8"))["also_allowed"]
    )
    return read(file), also


@cache
def handlers_of(type_name: str, region: str) -> Mapping[str, tuple[str, ...]]:
    """The permissions of each handler of a type; empty when the schema lists no handler.

    Raises: KeyError when CloudFormation has no such type in the region.
    """
    manager = shipped_schemas()
    if type_name not in manager.get_resource_types(region):
        raise KeyError(f"{type_name} has no resource schema in {region}")
    found = manager.get_resource_schema(region, type_name).schema.get("handlers", {})
    if unknown := found.keys() - set(HANDLERS):
        raise KeyError(f"{type_name} has handlers that nothing here knows: {sorted(unknown)}")
    return {name: tuple(found[name].get("permissions", ())) for name in HANDLERS if name in found}


def properties_of(type_name: str) -> frozenset[str]:
    """The properties that a type has."""
    found = shipped_schemas().get_resource_schema("eu-west-1", type_name).schema
    return frozenset(found["properties"])


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
