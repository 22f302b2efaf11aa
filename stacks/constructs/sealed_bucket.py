"""The bucket of ciphertexts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3
from constructs import Construct

from stacks.constructs.acknowledge import acknowledge
from stacks.constructs.master_key import MasterKey
from stacks.constructs.statement import ANYONE, all_of, deny, only_over_tls, policy, present, role_is_none_of
from stacks.identities import Identities

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html
_ENCRYPTION = "s3:x-amz-server-side-encryption"
_KEY_ID = "s3:x-amz-server-side-encryption-aws-kms-key-id"

# CloudTrail's event history keeps 90 days of management events in every account; calls of KMS are among them.
# https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events.html
# https://docs.aws.amazon.com/kms/latest/developerguide/logging-using-cloudtrail.html
_NO_ACCESS_LOG = (
    "server access logs can lie only in a bucket under S3's own key; each object request makes a KMS call "
    "that names the object, which CloudTrail's event history keeps for 90 days"
)


@dataclass(frozen=True, kw_only=True)
class SealedBucketProps:
    """Under which key, for which role, from which network, and how long deleted objects stay recoverable."""

    storage_key: MasterKey
    identities: Identities
    vpc_id: str
    recoverable_days: int = 35

    def __post_init__(self) -> None:
        if not 1 <= self.recoverable_days <= 35:
            # PRI-1 promises that nothing erased survives longer than the backups do.
            raise ValueError(f"recoverable_days must be from 1 to 35, got {self.recoverable_days}")


class SealedBucket(Construct):
    """Promises ENC-2, ENC-3, ISO-3: objects under our key, for sessions of people, from our network.

    No bucket key: the encryption context of every data key then is the object's own ARN, which is what the
    policies of `UserData` compare with, and what the trail records.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html#bucket-key-changes
    """

    def __init__(self, scope: Construct, construct_id: str, props: SealedBucketProps) -> None:
        super().__init__(scope, construct_id)
        self.resource = s3.CfnBucket(
            self,
            "Default",
            bucket_encryption=_encryption(props.storage_key),
            ownership_controls={"rules": [{"objectOwnership": "BucketOwnerEnforced"}]},
            public_access_block_configuration={
                "blockPublicAcls": True,
                "blockPublicPolicy": True,
                "ignorePublicAcls": True,
                "restrictPublicBuckets": True,
            },
            versioning_configuration={"status": "Enabled"},
            lifecycle_configuration={
                "rules": [
                    {
                        "id": "DeletedStaysRecoverable",
                        "status": "Enabled",
                        "noncurrentVersionExpiration": {"noncurrentDays": props.recoverable_days},
                        "expiredObjectDeleteMarker": True,
                    },
                    {
                        "id": "UnfinishedUploadsGo",
                        "status": "Enabled",
                        "abortIncompleteMultipartUpload": {"daysAfterInitiation": 1},
                    },
                ]
            },
        )
        self.resource.apply_removal_policy(cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
        self.arn = self.resource.attr_arn
        self.name = self.resource.ref
        acknowledge(
            self.resource,
            {
                "CKV_AWS_18": _NO_ACCESS_LOG,
                "AwsSolutions-S1": _NO_ACCESS_LOG,
                "NIST.800.53.R5-S3BucketLoggingEnabled": _NO_ACCESS_LOG,
                "NIST.800.53.R5-S3BucketReplicationEnabled": "everything of an environment lies in one "
                "region; a replica would be one more store of people's pictures",
            },
        )
        bucket_policy = s3.CfnBucketPolicy(
            self, "Policy", bucket=self.name, policy_document=self._policy(props)
        )
        bucket_policy.apply_removal_policy(cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)

    def _policy(self, props: SealedBucketProps) -> dict[str, Any]:
        everything, objects = [self.arn, f"{self.arn}/*"], f"{self.arn}/*"
        return policy(
            only_over_tls("s3:*", on=everything),
            deny(
                "OnlyOverTls12OrNewer",
                to=ANYONE,
                cannot="s3:*",
                on=everything,
                where={"NumericLessThan": {"s3:TlsVersion": "1.2"}},
            ),
            deny(
                "ObjectsOnlyFromOurNetwork",
                to=ANYONE,
                cannot="s3:*",
                on=objects,
                where={"StringNotEquals": {"aws:SourceVpc": props.vpc_id}},
            ),
            deny(
                "ObjectsOnlyForSessionsOfPeople",
                to=ANYONE,
                cannot="s3:*",
                on=objects,
                where=role_is_none_of(props.identities.user_data),
            ),
            # A request that names no encryption gets the bucket's own, which is the right one. The default
            # fills no condition key: without `Null` both refusals would hit every plain PutObject.
            # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_Null
            deny(
                "NoOtherEncryption",
                to=ANYONE,
                cannot="s3:PutObject",
                on=objects,
                where=all_of(present(_ENCRYPTION), {"StringNotEquals": {_ENCRYPTION: "aws:kms"}}),
            ),
            deny(
                "NoOtherKey",
                to=ANYONE,
                cannot="s3:PutObject",
                on=objects,
                where=all_of(present(_KEY_ID), {"StringNotEquals": {_KEY_ID: props.storage_key.arn}}),
            ),
            # A key that the caller brings is a key we cannot rotate.
            deny(
                "NoKeyOfTheCaller",
                to=ANYONE,
                cannot="s3:PutObject",
                on=objects,
                where={"Null": {"s3:x-amz-server-side-encryption-customer-algorithm": "false"}},
            ),
        )


def _encryption(key: MasterKey) -> dict[str, Any]:
    return {
        "serverSideEncryptionConfiguration": [
            {
                "bucketKeyEnabled": False,
                "serverSideEncryptionByDefault": {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": key.arn},
                "blockedEncryptionTypes": {"encryptionType": ["SSE-C"]},
            }
        ]
    }
