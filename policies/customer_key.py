"""What a key of our own is: whether a property names one, and which actions use one."""

from __future__ import annotations

from policies.node import Node
from policies.verdict import HOLDS, Verdict, broken, cannot_tell

# Every use of a symmetric key; each takes an encryption context.
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_awskeymanagementservice.html
SYMMETRIC_USES = (
    "kms:Decrypt",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyPair",
    "kms:GenerateDataKeyPairWithoutPlaintext",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
)

# What tells about a key and neither uses nor changes it.
LOOKING = (
    "kms:DescribeKey",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListGrants",
    "kms:ListKeyPolicies",
    "kms:ListKeyRotations",
    "kms:ListResourceTags",
)


def names_our_key(node: Node) -> Verdict:
    """Holds when the value is a KMS key made by one of our stacks, here or in a neighbour.

    A literal ARN or id may be one of Amazon's keys as well as ours, so it is CANNOT_TELL.
    Source: https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#key-mgmt
    """
    if not node.present:
        return broken(f"{node.path} is absent: Amazon's own key would be used")
    reference = node.reference()
    if reference is None:
        if isinstance(node.raw, str) and "alias/aws/" in node.raw:
            return broken(f"{node.path} is {node.raw}, a key of Amazon's")
        return cannot_tell(f"{node.path} is {node.raw}, not a reference to a key of these stacks")
    if reference.resource_type == "AWS::KMS::Alias":
        return names_our_key(reference.template.resource(reference.logical_id).at("TargetKeyId"))
    if reference.resource_type not in ("AWS::KMS::Key", "AWS::KMS::ReplicaKey"):
        return broken(f"{node.path} names a {reference.resource_type}, expected a KMS key")
    return HOLDS
