"""Daily copies of the tables that nobody can delete before their time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_backup as backup
from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks.constructs.master_key import MasterKey
from stacks.constructs.sealed_table import SealedTable
from stacks.constructs.statement import allow, policy, service
from stacks.identities import Identities


@dataclass(frozen=True, kw_only=True)
class BackupVaultProps:
    """What is copied, under which key, and for how many days."""

    identities: Identities
    storage_key: MasterKey
    tables: Sequence[SealedTable]
    retention_days: int = 35

    def __post_init__(self) -> None:
        if not 1 <= self.retention_days <= 35:
            # PRI-1: what is erased is gone from the backups after 35 days.
            raise ValueError(f"retention_days must be from 1 to 35, got {self.retention_days}")


class BackupVault(Construct):
    """Promises ENV-8, PRI-1: copies live exactly as long as promised, whoever wishes otherwise.

    The lock is in compliance mode: three days after it is made not even the account's root removes it.
    https://docs.aws.amazon.com/aws-backup/latest/devguide/vault-lock.html
    """

    def __init__(self, scope: Construct, construct_id: str, props: BackupVaultProps) -> None:
        super().__init__(scope, construct_id)
        name = f"soulpicks-{props.identities.environment}"
        self.name = name
        vault = backup.CfnBackupVault(
            self,
            "Default",
            backup_vault_name=name,
            encryption_key_arn=props.storage_key.arn,
            lock_configuration={
                "minRetentionDays": props.retention_days,
                "maxRetentionDays": props.retention_days,
                "changeableForDays": 3,
            },
        )
        vault.apply_removal_policy(cdk.RemovalPolicy.RETAIN)
        plan = backup.CfnBackupPlan(
            self,
            "Plan",
            backup_plan={
                "backupPlanName": name,
                "backupPlanRule": [
                    {
                        "ruleName": "Daily",
                        "targetBackupVault": vault.ref,
                        "scheduleExpression": "cron(0 3 ? * * *)",
                        "startWindowMinutes": 60,
                        "completionWindowMinutes": 360,
                        "lifecycle": {"deleteAfterDays": props.retention_days},
                    }
                ],
            },
        )
        role = self._role(props, vault)
        backup.CfnBackupSelection(
            self,
            "Tables",
            backup_plan_id=plan.attr_backup_plan_id,
            backup_selection={
                "selectionName": "tables",
                "iamRoleArn": role.attr_arn,
                "resources": [table.arn for table in props.tables],
            },
        )

    def _role(self, props: BackupVaultProps, vault: backup.CfnBackupVault) -> iam.CfnRole:
        """What AWS Backup needs to copy these tables, out of the managed policy that can copy everything.

        Source: https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSBackupServiceRolePolicyForBackup.html
        """
        identities = props.identities
        via = [f"{name}.{identities.region}.amazonaws.com" for name in ("backup", "dynamodb")]
        tables = [table.arn for table in props.tables]
        return iam.CfnRole(
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
                    where={"StringEquals": {"aws:SourceAccount": identities.account}},
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
                            on=tables,
                        ),
                        allow(
                            "Keep",
                            can=["backup:CopyIntoBackupVault", "backup:DescribeBackupVault"],
                            on=vault.attr_backup_vault_arn,
                        ),
                        allow(
                            "StorageLayer",
                            can=["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"],
                            on=props.storage_key.arn,
                            where={"StringEquals": {"kms:ViaService": via}},
                        ),
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
