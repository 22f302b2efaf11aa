"""The most that a role of the environment can be given, whatever its own policy says."""

from __future__ import annotations

from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks.constructs.acknowledge import acknowledge
from stacks.constructs.statement import allow, policy
from stacks.identities import Identities


class Boundary(Construct):
    """Promise ENV-4: no role that a deployment makes can change a policy, a role, or the bootstrap.

    A boundary gives nothing by itself: a role has what both it and the role's own policy allow.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
    """

    def __init__(self, scope: Construct, construct_id: str, *, identities: Identities) -> None:
        super().__init__(scope, construct_id)
        own, region, account = identities, identities.region, identities.account
        home, prefix = f"{region}:{account}", own.stack_prefix
        groups = [
            f"arn:aws:logs:{home}:log-group:{name}"
            for name in (f"{prefix}*", "/aws/apigateway/welcome", "/aws/apigateway/welcome:*")
        ]
        tables = f"arn:aws:dynamodb:{home}:table"
        statements = [
            allow(
                "Logs",
                can=[
                    "logs:CreateLogGroup",
                    "logs:CreateLogStream",
                    "logs:DescribeLogStreams",
                    "logs:FilterLogEvents",
                    "logs:GetLogEvents",
                    "logs:PutLogEvents",
                ],
                on=groups,
            ),
            allow("FindLogs", can="logs:DescribeLogGroups", on=f"arn:aws:logs:{home}:log-group:*"),
            allow(
                "InterfacesOfFunctions",
                can=[
                    "ec2:AssignPrivateIpAddresses",
                    "ec2:CreateNetworkInterface",
                    "ec2:DeleteNetworkInterface",
                    "ec2:DescribeNetworkInterfaces",
                    "ec2:DescribeSubnets",
                    "ec2:UnassignPrivateIpAddresses",
                ],
            ),
            allow(
                "Keys",
                can=[
                    "kms:CreateGrant",
                    "kms:Decrypt",
                    "kms:DescribeKey",
                    "kms:Encrypt",
                    "kms:GenerateDataKey",
                    "kms:GenerateDataKeyWithoutPlaintext",
                    "kms:ReEncryptFrom",
                    "kms:ReEncryptTo",
                ],
                on=f"arn:aws:kms:{home}:key/*",
            ),
            allow(
                "Objects",
                can=["s3:DeleteObject", "s3:GetObject", "s3:PutObject"],
                on=f"arn:aws:s3:::{prefix.lower()}*/*",
            ),
            allow(
                "Rows",
                can=[
                    "dynamodb:BatchWriteItem",
                    "dynamodb:DeleteItem",
                    "dynamodb:GetItem",
                    "dynamodb:PutItem",
                    "dynamodb:Query",
                    "dynamodb:Scan",
                    "dynamodb:UpdateItem",
                ],
                on=[f"{tables}/{prefix}*", f"{tables}/restored-*"],
            ),
            allow(
                "TablesAreCopiedAndRestored",
                can=[
                    "dynamodb:DescribeContinuousBackups",
                    "dynamodb:DescribeTable",
                    "dynamodb:ListTagsOfResource",
                    "dynamodb:RestoreTableFromAwsBackup",
                    "dynamodb:RestoreTableToPointInTime",
                    "dynamodb:StartAwsBackupJob",
                ],
                on=[f"{tables}/{prefix}*", f"{tables}/restored-*"],
            ),
            allow("RestoredTablesGo", can="dynamodb:DeleteTable", on=f"{tables}/restored-*"),
            allow(
                "Copies",
                can=[
                    "backup:CopyIntoBackupVault",
                    "backup:DescribeBackupVault",
                    "backup:DescribeRecoveryPoint",
                    "backup:GetRecoveryPointRestoreMetadata",
                    "backup:ListRecoveryPointsByBackupVault",
                    "backup:StartRestoreJob",
                    "backup:TagResource",
                ],
                on=[
                    f"arn:aws:backup:{home}:backup-vault:soulpicks-{own.environment}-*",
                    f"arn:aws:backup:{home}:recovery-point:*",
                ],
            ),
            allow("FollowRestores", can=["backup:DescribeRestoreJob", "backup:ListRestoreJobs"]),
            allow("Alarms", can="sns:Publish", on=f"arn:aws:sns:{home}:{prefix}*"),
            allow(
                "HandOverToBackup",
                can="iam:PassRole",
                on=own.backup_restore,
                where={"StringEquals": {"iam:PassedToService": "backup.amazonaws.com"}},
            ),
        ]
        boundary = iam.CfnManagedPolicy(
            self,
            "Default",
            managed_policy_name=own.boundary_name,
            description="The most that a role of this environment can be given.",
            policy_document=policy(*statements),
        )
        acknowledge(
            boundary,
            {
                "CKV_AWS_111": "a boundary gives nothing by itself, and it is attached to nobody: what a "
                "role may write, its own policy says as well",
                "I3510": "with the advanced features a copy of a table has an ARN of AWS Backup, which the "
                "linter's patterns do not know",
                "AwsSolutions-IAM5": "a boundary gives nothing by itself: it only limits what the role's own "
                "policy gives",
            },
        )
