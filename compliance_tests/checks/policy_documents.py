"""Every policy document of an environment, wherever it hangs, found by its shape."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from policies.assembly import Assembly
from policies.node import Node
from policies.resource import Resource
from policies.statement import Statement, statements


def documents(assembly: Assembly) -> Iterator[tuple[Resource, Statement]]:
    """Each statement with the resource it hangs on."""
    for resource in assembly.resources:
        for document in _within(resource.properties):
            for statement in statements(document):
                yield resource, statement


def _within(node: Node) -> Iterator[Node]:
    """The policy documents in a value: objects with IAM statements, and texts that hold one as JSON."""
    if node.path.endswith("PolicyDocument") and not (isinstance(node.raw, dict) and "Statement" in node.raw):
        yield Node(json.loads(node.text()), node.path, node.template)
    elif isinstance(node.raw, list):
        for index, value in enumerate(node.raw):
            yield from _within(Node(value, f"{node.path}[{index}]", node.template))
    elif isinstance(node.raw, dict):
        if _is_document(node.raw):
            yield node
        for key, value in node.raw.items():
            yield from _within(Node(value, f"{node.path}.{key}", node.template))


def _is_document(value: dict[str, Any]) -> bool:
    """Whether it has IAM statements; the statements of a firewall rule have no Effect."""
    statement = value.get("Statement")
    first = statement[0] if isinstance(statement, list) and statement else statement
    return isinstance(first, dict) and "Effect" in first
