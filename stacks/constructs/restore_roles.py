"""Who makes a table again of what was kept: a person, and AWS Backup for that person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks.constructs.acknowledge import INLINE_POLICY, acknowledge
from stacks.constructs.backup_vault import BackupVault, copies_of_tables
from stacks.constructs.master_key import MasterKey
from stacks.constructs.sealed_table import SealedTable
from stacks.constructs.statement import ANYONE, Statement, all_of, allow, deny, policy, service
from stacks.identities import Identities

# A restore always makes a new table; only under such a name, so that no row of a table in use is written.
RESTORED = "restored-*"
_NEW_TABLE = (
    "whoever restores chooses the rest of the new table's name; a table in use has a policy that refuses "
    "them its rows"
)

# "DynamoDB read and write permissions on the target table are necessary for restore functionality."
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/backuprestore_IAM.html
_FILL = (
    "dynamodb:BatchWriteItem",
    "dynamodb:DeleteItem",
    "dynamodb:DescribeTable",
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:Query",
    "dynamodb:Scan",
    "dynamodb:UpdateItem",
)


@dataclass(frozen=True, kw_only=True)
class RestoreRolesProps:
    """What can be restored, under which key, and the users who may; none closes the role."""

    identities: Identities
    storage_key: MasterKey
    tables: Sequence[SealedTable]
    vault: BackupVault
    restorers: Sequence[str]


class RestoreRoles(Construct):
    """Promise ENV-8: a person with MFA can make a table of any second of 35 days, or of a copy in the vault.

    The roles exist before anybody may take them, so that in an emergency one setting is changed and no key
    policy. Rows can be read in the restored table: ids, sizes, times and wraps. Neither role uses PictureKey,
    so no wrap opens and no picture becomes readable.
    """

    def __init__(self, scope: Construct, construct_id: str, props: RestoreRolesProps) -> None:
        super().__init__(scope, construct_id)
        service_role = self._of_backup(props)
        person = self._of_a_person(props, service_role)
        self.arn, self.name = person.attr_arn, person.ref

    def _of_a_person(self, props: RestoreRolesProps, service_role: iam.CfnRole) -> iam.CfnRole:
        account, region = props.identities.account, props.identities.region
        tables = [table.arn for table in props.tables]
        copies = f"arn:aws:backup:{region}:{account}:recovery-point:*"
        role = iam.CfnRole(
            self,
            "Person",
            role_name=props.identities.restore_name,
            description="What a person takes to restore a table; every use raises an alarm.",
            max_session_duration=3600,
            assume_role_policy_document=_trust(props),
            policies=[
                {
                    "policyName": "RestoreTables",
                    "policyDocument": policy(
                        # "RestoreTableToPointInTime permissions are necessary on the source table". Its own
                        # policy denies this role its rows, and does not speak of this action.
                        allow(
                            "FromAPointInTime",
                            can=[
                                "dynamodb:DescribeContinuousBackups",
                                "dynamodb:DescribeTable",
                                "dynamodb:RestoreTableToPointInTime",
                            ],
                            on=[*tables, _restored(props)],
                        ),
                        *_into_a_new_table(props),
                        allow("Clean", can="dynamodb:DeleteTable", on=_restored(props)),
                        allow(
                            "FindCopies",
                            can=["backup:DescribeBackupVault", "backup:ListRecoveryPointsByBackupVault"],
                            on=props.vault.arn,
                        ),
                        # AWS makes up the name of each copy.
                        allow(
                            "FromACopy",
                            can=[
                                "backup:DescribeRecoveryPoint",
                                "backup:GetRecoveryPointRestoreMetadata",
                                "backup:StartRestoreJob",
                            ],
                            on=copies,
                        ),
                        allow("Follow", can=["backup:DescribeRestoreJob", "backup:ListRestoreJobs"]),
                        allow(
                            "HandOverToBackup",
                            can="iam:PassRole",
                            on=service_role.attr_arn,
                            where={"StringEquals": {"iam:PassedToService": "backup.amazonaws.com"}},
                        ),
                    ),
                }
            ],
        )
        acknowledge(
            role,
            {
                **INLINE_POLICY,
                **copies_of_tables(copies),
                f"AwsSolutions-IAM5[Resource::{_restored(props)}]": _NEW_TABLE,
                "AwsSolutions-IAM5[Resource::*]": "a restore job has no name before it begins, and the "
                "actions on it only look",
            },
        )
        return role

    def _of_backup(self, props: RestoreRolesProps) -> iam.CfnRole:
        """What AWS Backup needs to restore a table, out of the managed policy that can restore everything.

        Source: https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSBackupServiceRolePolicyForRestores.html
        """
        role = iam.CfnRole(
            self,
            "Backup",
            role_name=props.identities.backup_restore_name,
            description="Lets AWS Backup make a new table of a copy in the vault.",
            assume_role_policy_document=policy(
                allow(
                    "BackupOfThisAccount",
                    to=service("backup"),
                    can="sts:AssumeRole",
                    on=None,
                    where={"StringEquals": {"aws:SourceAccount": props.identities.account}},
                )
            ),
            policies=[
                {
                    "policyName": "RestoreTables",
                    "policyDocument": policy(
                        allow("FromACopy", can="dynamodb:RestoreTableFromAwsBackup", on=_restored(props)),
                        *_into_a_new_table(props),
                    ),
                }
            ],
        )
        acknowledge(role, {**INLINE_POLICY, f"AwsSolutions-IAM5[Resource::{_restored(props)}]": _NEW_TABLE})
        return role


def _trust(props: RestoreRolesProps) -> dict[str, Any]:
    """The users of Settings with MFA not older than an hour, at the endpoint of our own region.

    Users, because no session of a role says anything of MFA: neither one of a federated identity, nor one
    that AssumeRole returned. A user sends the code of the device with this very call.
    Named by a condition on their accounts, so that they need not exist yet. A call at an endpoint elsewhere
    would be recorded elsewhere, and the alarm on it would not ring.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_configure-api-require.html#scenarios
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-multifactorauthage
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-requestedregion
    """
    if not props.restorers:
        return policy(deny("NobodyYet", to=ANYONE, cannot="sts:AssumeRole", on=None))
    accounts = sorted({arn.split(":")[4] for arn in props.restorers})
    return policy(
        allow(
            "PeopleWhoRestore",
            to={"AWS": [f"arn:aws:iam::{account}:root" for account in accounts]},
            can="sts:AssumeRole",
            on=None,
            where=all_of(
                {"ArnEquals": {"aws:PrincipalArn": list(props.restorers)}},
                {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
                {"NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}},
                {"StringEquals": {"aws:RequestedRegion": props.identities.region}},
            ),
        )
    )


def _restored(props: RestoreRolesProps) -> str:
    return f"arn:aws:dynamodb:{props.identities.region}:{props.identities.account}:table/{RESTORED}"


def _into_a_new_table(props: RestoreRolesProps) -> list[Statement]:
    """Rows of the new table, and its key through DynamoDB alone."""
    through_dynamodb = {
        "StringEquals": {"kms:ViaService": f"dynamodb.{props.identities.region}.amazonaws.com"}
    }
    key = props.storage_key.arn
    return [
        allow("FillTheNewTable", can=_FILL, on=_restored(props)),
        allow("FindTheKey", can="kms:DescribeKey", on=key),
        allow(
            "StorageLayer",
            can=[
                "kms:Decrypt",
                "kms:Encrypt",
                "kms:GenerateDataKey",
                "kms:GenerateDataKeyWithoutPlaintext",
                "kms:ReEncryptFrom",
                "kms:ReEncryptTo",
            ],
            on=key,
            where=through_dynamodb,
        ),
        allow(
            "StorageLayerGrants",
            can="kms:CreateGrant",
            on=key,
            where=all_of(through_dynamodb, {"Bool": {"kms:GrantIsForAWSResource": "true"}}),
        ),
    ]
