"""One place in a template: reads a value, or says that the template alone does not settle it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from policies.template import Template

ABSENT: Final = object()

# What a deployment fills in the same way wherever the template is used; kept as written, `${AWS::Region}`.
PSEUDO_PARAMETERS = frozenset(
    {"AWS::AccountId", "AWS::Partition", "AWS::Region", "AWS::StackId", "AWS::StackName", "AWS::URLSuffix"}
)


class UnresolvedError(Exception):
    """A value that only a deployment would settle stands where a rule needs to know it."""


@dataclass(frozen=True)
class Reference:
    """A resource of the same environment, and the attribute of it that is meant (`Ref` for its name)."""

    template: Template
    logical_id: str
    attribute: str

    @property
    def resource_type(self) -> str:
        """The CloudFormation type of the resource."""
        return self.template.resource(self.logical_id).type


@dataclass(frozen=True)
class Node:
    """A value and where it stands; intrinsic functions are resolved as far as the templates allow."""

    raw: object
    path: str
    template: Template

    @property
    def present(self) -> bool:
        """Whether there is a value; `AWS::NoValue` is none."""
        return self.raw is not ABSENT and self.raw != {"Ref": "AWS::NoValue"}

    @property
    def intrinsic(self) -> str | None:
        """The name of the intrinsic function standing here, if one does."""
        if isinstance(self.raw, dict) and len(self.raw) == 1:
            (name,) = self.raw
            if name in ("Ref", "Condition") or str(name).startswith("Fn::"):
                return str(name)
        return None

    def at(self, path: str) -> Node:
        """The value under a dotted path of keys; absent when any step is."""
        node = self
        for key in path.split("."):
            node = node._child(key)
        return node

    def _child(self, key: str) -> Node:
        where = f"{self.path}.{key}"
        if not self.present:
            return Node(ABSENT, where, self.template)
        mapping = self._plain(dict, "an object")
        return Node(mapping.get(key, ABSENT), where, self.template)

    def items(self) -> Iterator[tuple[str, Node]]:
        """The keys of an object with their values; nothing when it is absent."""
        if self.present:
            for key, value in self._plain(dict, "an object").items():
                yield str(key), Node(value, f"{self.path}.{key}", self.template)

    def each(self) -> tuple[Node, ...]:
        """The elements of a list; a value alone counts as a list of one, as IAM reads it."""
        if not self.present:
            return ()
        if not isinstance(self.raw, list):
            return (self,)
        nodes = (Node(value, f"{self.path}[{i}]", self.template) for i, value in enumerate(self.raw))
        return tuple(node for node in nodes if node.present)

    def flag(self, *, default: bool) -> bool:
        """A Boolean, also in CloudFormation's spelling as a string."""
        if not self.present:
            return default
        value = self.raw
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and value.lower() in ("true", "false"):
            return value.lower() == "true"
        raise UnresolvedError(f"{self.path} is {_short(value)}, expected true or false")

    def number(self, *, default: int) -> int:
        """A whole number, also in CloudFormation's spelling as a string."""
        if not self.present:
            return default
        value = self.raw
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        if isinstance(value, str) and re.fullmatch(r"-?\d+", value):
            return int(value)
        raise UnresolvedError(f"{self.path} is {_short(value)}, expected a number")

    def text(self, *, default: str = "") -> str:
        """A string; what a deployment fills in stays as `${AWS::Region}` or `${Stack/LogicalId.Arn}`."""
        return _render(self) if self.present else default

    def reference(self) -> Reference | None:
        """The resource that stands here by Ref, GetAtt or another stack's export; none for anything else."""
        match self.raw:
            case {"Ref": str(name)} if self.template.has(name):
                return Reference(self.template, name, "Ref")
            case {"Fn::GetAtt": [str(name), str(attribute)]} if self.template.has(name):
                return Reference(self.template, name, attribute)
            case {"Fn::GetAtt": str(dotted)} if self.template.has(dotted.partition(".")[0]):
                name, _, attribute = dotted.partition(".")
                return Reference(self.template, name, attribute)
            case {"Fn::ImportValue": export}:
                name = _render(Node(export, f"{self.path}.Fn::ImportValue", self.template))
                exported = self.template.assembly.export(name)
                return exported.reference() if exported else None
        return None

    def _plain(self, kind: type[dict[str, object]], expected: str) -> dict[str, object]:
        if self.intrinsic is not None or not isinstance(self.raw, kind):
            raise UnresolvedError(f"{self.path} is {_short(self.raw)}, expected {expected}")
        return self.raw


def _render(node: Node) -> str:
    """The string a node stands for, with `${…}` where a deployment fills in a name."""
    match node.raw:
        case str(value):
            return value
        case bool(flag):
            return "true" if flag else "false"
        case int(number):
            return str(number)
        case {"Ref": str(name)} if name in PSEUDO_PARAMETERS:
            return f"${{{name}}}"
        case {"Fn::Join": [str(separator), list(parts)]}:
            nodes = [Node(part, node.path, node.template) for part in parts]
            return separator.join(_render(part) for part in nodes if part.present)
        case {"Fn::Sub": str(pattern)}:
            return _substitute(node, pattern, {})
        case {"Fn::Sub": [str(pattern), dict(variables)]}:
            return _substitute(node, pattern, variables)
    reference = node.reference()
    if reference is not None:
        return f"${{{reference.template.name}/{reference.logical_id}.{reference.attribute}}}"
    raise UnresolvedError(f"{node.path} is {_short(node.raw)}, which only a deployment settles")


def _substitute(node: Node, pattern: str, variables: dict[str, object]) -> str:
    """The text of Fn::Sub, by the same rules for every variable in it."""

    def one(match: re.Match[str]) -> str:
        name = match.group(1)
        if name.startswith("!"):
            return f"${{{name[1:]}}}"
        if name in variables:
            return _render(Node(variables[name], node.path, node.template))
        raw = {"Fn::GetAtt": name} if "." in name else {"Ref": name}
        return _render(Node(raw, node.path, node.template))

    return re.sub(r"\$\{([^}]+)\}", one, pattern)


def _short(value: object) -> str:
    text = "absent" if value is ABSENT else str(value)
    return text if len(text) <= 80 else text[:77] + "..."
