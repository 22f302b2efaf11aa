"""Keys, with their policy and rotation."""

import json
from typing import Any

from local_cloud.backend import Backend
from local_cloud.intrinsics import Physical
from local_cloud.resources.settings import check_known
from local_cloud.template import Resource

KEPT = {
    "Description",
    "EnableKeyRotation",
    "KeyPolicy",
    "KeySpec",
    "KeyUsage",
    "RotationPeriodInDays",
    "Tags",
}
# How long a deletion waits matters only when a stack is deleted; the default bypass is off as in AWS.
NOT_KEPT = {"PendingWindowInDays", "Enabled", "MultiRegion", "BypassPolicyLockoutSafetyCheck"}


def create_key(backend: Backend, resource: Resource, properties: dict[str, Any]) -> Physical:
    """Create a key; its policy is stored as it is written."""
    check_known(resource, properties, KEPT | NOT_KEPT)
    client = backend.client("kms")
    metadata = client.create_key(
        Policy=json.dumps(properties["KeyPolicy"]),
        Description=properties.get("Description", ""),
        KeySpec=properties.get("KeySpec", "SYMMETRIC_DEFAULT"),
        KeyUsage=properties.get("KeyUsage", "ENCRYPT_DECRYPT"),
        Tags=[{"TagKey": tag["Key"], "TagValue": tag["Value"]} for tag in properties.get("Tags", [])],
    )["KeyMetadata"]
    if properties.get("EnableKeyRotation"):
        client.enable_key_rotation(
            KeyId=metadata["KeyId"], RotationPeriodInDays=int(properties.get("RotationPeriodInDays", 365))
        )
    return Physical(ref=metadata["KeyId"], attributes={"Arn": metadata["Arn"], "KeyId": metadata["KeyId"]})


def create_alias(backend: Backend, resource: Resource, properties: dict[str, Any]) -> Physical:
    """Create an alias of a key."""
    check_known(resource, properties, {"AliasName", "TargetKeyId"})
    key = properties["TargetKeyId"].rpartition("/")[2]
    backend.client("kms").create_alias(AliasName=properties["AliasName"], TargetKeyId=key)
    return Physical(ref=properties["AliasName"])
