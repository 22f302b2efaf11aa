"""Who may use each master key, for what, and through which service: the heart of the key policies."""

from __future__ import annotations

from typing import Any

from stacks.constructs.master_key import CRYPTOGRAPHIC_ACTIONS
from stacks.constructs.statement import (
    ANYONE,
    USER,
    Statement,
    all_of,
    allow,
    deny,
    present,
    role_is,
    role_is_none_of,
    service,
)
from stacks.identities import Identities

# A wrap is bound to exactly these three.
WRAP_CONTEXT = ("owner", "picture", "reader")


def _context(key: str) -> str:
    return f"kms:EncryptionContext:{key}"


def wrap_context_is_complete() -> dict[str, dict[str, Any]]:
    """All three keys of a wrap's context are there, and no fourth one.

    Without `Null` an absent key would satisfy `ForAllValues`; without `ForAllValues` a wrap could carry more
    than the three, and no longer be the one that the row in `Grants` speaks of.
    https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-encryption-context-keys
    """
    return all_of(
        present("kms:EncryptionContextKeys", *map(_context, WRAP_CONTEXT)),
        {"ForAllValues:StringEquals": {"kms:EncryptionContextKeys": list(WRAP_CONTEXT)}},
    )


def making_own_wraps() -> dict[str, dict[str, Any]]:
    """A new picture key is wrapped for its owner, who is the caller; sharing wraps it again, later."""
    return all_of(
        wrap_context_is_complete(), {"StringEquals": {_context("owner"): USER, _context("reader"): USER}}
    )


def opening_wraps_made_for_me() -> dict[str, dict[str, Any]]:
    """A wrap opens for the reader it was made for, and for nobody else, its owner included."""
    return all_of(wrap_context_is_complete(), {"StringEquals": {_context("reader"): USER}})


def of_picture_key(identities: Identities, vpc_id: str) -> list[Statement]:
    """ENC-6, ISO-3: only a person's own session, from inside our network, uses the key of the pictures.

    The account is the principal, so `UserData` needs the permission in its own policy as well.
    """
    session = role_is(identities.user_data)
    return [
        allow(
            "OwnersMakeTheirWraps",
            to=identities.everyone_here,
            can="kms:GenerateDataKey",
            where=all_of(session, making_own_wraps()),
        ),
        allow(
            "ReadersOpenTheirWraps",
            to=identities.everyone_here,
            can="kms:Decrypt",
            where=all_of(session, opening_wraps_made_for_me()),
        ),
        deny(
            "OnlySessionsOfPeopleUseThisKey",
            to=ANYONE,
            cannot=CRYPTOGRAPHIC_ACTIONS,
            where=role_is_none_of(identities.user_data),
        ),
        # A grant would be a permission that no policy shows.
        deny("NoGrants", to=ANYONE, cannot="kms:CreateGrant"),
        deny(
            "OnlyFromOurNetwork",
            to=ANYONE,
            cannot=CRYPTOGRAPHIC_ACTIONS,
            where={"StringNotEquals": {"aws:SourceVpc": vpc_id}},
        ),
    ]


def of_storage_key(identities: Identities) -> list[Statement]:
    """ENC-3: the key under the bucket, the tables and the vault, reached only through those services.

    S3 and DynamoDB call KMS in the name of their caller but from a network of their own, so `aws:SourceVpc`
    cannot be demanded here; the bucket and the tables demand it themselves.
    https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
    """
    here = identities.everyone_here
    s3, dynamodb, backup = (
        f"{name}.{identities.region}.amazonaws.com" for name in ("s3", "dynamodb", "backup")
    )
    session, deployer, copier = map(role_is, (identities.user_data, identities.deployer, identities.backup))
    deployer_or_copier = role_is(identities.deployer, identities.backup)
    return [
        allow(
            "ObjectsOfPeople",
            to=here,
            can=["kms:Decrypt", "kms:GenerateDataKey"],
            where=all_of(session, _through(s3), present(_context("aws:s3:arn"))),
        ),
        allow(
            "RowsOfPeople",
            to=here,
            can="kms:Decrypt",
            where=all_of(session, _through(dynamodb), present(_context("aws:dynamodb:tableName"))),
        ),
        # Whoever makes a table or a vault has the service keep a key for it, under the service's grant.
        allow(
            "TablesAndVaultAreMade",
            to=here,
            can=["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"],
            where=all_of(deployer, _through(dynamodb, backup)),
        ),
        allow(
            "TablesAndVaultKeepTheirGrants",
            to=here,
            can="kms:CreateGrant",
            where=all_of(
                deployer_or_copier,
                _through(dynamodb, backup),
                {"Bool": {"kms:GrantIsForAWSResource": "true"}},
            ),
        ),
        allow(
            "TablesAreCopiedIntoTheVault",
            to=here,
            can=["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"],
            where=all_of(copier, _through(dynamodb, backup)),
        ),
        deny(
            "OnlyThroughTheServices",
            to=ANYONE,
            cannot=CRYPTOGRAPHIC_ACTIONS,
            # A call that a service makes for itself, under its own grant, carries no `kms:ViaService`.
            where={
                "StringNotEqualsIfExists": {"kms:ViaService": [s3, dynamodb, backup]},
                "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
            },
        ),
    ]


def of_operations_key(identities: Identities) -> list[Statement]:
    """ENC-3: the key under logs, function environments and alarms, where no user data is.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
    https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html
    https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
    """
    account, region = identities.account, identities.region
    deployer, through_lambda = role_is(identities.deployer), _through(f"lambda.{region}.amazonaws.com")
    return [
        allow(
            "LogsAreEncrypted",
            to=service(f"logs.{region}"),
            can=["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
            where={"ArnLike": {_context("aws:logs:arn"): f"arn:aws:logs:{region}:{account}:log-group:*"}},
        ),
        allow(
            "FunctionEnvironmentsAreEncrypted",
            to=identities.everyone_here,
            can=["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey"],
            where=all_of(deployer, through_lambda),
        ),
        allow(
            "FunctionsKeepTheirGrants",
            to=identities.everyone_here,
            can="kms:CreateGrant",
            where=all_of(deployer, through_lambda, {"Bool": {"kms:GrantIsForAWSResource": "true"}}),
        ),
        *(
            allow(
                f"{name.capitalize()}ReachesTheAlarmTopic",
                to=service(name),
                can=["kms:Decrypt", "kms:GenerateDataKey"],
                where={"StringEquals": {"aws:SourceAccount": account}},
            )
            for name in ("cloudwatch", "events")
        ),
    ]


def _through(*services: str) -> dict[str, dict[str, Any]]:
    return {"StringEquals": {"kms:ViaService": services[0] if len(services) == 1 else list(services)}}
