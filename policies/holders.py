"""Whose permissions an identity policy is."""

from __future__ import annotations

from collections.abc import Iterator

from policies.resource import Resource


def holders(resource: Resource) -> list[Resource | None]:
    """The role itself, or who has a managed policy; None for somebody that these templates do not show."""
    if resource.type == "AWS::IAM::Role":
        return [resource]
    if resource.type != "AWS::IAM::ManagedPolicy":
        return [None]
    named = [None for key in ("Roles", "Users", "Groups") for _ in resource.at(key).each()]
    return [*named, *_attaching(resource)]


def gives_nothing(resource: Resource) -> bool:
    """Whether it is a managed policy that is attached to nobody: a boundary allows nothing by itself.

    A policy that is attached by its name in another template is found by SP_IAM_1.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
    """
    return resource.type == "AWS::IAM::ManagedPolicy" and not holders(resource)


def _attaching(policy: Resource) -> Iterator[Resource]:
    for holder in policy.template.assembly.of_type("AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group"):
        for attached in holder.at("ManagedPolicyArns").each():
            found = attached.reference()
            if found and (found.template, found.logical_id) == (policy.template, policy.logical_id):
                yield holder
