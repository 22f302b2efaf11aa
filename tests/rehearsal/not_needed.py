"""Permissions that a handler lists and our properties do not use: the rows of `not_needed.toml`.

A schema lists the permissions of every property a type has. A row excuses some of them as long as none of
the properties that need them is used; the moment one is, the permission is demanded.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from access.language.glob import matches
from tests.rehearsal.account import Physical
from tests.rehearsal.schema import ABSENT, values_at


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
        if self.type not in ("*", type_name):
            return False
        return any(matches(pattern.lower(), permission.lower()) for pattern in self.permissions)

    def excuses(self, properties: Any) -> bool:
        """Whether none of the properties is used that need the permission."""
        return not any(_used(each, properties) for each in self.only_with)


def _used(condition: str, properties: Any) -> bool:
    path, equals, pattern = condition.partition("=")
    values = [value for value in values_at(properties, tuple(path.split("/"))) if value is not ABSENT]
    if not equals:
        return bool(values)
    return any(
        matches(pattern, str(value).lower() if isinstance(value, bool) else str(value)) for value in values
    )


def read(file: Path) -> tuple[Row, ...]:
    """The rows of a file, in its order."""
    data = tomllib.loads(file.read_text("utf-8"))
    return tuple(
        Row(
            type=row["type"],
            permissions=tuple(row["permissions"]),
            only_with=tuple(row["only_with"]),
            why=row["why"],
        )
        for row in data["row"]
    )


@cache
def rows() -> tuple[Row, ...]:
    """The rows of the rehearsal."""
    return read(Path(__file__).with_suffix(".toml"))


def is_needed(permission: str, physical: Physical) -> bool:
    """Whether a handler of this resource uses a permission that its schema lists."""
    found = _rows_about(permission, physical.type)
    return not any(row.excuses(physical.properties) for row in found)


@cache
def _rows_about(permission: str, type_name: str) -> tuple[Row, ...]:
    return tuple(row for row in rows() if row.speaks_of(permission, type_name))
