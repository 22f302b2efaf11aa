"""The bucket for what a deployment brings along: templates, and the code of the functions."""

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

_NO_ACCESS_LOG = (
    "server access logs can lie only in a bucket under S3's own key; what lies here is code and templates, "
    "and only the publishing role and the bootstrap's administrator may write it"
)
_WRITING = (
    "s3:AbortMultipartUpload",
    "s3:DeleteObject",
    "s3:DeleteObjectVersion",
    "s3:PutObject",
    "s3:RestoreObject",
)
_KEY_ID = "s3:x-amz-server-side-encryption-aws-kms-key-id"


@dataclass(frozen=True, kw_only=True)
class AssetBucketProps:
    """Under which key, and who besides the publisher may clean it up."""

    identities: Identities
    key: MasterKey
    administrator: str


class AssetBucket(Construct):
    """Promises ENC-2, ENC-3: what is deployed lies under our key, and two roles alone write it.

    Its name is fixed, because the CDK's command line looks for it. A creation that failed leaves none behind.
    """

    def __init__(self, scope: Construct, construct_id: str, props: AssetBucketProps) -> None:
        super().__init__(scope, construct_id)
        bucket = s3.CfnBucket(
            self,
            "Default",
            bucket_name=props.identities.assets_bucket_name,
            bucket_encryption={
                "serverSideEncryptionConfiguration": [
                    {
                        "bucketKeyEnabled": False,
                        "serverSideEncryptionByDefault": {
                            "sseAlgorithm": "aws:kms",
                            "kmsMasterKeyId": props.key.arn,
                        },
                        "blockedEncryptionTypes": {"encryptionType": ["SSE-C"]},
                    }
                ]
            },
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
                        "id": "OldVersionsGo",
                        "status": "Enabled",
                        "noncurrentVersionExpiration": {"noncurrentDays": 35},
                    },
                    {
                        "id": "UnfinishedUploadsGo",
                        "status": "Enabled",
                        "abortIncompleteMultipartUpload": {"daysAfterInitiation": 1},
                    },
                ]
            },
        )
        bucket.apply_removal_policy(cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
        acknowledge(
            bucket,
            {
                "CKV_AWS_18": _NO_ACCESS_LOG,
                "AwsSolutions-S1": _NO_ACCESS_LOG,
                "NIST.800.53.R5-S3BucketLoggingEnabled": _NO_ACCESS_LOG,
                "NIST.800.53.R5-S3BucketReplicationEnabled": "every asset can be made again from the "
                "repository, in any region",
            },
        )
        self.arn, self.name, self.domain_name = (
            bucket.attr_arn,
            bucket.ref,
            bucket.attr_regional_domain_name,
        )
        bucket_policy = s3.CfnBucketPolicy(
            self, "Policy", bucket=self.name, policy_document=self._policy(props)
        )
        bucket_policy.apply_removal_policy(cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)

    def _policy(self, props: AssetBucketProps) -> dict[str, Any]:
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
            # Whoever could write here could exchange the code of a function before it is deployed.
            deny(
                "OnlyThePublisherWrites",
                to=ANYONE,
                cannot=_WRITING,
                on=objects,
                where=role_is_none_of(props.identities.cdk_role("file-publishing"), props.administrator),
            ),
            # A request that names no key gets the bucket's own, which is the right one.
            # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_Null
            deny(
                "NoOtherKey",
                to=ANYONE,
                cannot="s3:PutObject",
                on=objects,
                where=all_of(present(_KEY_ID), {"StringNotEquals": {_KEY_ID: props.key.arn}}),
            ),
        )
