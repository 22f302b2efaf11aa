"""One resource of one template, as a rule sees it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from policies.node import ABSENT, Node, Reference

if TYPE_CHECKING:
    from policies.template import Template


@dataclass(frozen=True, eq=False)
class Resource:
    """A resource with the template around it, so that a rule can ask what else belongs to it."""

    template: Template
    logical_id: str
    body: dict[str, Any]

    @property
    def type(self) -> str:
        """Its CloudFormation type."""
        return str(self.body["Type"])

    @property
    def construct_path(self) -> str:
        """Where the CDK made it; the logical id when the template does not say."""
        return str(self.body.get("Metadata", {}).get("aws:cdk:path", self.logical_id))

    @property
    def place(self) -> str:
        """Its address for a reader: template, construct path."""
        return f"{self.template.name}:{self.construct_path}"

    @property
    def properties(self) -> Node:
        """All its properties."""
        return Node(self.body.get("Properties", ABSENT), self.logical_id, self.template)

    def at(self, path: str) -> Node:
        """The property under a dotted path."""
        return self.properties.at(path)

    def attribute(self, name: str) -> Node:
        """An attribute beside the properties, such as DeletionPolicy."""
        return Node(self.body.get(name, ABSENT), f"{self.logical_id}.{name}", self.template)

    def is_meant_by(self, reference: Reference | None) -> bool:
        """Whether a reference points at this resource."""
        return (
            reference is not None
            and reference.template is self.template
            and reference.logical_id == self.logical_id
        )
