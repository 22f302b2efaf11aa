"""Tables, with keys, indexes, encryption, recovery and protection."""

import json
from typing import Any

from local_cloud.backend import Backend
from local_cloud.intrinsics import Physical
from local_cloud.resources.names import generated_name
from local_cloud.resources.settings import check_known
from local_cloud.template import Resource

CREATION = {
    "AttributeDefinitions",
    "BillingMode",
    "DeletionProtectionEnabled",
    "GlobalSecondaryIndexes",
    "KeySchema",
    "Tags",
}
KEPT = CREATION | {"PointInTimeRecoverySpecification", "ResourcePolicy", "SSESpecification", "TableName"}
NOT_KEPT = {"ContributorInsightsSpecification", "OnDemandThroughput", "TableClass", "WarmThroughput"}


def create_table(backend: Backend, resource: Resource, properties: dict[str, Any]) -> Physical:
    """Create a table."""
    check_known(resource, properties, KEPT | NOT_KEPT)
    client = backend.client("dynamodb")
    name = properties.get("TableName") or generated_name(resource)
    settings = {key: value for key, value in properties.items() if key in CREATION}
    if "SSESpecification" in properties:
        encryption = properties["SSESpecification"]
        settings["SSESpecification"] = {
            "Enabled": encryption["SSEEnabled"],
            "SSEType": encryption.get("SSEType", "KMS"),
            "KMSMasterKeyId": encryption["KMSMasterKeyId"],
        }
    table = client.create_table(TableName=name, **settings)["TableDescription"]
    if "PointInTimeRecoverySpecification" in properties:
        client.update_continuous_backups(
            TableName=name, PointInTimeRecoverySpecification=properties["PointInTimeRecoverySpecification"]
        )
    if "ResourcePolicy" in properties:
        client.put_resource_policy(
            ResourceArn=table["TableArn"], Policy=json.dumps(properties["ResourcePolicy"]["PolicyDocument"])
        )
    return Physical(ref=name, attributes={"Arn": table["TableArn"]})
