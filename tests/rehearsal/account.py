"""One AWS account in one region: what was made in it, what lies in it, and its quotas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from access.environment import Principal
from tests.rehearsal import naming
from tests.rehearsal.differences import DIFFERENCES, NEW_ACCOUNT_CONCURRENCY, NONE
from tests.rehearsal.naming import Home
from tests.rehearsal.schema import TypeSchema, schema_of

Key = tuple[str, ...]


@dataclass(frozen=True, eq=False, kw_only=True)
class Physical:
    """One thing that exists, made from one resource of a template.

    `written` are the properties as the template gives them, every reference resolved; `properties` add the
    name that CloudFormation made up. `seed` is new for each creation, so that a second one has other ids.
    """

    type: str
    logical_id: str
    stack: str
    written: Mapping[str, Any]
    properties: Mapping[str, Any]
    seed: str
    home: Home
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def schema(self) -> TypeSchema:
        """The schema of its type."""
        return schema_of(self.type, self.home.region)

    @cached_property
    def identity(self) -> tuple[str, ...]:
        """Its primary identifier."""
        return naming.identity(self.schema, self.properties, self.seed, self.home)

    @cached_property
    def arn(self) -> str:
        """Its ARN, empty when its service lists none."""
        return naming.arn(self.schema, self.properties, self.seed, self.home)

    @cached_property
    def key(self) -> Key:
        """What no other resource can have: type, region unless its ARN has none, identifier."""
        region = "" if self.arn.split(":")[3:4] == [""] else self.home.region
        return (self.type, region, *self.identity)

    @cached_property
    def ref(self) -> str:
        """What `Ref` gives."""
        return naming.ref(self.schema, self.properties, self.seed, self.home)

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """Every string within its properties, once; not what policies and a function's variables speak of."""
        return tuple(dict.fromkeys(_texts(self.properties)))

    def attribute(self, name: str) -> Any:
        """What `Fn::GetAtt` gives."""
        return naming.attribute(self.schema, self.properties, tuple(name.split(".")), self.seed, self.home)

    @cached_property
    def names(self) -> frozenset[str]:
        """The texts by which other resources mean it."""
        found = {self.arn, *self.identity}
        if len(self.schema.identifier) == 1 or DIFFERENCES.get(self.type, NONE).ref:
            found.add(self.ref)
        return frozenset(found - {""})

    def __str__(self) -> str:
        return f"{self.stack}.{self.logical_id} ({self.type})"


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping) and "Statement" not in value:
        for name, item in value.items():
            yield from () if name == "Variables" else _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


class AlreadyExistsError(Exception):
    """Something of this name is there already."""


@dataclass(kw_only=True)
class Account:
    """What exists.

    `contents` is data that lies in a resource, `objects` are files by bucket and key, `deleted` is what was
    deleted, in order.
    """

    home: Home
    concurrency: int = NEW_ACCOUNT_CONCURRENCY
    people: tuple[Principal, ...] = ()
    resources: dict[Key, Physical] = field(default_factory=dict)
    contents: dict[Key, str] = field(default_factory=dict)
    objects: dict[tuple[str, str], bytes] = field(default_factory=dict)
    deleted: list[Physical] = field(default_factory=list)
    made: int = 0
    _by_name: dict[str, list[Physical]] = field(default_factory=dict, repr=False)

    def copy(self) -> Account:
        """The same account, to be changed on its own; what exists is never changed in place."""
        return replace(
            self,
            resources=dict(self.resources),
            contents=dict(self.contents),
            objects=dict(self.objects),
            deleted=list(self.deleted),
            _by_name={},
        )

    def next_seed(self) -> str:
        """A seed that no earlier creation in this account had."""
        self.made += 1
        return f"{self.home.account}/{self.home.region}/{self.made}"

    def add(self, physical: Physical) -> None:
        """Let it exist. Raises: AlreadyExistsError when its identifier or a unique property is taken."""
        if taken := self._taken(physical):
            raise AlreadyExistsError(f"{'|'.join(physical.identity)} already exists, made as {taken}")
        self.put(physical)

    def put(self, physical: Physical) -> None:
        """Let it exist as it now is: an update."""
        self._by_name.clear()
        self.resources[physical.key] = physical

    def remove(self, physical: Physical) -> None:
        """Let it no longer exist, with what lies in it."""
        self._by_name.clear()
        del self.resources[physical.key]
        self.contents.pop(physical.key, None)
        self.deleted.append(physical)

    def of_type(self, *types: str) -> Iterator[Physical]:
        """Everything of some types."""
        return (physical for physical in self.resources.values() if physical.type in types)

    def meant_by(self, text: str) -> Iterator[Physical]:
        """Everything that a property value can mean."""
        if not self._by_name:
            for physical in self.resources.values():
                for name in physical.names:
                    self._by_name.setdefault(name, []).append(physical)
        yield from self._by_name.get(text, ())

    def store(self, physical: Physical, what: str = "data") -> None:
        """Let data lie in a resource."""
        self.contents[physical.key] = what

    def _taken(self, physical: Physical) -> Physical | None:
        if physical.key in self.resources:
            return self.resources[physical.key]
        unique = DIFFERENCES.get(physical.type, NONE).unique
        for other in self.of_type(physical.type) if unique else ():
            if all(other.properties.get(name) == physical.properties.get(name) for name in unique):
                return other
        return None
