"""Every policy statement of an environment, with the resource it hangs on."""

from __future__ import annotations

from collections.abc import Iterator

from policies.assembly import Assembly
from policies.policy_documents import policy_statements
from policies.resource import Resource
from policies.statement import Statement


def documents(assembly: Assembly) -> Iterator[tuple[Resource, Statement]]:
    """Each statement with the resource it hangs on."""
    for resource in assembly.resources:
        for statement in policy_statements(resource):
            yield resource, statement
