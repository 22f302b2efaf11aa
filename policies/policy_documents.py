"""Every policy document of a resource, wherever it hangs, found by its shape, not by a list of properties."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from policies.node import Node, UnresolvedError
from policies.resource import Resource
from policies.statement import Statement, statements


def policy_documents(resource: Resource) -> Iterator[Node]:
    """The policy documents of a resource: objects with IAM statements, and texts that hold one as JSON.

    Raises: UnresolvedError when a text begins like a policy and cannot be read as JSON.
    """
    yield from _within(resource.properties)


def policy_statements(resource: Resource) -> Iterator[Statement]:
    """Every statement of every policy document of a resource.

    Raises: UnresolvedError when the templates do not settle one.
    """
    for document in policy_documents(resource):
        yield from statements(document)


def _within(node: Node) -> Iterator[Node]:
    text = _text(node)
    if text is not None:
        yield from _in_text(text, node)
    elif isinstance(node.raw, list):
        for index, value in enumerate(node.raw):
            yield from _within(Node(value, f"{node.path}[{index}]", node.template))
    elif isinstance(node.raw, dict):
        if _is_document(node.raw):
            yield node
            return
        for key, value in node.raw.items():
            yield from _within(Node(value, f"{node.path}.{key}", node.template))


def _text(node: Node) -> str | None:
    """The text that stands here, `${…}` where a deployment fills in a name; none where there is no text."""
    if isinstance(node.raw, str):
        return node.raw
    if node.intrinsic in ("Fn::Join", "Fn::Sub"):
        try:
            return node.text()
        except UnresolvedError:
            return None
    return None


def _in_text(text: str, node: Node) -> Iterator[Node]:
    if not (text.lstrip().startswith("{") and '"Statement"' in text):
        return
    try:
        value = json.loads(text)
    except ValueError as cause:
        raise UnresolvedError(f"{node.path} looks like a policy and cannot be read as JSON") from cause
    yield from _within(Node(value, node.path, node.template))


def _is_document(value: dict[str, Any]) -> bool:
    """Whether it has IAM statements; the statements of a firewall rule have no Effect.

    A statement that an intrinsic function chooses counts: what is not settled must not pass unseen.
    """
    found = value.get("Statement")
    every = found if isinstance(found, list) else [found]
    return any(isinstance(one, dict) and ("Effect" in one or _is_chosen(one)) for one in every)


def _is_chosen(value: dict[str, Any]) -> bool:
    return len(value) == 1 and str(next(iter(value))).startswith("Fn::")
