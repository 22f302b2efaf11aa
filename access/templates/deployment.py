"""All stacks of one set: what they export to each other, and what was found while reading them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TypeAlias, TypeVar

from access.errors import AccessError, quoted
from access.language.unresolved import Unresolved
from access.place import Place
from access.templates.assembly import Stack
from access.templates.intrinsics import resolve
from access.templates.names import Token
from access.templates.scope import StackScope
from access.templates.template import unexpected
from access.templates.values import Value

# Taken for an account or region that only the deployment knows; no real one is written so.
UNKNOWN_ACCOUNT = "000000000000"
UNKNOWN_REGION = "xx-unknown-1"

# What a deployment gave for `Ref` and each attribute, by the name of the stack and the logical id.
Returned: TypeAlias = Mapping[tuple[str, str], Mapping[str, str]]

_Found = TypeVar("_Found")


class Deployment:
    """All stacks of one set, so that one can import what another exports."""

    def __init__(
        self,
        stacks: Sequence[Stack],
        *,
        account: str,
        region: str,
        parameters: Mapping[str, str],
        returned: Returned = MappingProxyType({}),
    ) -> None:
        self.account, self.region, self.parameters, self.returned = account, region, parameters, returned
        self.tokens: dict[str, Token] = {}
        self.assumptions: dict[str, None] = {}
        self.levels = 0
        self._active: list[str] = []
        self._exports: dict[tuple[str, str, str], list[tuple[StackScope, str]]] | None = None
        self.last_place = Place()
        self.scopes = [StackScope(self, stack) for stack in stacks]
        for stack in stacks:
            if stack.account is None and account == UNKNOWN_ACCOUNT:
                self.assume(f"{stack.template.file}: the account is not known; taken as {account}")
            if stack.region is None and region == UNKNOWN_REGION:
                self.assume(f"{stack.template.file}: the region is not known; taken as {region}")

    def assume(self, what: str) -> None:
        """Note a value that was taken as given."""
        self.assumptions[what] = None

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

    def exported(self, importer: StackScope, name: str, place: Place) -> Value:
        """The value exported under `name` in the importer's account and region."""
        if self._exports is None:
            self._exports = self.once("the names of exports", place, self._read_exports)
        found = self._exports.get((importer.account, importer.region, name), [])
        if len(found) != 1:
            why = "no stack of the set exports it" if not found else f"{len(found)} stacks export it"
            return Unresolved(place, f"Fn::ImportValue {name} ({why})")
        scope, output = found[0]
        return scope.output(output, place)

    def _read_exports(self) -> dict[tuple[str, str, str], list[tuple[StackScope, str]]]:
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
