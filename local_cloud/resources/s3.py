"""Buckets, with encryption, versions, ownership, public access block and policy."""

import json
from typing import Any

from moto.iam.access_control import PermissionResult
from moto.s3.models import s3_backends

from local_cloud.backend import Backend
from local_cloud.intrinsics import Physical
from local_cloud.resources.names import generated_name
from local_cloud.resources.settings import check_known
from local_cloud.template import Resource

KEPT = {
    "BucketEncryption",
    "BucketName",
    "OwnershipControls",
    "PublicAccessBlockConfiguration",
    "Tags",
    "VersioningConfiguration",
}
# Nothing expires, moves or is announced in the hours that a local run lasts.
NOT_KEPT = {
    "IntelligentTieringConfigurations",
    "LifecycleConfiguration",
    "LoggingConfiguration",
    "MetricsConfigurations",
    "NotificationConfiguration",
    "ObjectLockConfiguration",
    "ObjectLockEnabled",
}


def create_bucket(backend: Backend, resource: Resource, properties: dict[str, Any]) -> Physical:
    """Create a bucket."""
    check_known(resource, properties, KEPT | NOT_KEPT)
    client = backend.client("s3")
    name = properties.get("BucketName") or generated_name(resource, limit=63).lower()
    client.create_bucket(Bucket=name, **_location(backend.region))
    if "VersioningConfiguration" in properties:
        client.put_bucket_versioning(
            Bucket=name, VersioningConfiguration=properties["VersioningConfiguration"]
        )
    if "PublicAccessBlockConfiguration" in properties:
        client.put_public_access_block(
            Bucket=name, PublicAccessBlockConfiguration=properties["PublicAccessBlockConfiguration"]
        )
    if "OwnershipControls" in properties:
        client.put_bucket_ownership_controls(Bucket=name, OwnershipControls=properties["OwnershipControls"])
    if "BucketEncryption" in properties:
        client.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration=_encryption(properties))
    if properties.get("Tags"):
        client.put_bucket_tagging(Bucket=name, Tagging={"TagSet": properties["Tags"]})
    return Physical(
        ref=name,
        attributes={
            "Arn": f"arn:aws:s3:::{name}",
            "DomainName": f"{name}.s3.amazonaws.com",
            "RegionalDomainName": f"{name}.s3.{backend.region}.amazonaws.com",
        },
    )


def attach_policy(backend: Backend, resource: Resource, properties: dict[str, Any]) -> Physical:
    """Write a bucket's policy."""
    check_known(resource, properties, {"Bucket", "PolicyDocument"})
    backend.client("s3").put_bucket_policy(
        Bucket=properties["Bucket"], Policy=json.dumps(properties["PolicyDocument"])
    )
    # moto would apply the policy without looking at its conditions, and so deny everything: it keeps the
    # policy to be read, and whoever decides is in front of it.
    bucket = s3_backends[backend.account]["aws"].buckets[properties["Bucket"]]
    setattr(bucket, "get_permission", lambda _action, _resource: PermissionResult.NEUTRAL)  # noqa: B010
    return Physical(ref=properties["Bucket"])


def _location(region: str) -> dict[str, Any]:
    """Where a bucket is created: without a constraint it is us-east-1.

    That us-east-1 is refused as a constraint is not documented; S3 does so, and so does moto.
    Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucketConfiguration.html
    """
    return {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}


def _encryption(properties: dict[str, Any]) -> dict[str, Any]:
    """Write CloudFormation's names for the encryption settings in those of the API."""
    return {
        "Rules": [
            {
                "ApplyServerSideEncryptionByDefault": rule["ServerSideEncryptionByDefault"],
                "BucketKeyEnabled": rule.get("BucketKeyEnabled", False),
            }
            for rule in properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        ]
    }
