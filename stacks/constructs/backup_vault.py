"""Daily copies of the tables that nobody can delete before their time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_backup as backup
from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks.constructs.acknowledge import INLINE_POLICY, acknowledge
from stacks.constructs.master_key import MasterKey
from stacks.constructs.name_of_its_stack import name_of_its_stack
from stacks.constructs.sealed_table import SealedTable
from stacks.constructs.statement import allow, policy, service
from stacks.identities import Identities

# A copy begins each day at this hour (UTC) or a little later; both windows are counted from it, in hours.
_BEGINS, _START_HOURS, _COMPLETION_HOURS = 3, 1, 6


@dataclass(frozen=True, kw_only=True)
class BackupVaultProps:
    """What is copied, under which key, for how many days, and whether the lock is final.

    immutable: three days after it is made not even the account's root removes the lock or a copy.
    """

    identities: Identities
    storage_key: MasterKey
    tables: Sequence[SealedTable]
    immutable: bool
    retention_days: int = 35

    def __post_init__(self) -> None:
        if not 1 <= self.retention_days <= 35:
            # PRI-1: what is erased is gone from the backups after 35 days.
            raise ValueError(f"retention_days must be from 1 to 35, got {self.retention_days}")


class BackupVault(Construct):
    """Promises ENV-8, PRI-1: copies are kept exactly as long as promised, and none is deleted early.

    The lock is final ("compliance mode") where ChangeableForDays is set. Without it ("governance mode")
    whoever has the permission can remove the lock, as is needed to take an environment down again.
    https://docs.aws.amazon.com/aws-backup/latest/devguide/vault-lock.html
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-backup-backupvault-lockconfigurationtype.html
    """

    # Two copies in a row are completed at most this far apart: one as early, the next as late as possible.
    longest_gap_hours = 24 + _COMPLETION_HOURS

    def __init__(self, scope: Construct, construct_id: str, props: BackupVaultProps) -> None:
        super().__init__(scope, construct_id)
        lock = {"minRetentionDays": props.retention_days, "maxRetentionDays": props.retention_days}
        vault = backup.CfnBackupVault(
            self,
            "Default",
            backup_vault_name=name_of_its_stack(self, f"soulpicks-{props.identities.environment}"),
            encryption_key_arn=props.storage_key.arn,
            # Three days is the least that AWS takes.
            lock_configuration=lock | ({"changeableForDays": 3} if props.immutable else {}),
        )
        vault.apply_removal_policy(cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
        self.name, self.arn = vault.ref, vault.attr_backup_vault_arn
        plan = backup.CfnBackupPlan(
            self,
            "Plan",
            backup_plan={
                "backupPlanName": f"soulpicks-{props.identities.environment}",
                "backupPlanRule": [
                    {
                        "ruleName": "Daily",
                        "targetBackupVault": vault.ref,
                        "scheduleExpression": f"cron(0 {_BEGINS} ? * * *)",
                        "startWindowMinutes": _START_HOURS * 60,
                        "completionWindowMinutes": _COMPLETION_HOURS * 60,
                        "lifecycle": {"deleteAfterDays": props.retention_days},
                    }
                ],
            },
        )
        backup.CfnBackupSelection(
            self,
            "Tables",
            backup_plan_id=plan.attr_backup_plan_id,
            backup_selection={
                "selectionName": "tables",
                "iamRoleArn": self._role(props).attr_arn,
                "resources": [table.arn for table in props.tables],
            },
        )

    def _role(self, props: BackupVaultProps) -> iam.CfnRole:
        """What AWS Backup needs to copy these tables, out of the managed policy that can copy everything.

        Source: https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSBackupServiceRolePolicyForBackup.html
        """
        identities = props.identities
        account, region = identities.account, identities.region
        via = [f"{name}.{region}.amazonaws.com" for name in ("backup", "dynamodb")]
        copies = f"arn:aws:backup:{region}:{account}:recovery-point:*"
        role = iam.CfnRole(
            self,
            "Role",
            role_name=identities.backup_name,
            description="Lets AWS Backup copy the tables into the vault; it reads and restores nothing.",
            assume_role_policy_document=policy(
                allow(
                    "BackupOfThisAccount",
                    to=service("backup"),
                    can="sts:AssumeRole",
                    on=None,
                    where={"StringEquals": {"aws:SourceAccount": account}},
                )
            ),
            policies=[
                {
                    "policyName": "CopyTheTables",
                    "policyDocument": policy(
                        allow(
                            "Copy",
                            can=[
                                "dynamodb:DescribeTable",
                                "dynamodb:ListTagsOfResource",
                                "dynamodb:StartAwsBackupJob",
                            ],
                            on=[table.arn for table in props.tables],
                        ),
                        allow(
                            "Keep",
                            can=["backup:CopyIntoBackupVault", "backup:DescribeBackupVault"],
                            on=self.arn,
                        ),
                        # A copy carries its table's tags.
                        # https://docs.aws.amazon.com/aws-backup/latest/devguide/access-control.html#copy-tags
                        allow(
                            "Tag",
                            can="backup:TagResource",
                            on=copies,
                        ),
                        allow(
                            "StorageLayer",
                            can=["kms:Decrypt", "kms:GenerateDataKey"],
                            on=props.storage_key.arn,
                            where={"StringEquals": {"kms:ViaService": via}},
                        ),
                        allow("FindTheKey", can="kms:DescribeKey", on=props.storage_key.arn),
                        allow(
                            "StorageLayerGrants",
                            can="kms:CreateGrant",
                            on=props.storage_key.arn,
                            where={
                                "StringEquals": {"kms:ViaService": via},
                                "Bool": {"kms:GrantIsForAWSResource": "true"},
                            },
                        ),
                    ),
                }
            ],
        )
        acknowledge(role, {**INLINE_POLICY, **copies_of_tables(copies)})
        return role


def copies_of_tables(arn: str) -> dict[str, str]:
    """What the tools say of a policy on `arn`, the ARN of every copy in the account, and why it is so.

    https://docs.aws.amazon.com/aws-backup/latest/devguide/advanced-ddb-backup.html
    """
    return {
        f"AwsSolutions-IAM5[Resource::{arn}]": "AWS makes up the name of each copy, so we cannot name it",
        "I3510": "with the advanced features a copy of a table has an ARN of AWS Backup, which the linter's "
        "patterns do not know",
    }
