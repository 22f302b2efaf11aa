"""Log groups, with their key and retention."""

from typing import Any

from local_cloud.backend import Backend
from local_cloud.intrinsics import Physical
from local_cloud.resources.names import generated_name
from local_cloud.resources.settings import check_known
from local_cloud.template import Resource

KEPT = {"KmsKeyId", "LogGroupName", "RetentionInDays", "Tags"}
NOT_KEPT = {"DataProtectionPolicy", "DeletionProtectionEnabled", "FieldIndexPolicies", "LogGroupClass"}


def create_log_group(backend: Backend, resource: Resource, properties: dict[str, Any]) -> Physical:
    """Create a log group."""
    check_known(resource, properties, KEPT | NOT_KEPT)
    name = properties.get("LogGroupName") or generated_name(resource)
    client = backend.client("logs")
    key = {"kmsKeyId": properties["KmsKeyId"]} if "KmsKeyId" in properties else {}
    tags = {tag["Key"]: tag["Value"] for tag in properties.get("Tags", [])}
    client.create_log_group(logGroupName=name, tags=tags, **key)
    if "RetentionInDays" in properties:
        client.put_retention_policy(logGroupName=name, retentionInDays=int(properties["RetentionInDays"]))
    arn = f"arn:aws:logs:{backend.region}:{backend.account}:log-group:{name}:*"
    return Physical(ref=name, attributes={"Arn": arn})
