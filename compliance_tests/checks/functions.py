"""The functions of an environment, and which of them is the authorizer."""

from __future__ import annotations

from collections.abc import Iterator

from policies.assembly import Assembly
from policies.node import UnresolvedError
from policies.resource import Resource
from policies.statement import Statement, identity_statements


def functions(assembly: Assembly) -> tuple[Resource, ...]:
    """Every function of every stack."""
    return assembly.of_type("AWS::Lambda::Function")


def is_authorizer(function: Resource) -> bool:
    """Whether an authorizer of the API calls it."""
    mark = f"${{{function.template.name}/{function.logical_id}.Arn}}"
    authorizers = function.template.assembly.of_type("AWS::ApiGateway::Authorizer")
    return any(mark in authorizer.at("AuthorizerUri").text() for authorizer in authorizers)


def role_of(function: Resource) -> Resource:
    """The execution role, which must be made by these stacks.

    Raises: UnresolvedError when it is not.
    """
    reference = function.at("Role").reference()
    if reference is None or reference.resource_type != "AWS::IAM::Role":
        raise UnresolvedError(f"{function.place}: its Role is not made by these stacks")
    return reference.template.resource(reference.logical_id)


def permissions_of(role: Resource) -> Iterator[Statement]:
    """Every statement of the role's own policies and of the policies that these stacks attach to it."""
    yield from identity_statements(role)
    for policy in role.template.assembly.of_type(
        "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy"
    ):
        named = (*policy.at("Roles").each(), *policy.at("RoleName").each())
        if any(role.is_meant_by(node.reference()) or node.text() == name_of(role) for node in named):
            yield from identity_statements(policy)


def name_of(role: Resource) -> str:
    """The role's name: fixed, or the placeholder of the one that CloudFormation makes."""
    return role.at("RoleName").text(default=f"${{{role.template.name}/{role.logical_id}.Ref}}")
