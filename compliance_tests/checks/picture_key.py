"""Which key wraps the pictures' keys, and every statement that allows its use."""

from __future__ import annotations

from collections.abc import Iterator

from compliance_tests.checks.policy_documents import documents
from policies.assembly import Assembly
from policies.customer_key import SYMMETRIC_USES
from policies.node import UnresolvedError
from policies.resource import Resource
from policies.statement import Statement


def picture_key(assembly: Assembly) -> Resource:
    """The key that a function is told to use for pictures.

    Raises: UnresolvedError when no function is, or when the functions do not agree.
    """
    named = [
        function.at("Environment.Variables.PICTURE_KEY_ARN").reference()
        for function in assembly.of_type("AWS::Lambda::Function")
        if function.at("Environment.Variables.PICTURE_KEY_ARN").present
    ]
    keys = {(r.template.name, r.logical_id): r for r in named if r and r.resource_type == "AWS::KMS::Key"}
    if len(keys) != 1 or None in named:
        raise UnresolvedError(f"{assembly.name}: {len(keys)} picture keys named by functions, expected one")
    (reference,) = keys.values()
    return reference.template.resource(reference.logical_id)


def uses(assembly: Assembly, key: Resource) -> Iterator[tuple[Resource, Statement]]:
    """Every Allow of a cryptographic action that can be about this key, with what it hangs on.

    Uses through a storage service are left out: SP_KMS_5 binds them to the service's own context, and the
    picture key's policy is judged like any other statement here.
    """
    mark = f"${{{key.template.name}/{key.logical_id}.Arn}}"
    for resource, statement in documents(assembly):
        about = (resource.template is key.template and resource.logical_id == key.logical_id) or (
            resource.type != "AWS::KMS::Key"
            and any(mark in value or value.strip("*") == "" for value in statement.resources)
        )
        if about and statement.allows and any(statement.covers(action) for action in SYMMETRIC_USES):
            yield resource, statement
