"""A template's outline: what CloudFormation takes, and the order in which it makes the resources."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from access.templates.template import SECTIONS

_VARIABLE = re.compile(r"\$\{([^!{}][^{}]*)\}")
# As far as known here:
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/template-anatomy.html
KNOWN_SECTIONS = frozenset({*SECTIONS, "AWSTemplateFormatVersion", "Description", "Metadata", "Rules"})
KNOWN_ATTRIBUTES = frozenset(
    {"Type", "Properties", "DependsOn", "Condition", "DeletionPolicy", "UpdateReplacePolicy", "Metadata"}
)


class TemplateError(Exception):
    """CloudFormation would not take this template, or the rehearsal cannot tell what it would make of it."""


def checked(body: Any) -> Mapping[str, Any]:
    """A template's outline. Raises: TemplateError for what CloudFormation or the rehearsal does not take."""
    if not isinstance(body, dict) or not isinstance(body.get("Resources"), dict) or not body["Resources"]:
        raise TemplateError("Template format error: At least one Resources member must be defined.")
    if unknown := sorted(body.keys() - KNOWN_SECTIONS):
        raise TemplateError(f"Invalid template property or properties {unknown}")
    for logical_id, resource in body["Resources"].items():
        if unknown := sorted(resource.keys() - KNOWN_ATTRIBUTES):
            raise TemplateError(f"{logical_id}: resource attributes {unknown} are not known here")
    missing = {
        name
        for resource in body["Resources"].values()
        for name in needed(resource)
        if not name.startswith("AWS::")
    } - {*body["Resources"], *body.get("Parameters", {})}
    if missing:
        raise TemplateError(f"Template format error: Unresolved resource dependencies {sorted(missing)}")
    return body


def in_order(resources: Mapping[str, Mapping[str, Any]], last: str = "") -> list[str]:
    """Logical ids, each after those it needs; `last`, and what needs it, as late as possible.

    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-dependson.html
    """
    needs = {logical_id: set(needed(body)) & resources.keys() for logical_id, body in resources.items()}
    ordered: list[str] = []
    while len(ordered) < len(needs):
        ready = [i for i in needs if i not in ordered and needs[i] <= set(ordered)]
        if not ready:
            circle = ", ".join(sorted(set(needs) - set(ordered)))
            raise TemplateError(f"Circular dependency between resources: [{circle}]")
        ordered += [i for i in ready if i != last] or ready
    return ordered


def needed(resource: Mapping[str, Any]) -> Iterator[str]:
    """The names that a resource refers to or depends on."""
    depends = resource.get("DependsOn", ())
    yield from [depends] if isinstance(depends, str) else depends
    yield from references(resource.get("Properties", {}))


def references(value: Any) -> Iterator[str]:
    """The names that an expression refers to."""
    if isinstance(value, list):
        for item in value:
            yield from references(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key == "Ref" and isinstance(item, str):
                yield item
            elif key == "Fn::GetAtt":
                yield item.partition(".")[0] if isinstance(item, str) else item[0]
            elif key == "Fn::Sub":
                text = item if isinstance(item, str) else item[0]
                yield from (name.partition(".")[0] for name in _VARIABLE.findall(text))
                yield from references([] if isinstance(item, str) else item[1:])
            else:
                yield from references(item)


# A template with any of these needs one of the two, and the second when one has a name of its own:
# https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateChangeSet.html
_IAM = {
    "AWS::IAM::AccessKey": "",
    "AWS::IAM::Group": "GroupName",
    "AWS::IAM::InstanceProfile": "InstanceProfileName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::Policy": "",
    "AWS::IAM::Role": "RoleName",
    "AWS::IAM::User": "UserName",
    "AWS::IAM::UserToGroupAddition": "",
}


def needs_capability(body: Mapping[str, Any], given: tuple[str, ...]) -> str:
    """The capability that a template needs and that was not given; empty when none is missing."""
    made = [resource for resource in body["Resources"].values() if resource["Type"] in _IAM]
    named = any(_IAM[r["Type"]] in r.get("Properties", {}) for r in made)
    if named:
        return "" if "CAPABILITY_NAMED_IAM" in given else "CAPABILITY_NAMED_IAM"
    enough = {"CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"} & set(given)
    return "CAPABILITY_IAM" if made and not enough else ""
