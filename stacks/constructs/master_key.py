"""A master key that rotates, that nobody can turn off, and whose administrator cannot use it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from constructs import Construct

from stacks.constructs.statement import ANYONE, Statement, allow, deny, policy, role_is
from stacks.identities import Identities

# Every action that makes plaintext, ciphertext or a signature with a key, or a grant to do so.
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_awskeymanagementservice.html
CRYPTOGRAPHIC_ACTIONS = (
    "kms:CreateGrant",
    "kms:Decrypt",
    "kms:DeriveSharedSecret",
    "kms:Encrypt",
    "kms:GenerateDataKey*",
    "kms:GenerateMac",
    "kms:ReEncrypt*",
    "kms:Sign",
    "kms:Verify",
    "kms:VerifyMac",
)

# Managing without using, as AWS's page has it for key administrators; but of its longer list only what the
# CloudFormation handler of AWS::KMS::Key calls to create, read and update a key.
# https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html#key-policy-default-allow-administrators
ADMINISTRATION = (
    "kms:DescribeKey",
    "kms:EnableKey",
    "kms:EnableKeyRotation",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListKeyRotations",
    "kms:ListResourceTags",
    "kms:PutKeyPolicy",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:UpdateKeyDescription",
)

# What tells about a key and changes nothing, so that the account's own policies may say who looks.
LOOKING = (
    "kms:DescribeKey",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListGrants",
    "kms:ListKeyRotations",
    "kms:ListResourceTags",
)

ENDING = (
    "kms:DeleteImportedKeyMaterial",
    "kms:DisableKey",
    "kms:DisableKeyRotation",
    "kms:ScheduleKeyDeletion",
)


@dataclass(frozen=True, kw_only=True)
class MasterKeyProps:
    """What tells one master key from another: its administrator, its period, and who may use it for what."""

    description: str
    identities: Identities
    administrator: str
    rotation_days: int
    uses: Sequence[Statement]

    def __post_init__(self) -> None:
        if not 90 <= self.rotation_days <= 365:
            raise ValueError(f"rotation_days must be from 90 to 365, got {self.rotation_days}")
        if not self.uses:
            raise ValueError("uses must hold at least one statement, got none: nobody could use the key")


class MasterKey(Construct):
    """Promise ENC-8: the key rotates within a year, and nobody can turn it off or delete it.

    The account's root may look and no more, so that an identity policy alone uses and changes nothing. The
    administrator is named by a condition on the account and not as a principal: a role that is deleted and
    made again would otherwise no longer be the one named, and the key would be lost for ever. AWS's page says
    that a trust policy keeps a role's id, and that a condition keeps its ARN; of key policies it is silent.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-roles
    """

    def __init__(self, scope: Construct, construct_id: str, props: MasterKeyProps) -> None:
        super().__init__(scope, construct_id)
        administrator = role_is(props.administrator)
        self.resource = kms.CfnKey(
            self,
            "Default",
            description=props.description,
            enable_key_rotation=True,
            rotation_period_in_days=props.rotation_days,
            pending_window_in_days=30,
            key_policy=policy(
                allow(
                    "Administration",
                    to=props.identities.everyone_here,
                    can=ADMINISTRATION,
                    where=administrator,
                ),
                # https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html#key-policy-default-allow-root-enable-iam
                allow("TheAccountMayLetPeopleLook", to=props.identities.everyone_here, can=LOOKING),
                deny("AdministratorsDoNotUse", to=ANYONE, cannot=CRYPTOGRAPHIC_ACTIONS, where=administrator),
                deny("NobodyEndsThisKey", to=ANYONE, cannot=ENDING),
                *props.uses,
            ),
        )
        # Not "except on create": nobody may end a key, a rollback neither. It would try, and fail for it.
        self.resource.apply_removal_policy(cdk.RemovalPolicy.RETAIN)
        self.arn = self.resource.attr_arn
        self.id = self.resource.attr_key_id
