"""The roles that the CDK's command line takes: to deploy, to publish files, and to look."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks.bootstrap.asset_bucket import AssetBucket
from stacks.constructs.acknowledge import INLINE_POLICY, PATTERNS, acknowledge
from stacks.constructs.master_key import MasterKey
from stacks.constructs.statement import Statement, all_of, allow, policy
from stacks.identities import Identities

# What `cdk deploy` and `cdk diff` read of a stack.
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudformation.html
_READING = (
    "cloudformation:DescribeChangeSet",
    "cloudformation:DescribeEvents",
    "cloudformation:DescribeStackEvents",
    "cloudformation:DescribeStackResources",
    "cloudformation:DescribeStacks",
    "cloudformation:GetTemplate",
    "cloudformation:GetTemplateSummary",
    "cloudformation:ListChangeSets",
    "cloudformation:ListStackResources",
)
_CHANGING = (
    "cloudformation:ContinueUpdateRollback",
    "cloudformation:CreateChangeSet",
    "cloudformation:CreateStack",
    "cloudformation:DeleteChangeSet",
    "cloudformation:DeleteStack",
    "cloudformation:ExecuteChangeSet",
    "cloudformation:RollbackStack",
    "cloudformation:UpdateStack",
    "cloudformation:UpdateTerminationProtection",
)


class CdkRoles(Construct):
    """Promise ISO-2: roles for one task each, which only the role of the delivery takes.

    No role publishes images: there are no containers (ENV-1).
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        identities: Identities,
        delivery: str,
        bucket: AssetBucket,
        key: MasterKey,
    ) -> None:
        super().__init__(scope, construct_id)
        self._identities, self._delivery = identities, delivery
        stacks = (
            f"arn:aws:cloudformation:{identities.region}:{identities.account}"
            f":stack/{identities.stack_prefix}*"
        )
        through_s3 = {"StringEquals": {"kms:ViaService": f"s3.{identities.region}.amazonaws.com"}}
        version = allow(
            "ReadTheVersion",
            can=["ssm:GetParameter", "ssm:GetParameters"],
            on=version_parameter(identities),
        )
        look = [allow("ReadStacks", can=_READING, on=stacks), version]
        read_assets = [
            allow("ReadAssets", can="s3:GetObject", on=f"{bucket.arn}/*"),
            allow("OpenAssets", can="kms:Decrypt", on=key.arn, where=through_s3),
        ]
        self._role(
            "Deploy",
            "deploy",
            "Starts deployments of the stacks of this environment, under the roles for CloudFormation alone.",
            [
                *look,
                allow("ChangeStacks", can=_CHANGING, on=stacks),
                allow(
                    "HandOverToCloudFormation",
                    can="iam:PassRole",
                    on=[
                        identities.deployer,
                        identities.picture_key_administrator,
                        identities.storage_key_administrator,
                    ],
                    where={"StringEquals": {"iam:PassedToService": "cloudformation.amazonaws.com"}},
                ),
                *read_assets,
            ],
        )
        self._role(
            "FilePublishing",
            "file-publishing",
            "Writes templates and code into the assets bucket.",
            [
                allow(
                    "FindTheBucket",
                    can=["s3:GetBucketLocation", "s3:GetEncryptionConfiguration", "s3:ListBucket"],
                    on=bucket.arn,
                ),
                allow(
                    "WriteAssets",
                    can=["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"],
                    on=f"{bucket.arn}/*",
                ),
                allow(
                    "SealAssets",
                    can=["kms:Decrypt", "kms:GenerateDataKey"],
                    on=key.arn,
                    where=all_of(through_s3),
                ),
            ],
        )
        self._role("Lookup", "lookup", "Reads what is deployed, and changes nothing.", look)

    def _role(self, construct_id: str, task: str, description: str, statements: Sequence[Statement]) -> None:
        role = iam.CfnRole(
            self,
            construct_id,
            role_name=self._identities.cdk_role_name(task),
            description=description,
            assume_role_policy_document=policy(
                allow("OnlyTheDelivery", to={"AWS": self._delivery}, can="sts:AssumeRole", on=None)
            ),
            policies=[{"policyName": construct_id, "policyDocument": policy(*statements)}],
            tags=[{"key": "aws-cdk:bootstrap-role", "value": task}],
        )
        acknowledge(role, {**INLINE_POLICY, **PATTERNS})


def version_parameter(identities: Identities) -> str:
    """The parameter that says which bootstrap an account has."""
    return f"arn:aws:ssm:{identities.region}:{identities.account}:parameter{VERSION_PARAMETER}"


VERSION_PARAMETER = "/cdk-bootstrap/soulpicks/version"
