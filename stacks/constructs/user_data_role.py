"""The only role that reaches user data; a person's own token is what takes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks.constructs.acknowledge import INLINE_POLICY, acknowledge
from stacks.constructs.identity_provider import IdentityProvider
from stacks.constructs.master_key import MasterKey
from stacks.constructs.sealed_bucket import SealedBucket
from stacks.constructs.sealed_table import SealedTable
from stacks.constructs.statement import USER, Statement, all_of, allow, deny, deny_elsewhere, policy, present
from stacks.constructs.user_data_trust import user_data_trust
from stacks.identities import Identities
from stacks.key_uses import making_own_wraps, opening_wraps_made_for_me


@dataclass(frozen=True, kw_only=True)
class UserDataRoleProps:
    """Whose tokens are accepted, and all that a session may touch."""

    identities: Identities
    identity_provider: IdentityProvider
    vpc_id: str
    picture_key: MasterKey
    storage_key: MasterKey
    bucket: SealedBucket
    pictures: SealedTable
    grants: SealedTable
    grants_by_reader_index: str


class UserDataRole(Construct):
    """Promise ISO-3: a session of `user` reaches the rows, objects and wraps of `user`, and nobody else's.

    No policy can hold a list of readers per object: a session may fetch the ciphertext of any object whose
    unguessable name it knows. Without a wrap it is noise.
    """

    def __init__(self, scope: Construct, construct_id: str, props: UserDataRoleProps) -> None:
        super().__init__(scope, construct_id)
        self.resource = iam.CfnRole(
            self,
            "Default",
            role_name=props.identities.user_data_name,
            description="What one signed-in person may do, under a session tagged with that person.",
            assume_role_policy_document=user_data_trust(
                props.identity_provider, vpc_id=props.vpc_id, account=props.identities.account
            ),
            max_session_duration=3600,
            policies=[
                {
                    "policyName": "OwnDataOnly",
                    "policyDocument": policy(
                        *_wraps(props), *_objects(props), *_rows(props), *_fences(props)
                    ),
                }
            ],
        )
        objects = f"<{cdk.Stack.of(self).get_logical_id(props.bucket.resource)}.Arn>"
        acknowledge(
            self.resource,
            {
                **INLINE_POLICY,
                f"AwsSolutions-IAM5[Resource::{objects}/*]": "a shared picture can be read by its "
                "unguessable name; without a wrap for this person its bytes are noise",
                f"AwsSolutions-IAM5[Resource::{objects}/<aws:PrincipalTag/user>/*]": "these are the "
                "person's own objects, whose names are not known beforehand",
            },
        )
        self.arn = self.resource.attr_arn


def _wraps(props: UserDataRoleProps) -> list[Statement]:
    key = props.picture_key.arn
    return [
        allow("MakeOwnWraps", can="kms:GenerateDataKey", on=key, where=making_own_wraps()),
        allow("OpenWrapsMadeForMe", can="kms:Decrypt", on=key, where=opening_wraps_made_for_me()),
    ]


def _objects(props: UserDataRoleProps) -> list[Statement]:
    own, any_named = f"{props.bucket.arn}/{USER}/*", f"{props.bucket.arn}/*"
    key, region = props.storage_key.arn, props.identities.region
    through_s3 = {"StringEquals": {"kms:ViaService": f"s3.{region}.amazonaws.com"}}
    through_dynamodb = {"StringEquals": {"kms:ViaService": f"dynamodb.{region}.amazonaws.com"}}
    tables = [props.pictures.name, props.grants.name]
    return [
        allow("WriteAndRemoveOwnObjects", can=["s3:DeleteObject", "s3:PutObject"], on=own),
        allow("ReadObjectsByName", can="s3:GetObject", on=any_named),
        allow(
            "StorageLayerOfOwnObjects",
            can="kms:GenerateDataKey",
            on=key,
            where=all_of(through_s3, {"StringLike": {"kms:EncryptionContext:aws:s3:arn": own}}),
        ),
        allow(
            "StorageLayerOfNamedObjects",
            can="kms:Decrypt",
            on=key,
            where=all_of(through_s3, {"StringLike": {"kms:EncryptionContext:aws:s3:arn": any_named}}),
        ),
        allow(
            "StorageLayerOfTheTables",
            can="kms:Decrypt",
            on=key,
            where=all_of(
                through_dynamodb, {"StringEquals": {"kms:EncryptionContext:aws:dynamodb:tableName": tables}}
            ),
        ),
    ]


def _rows(props: UserDataRoleProps) -> list[Statement]:
    """Rows by their leading key; never Scan, which returns every row, nor PartiQL, which may name no key.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
    """
    grants, index = props.grants.arn, f"{props.grants.arn}/index/{props.grants_by_reader_index}"
    return [
        allow(
            "OwnPictures",
            can=[f"dynamodb:{verb}Item" for verb in ("Delete", "Get", "Put", "Update")] + ["dynamodb:Query"],
            on=props.pictures.arn,
            where=_leading_key("StringEquals", USER),
        ),
        allow(
            "GrantsIGive",
            can=["dynamodb:DeleteItem", "dynamodb:PutItem"],
            on=grants,
            where=_leading_key("StringLike", f"{USER}|*"),
        ),
        allow(
            "GrantsIHold",
            can="dynamodb:GetItem",
            on=grants,
            where=_leading_key("StringLike", f"*|{USER}"),
        ),
        allow(
            "GrantsIHoldByReader",
            can="dynamodb:Query",
            on=index,
            where=_leading_key("StringEquals", USER),
        ),
    ]


def _fences(props: UserDataRoleProps) -> list[Statement]:
    """A stolen session is worth nothing outside our network.

    The calls that S3 and DynamoDB make to KMS for a session do not come from our network; they are the only
    ones on StorageKey, and may come only that way.
    """
    via = [f"{name}.{props.identities.region}.amazonaws.com" for name in ("s3", "dynamodb")]
    key = props.storage_key.arn
    return [
        deny_elsewhere(
            "OnlyFromOurNetwork",
            than=key,
            where={"StringNotEquals": {"aws:SourceVpc": props.vpc_id}},
        ),
        deny(
            "StorageKeyOnlyThroughItsServices",
            on=key,
            where={"StringNotEquals": {"kms:ViaService": via}},
        ),
    ]


def _leading_key(operator: str, value: str) -> dict[str, dict[str, Any]]:
    # `ForAllValues` holds for a request without keys; `Null` is what refuses it.
    return all_of(
        {f"ForAllValues:{operator}": {"dynamodb:LeadingKeys": value}}, present("dynamodb:LeadingKeys")
    )
