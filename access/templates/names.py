"""Physical names and ARNs of one stack's resources, as the template writes them or as AWS would make them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from access.errors import AccessError, quoted
from access.language.unresolved import Partial, Text, Unresolved
from access.place import Place
from access.templates.intrinsics import ABSENT, resolve
from access.templates.physical import FORMS, Form, generated, mark
from access.templates.values import join_text, scalar_text

if TYPE_CHECKING:
    from access.templates.scope import StackScope

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_UNLISTED = Form()


@dataclass(frozen=True, slots=True)
class Token:
    """What an opaque name stands for: a name or id that AWS makes at deployment."""

    kind: str
    stack: str
    logical_id: str
    attribute: str

    def __str__(self) -> str:
        return f"{self.stack}.{self.logical_id}.{self.attribute}"


class Names:
    """Names the resources of one stack; each is read once."""

    def __init__(self, scope: StackScope) -> None:
        self._scope = scope
        self._names: dict[str, Text] = {}

    def form(self, logical_id: str) -> Form:
        """How the type of a resource is named; a type not listed has an opaque name and no ARN."""
        return FORMS.get(self._scope.type_of(logical_id), _UNLISTED)

    def is_custom(self, logical_id: str) -> bool:
        """Whether the account's own code makes the resource, so that what it returns could be anything."""
        kind = self._scope.type_of(logical_id)
        return not kind.startswith("AWS::") or kind == "AWS::CloudFormation::CustomResource"

    def name(self, logical_id: str, place: Place) -> Text:
        """The physical name: what the template says, or an opaque one that AWS would make."""
        if logical_id not in self._names:
            self._names[logical_id] = self._scope.deployment.once(
                f"{self._scope.file}:{logical_id}", place, lambda: self._read(logical_id)
            )
        return self._names[logical_id]

    def fill(self, logical_id: str, pattern: str, place: Place) -> Text:
        """A naming pattern of `access.physical` with its placeholders filled in."""
        pieces = _PLACEHOLDER.split(pattern)
        return join_text(
            (
                self._placeholder(logical_id, piece, place) if index % 2 else piece
                for index, piece in enumerate(pieces)
            ),
            place,
        )

    def _read(self, logical_id: str) -> Text:
        form = self.form(logical_id)
        if form.name:
            place = self._scope.place(logical_id, "Properties", form.name)
            written = (self._scope.resources[logical_id].get("Properties") or {}).get(form.name)
            name = ABSENT if written is None else resolve(written, self._scope, place)
            if isinstance(name, Unresolved | Partial):
                return name
            if name is not ABSENT:
                return scalar_text(name, place)
        stack = self._scope.stack.name
        returned = self._scope.returned(logical_id)
        if "Ref" in returned:
            return self._named_by(logical_id, form.ref, returned["Ref"])
        made = generated(form.style, form.prefix, stack, logical_id, form.longest, self._scope.seed)
        self._scope.deployment.tokens[made] = Token(
            self._scope.type_of(logical_id), stack, logical_id, "name"
        )
        return made

    def _named_by(self, logical_id: str, pattern: str, ref: str) -> str:
        """The name inside what a deployment gave for `Ref`; types without a name are called by it whole."""
        if "{name}" not in pattern:
            return ref
        place = self._scope.place(logical_id)
        before, after = (self.fill(logical_id, part, place) for part in pattern.split("{name}"))
        if not isinstance(before, str) or not isinstance(after, str):
            raise AccessError(f"what Ref gave, {quoted(ref)}, cannot be compared with {pattern}", place)
        if not (ref.startswith(before) and ref.endswith(after) and len(ref) > len(before + after)):
            raise AccessError(f"Ref gave {quoted(ref)}, expected {before}NAME{after}", place)
        return ref[len(before) : len(ref) - len(after)]

    def _placeholder(self, logical_id: str, key: str, place: Place) -> Text:
        scope = self._scope
        fixed = {"account": scope.account, "region": scope.region, "partition": scope.partition}
        if key in fixed:
            return fixed[key]
        if key == "suffix":
            return scope.suffix
        if key in ("name", "plain_name"):
            name = self.name(logical_id, place)
            return name.lstrip("/") if key == "plain_name" and isinstance(name, str) else name
        if key == "mark":
            return mark(self._scope.stack.name, logical_id, self._scope.seed)
        property_name = "EventBusName" if key == "bus" else key
        inside = self._scope.place(logical_id, "Properties", property_name)
        written = (self._scope.resources[logical_id].get("Properties") or {}).get(property_name)
        value = None if written is None else resolve(written, self._scope, inside)
        value = None if value is ABSENT else value
        if isinstance(value, Unresolved | Partial):
            return value
        return _spelled(key, None if value is None else scalar_text(value, inside), inside)


def _spelled(key: str, value: str | None, place: Place) -> Text:
    """A property as it appears inside an ARN."""
    if key == "Path":
        return value or "/"
    if key == "GroupName":
        return value or "default"
    if key == "bus":  # a rule of the default bus does not name it
        bus = (value or "default").rsplit("event-bus/", 1)[-1]
        return "" if bus == "default" else f"{bus}/"
    if value is None:
        return Unresolved(place, f"{key}, which is not written")
    if key == "Url":  # https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html
        return value.removeprefix("https://")
    if key == "FunctionName":  # a name, a partial ARN or an ARN
        return value.rsplit("function:", 1)[-1].split(":", 1)[0]
    return value
