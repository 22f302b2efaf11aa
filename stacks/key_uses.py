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
    """
    here = identities.everyone_here
    s3, dynamodb, backup = (
        f"{name}.{identities.region}.amazonaws.com" for name in ("s3", "dynamodb", "backup")
    )
    session, deployer, copier = map(role_is, (identities.user_data, identities.deployer, identities.backup))
    restorers = (identities.restore, identities.backup_restore)
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
        # What DynamoDB needs "at a minimum" of whoever makes a table under a key; a restore makes one.
        # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
        allow(
            "TablesAreMadeAndRestored",
            to=here,
            can=["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
            where=all_of(role_is(identities.deployer, *restorers), _through(dynamodb)),
        ),
        # https://docs.aws.amazon.com/aws-backup/latest/devguide/create-a-vault.html
        allow(
            "TheVaultIsMade",
            to=here,
            can=["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey", "kms:RetireGrant"],
            where=all_of(deployer, _through(backup)),
        ),
        # Each of these has a service keep a key for it, under a grant that is the service's own.
        # https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-grant-is-for-aws-resource
        allow(
            "TablesAndVaultKeepTheirGrants",
            to=here,
            can="kms:CreateGrant",
            where=all_of(
                role_is(identities.deployer, identities.backup, *restorers),
                _through(dynamodb, backup),
                _FOR_A_SERVICE,
            ),
        ),
        allow(
            "TablesAreCopiedIntoTheVault",
            to=here,
            can=["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"],
            where=all_of(copier, _through(dynamodb, backup)),
        ),
        # For our own account and not for everybody: it binds the account's users and roles. A service that
        # calls KMS for itself, under its grant, is none of them; its call has no `kms:ViaService`, and a
        # refusal for everybody would stop every table. Other accounts are allowed nothing here.
        # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-accounts
        # https://docs.aws.amazon.com/kms/latest/developerguide/grants.html
        deny(
            "OnlyThroughTheServices",
            to=here,
            cannot=CRYPTOGRAPHIC_ACTIONS,
            where={"StringNotEquals": {"kms:ViaService": [s3, dynamodb, backup]}},
        ),
    ]


def of_operations_key(identities: Identities) -> list[Statement]:
    """ENC-3: the key under logs, functions with their environments, alarms and undelivered events.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
    https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html
    """
    account, region, here = identities.account, identities.region, identities.everyone_here
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
            to=here,
            can=["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey"],
            where=all_of(deployer, through_lambda),
        ),
        allow(
            "FunctionsKeepTheirGrants",
            to=here,
            can="kms:CreateGrant",
            where=all_of(deployer, through_lambda, _FOR_A_SERVICE),
        ),
        # For a package Lambda makes no grant: the key policy itself must let the service in.
        # https://docs.aws.amazon.com/lambda/latest/dg/encrypt-zip-package.html#enable-zip-permissions
        allow(
            "FunctionPackagesAreEncrypted",
            to=service("lambda"),
            can=["kms:Decrypt", "kms:GenerateDataKey"],
            where={"StringLike": {_context("aws:lambda:FunctionArn"): identities.function("*")}},
        ),
        # CloudWatch publishes for itself. That the three source keys are not supported is said of EventBridge
        # alone, which therefore publishes with a role.
        # https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
        allow(
            "AlarmsReachTheirTopic",
            to=service("cloudwatch"),
            can=["kms:Decrypt", "kms:GenerateDataKey*"],
            where={"StringEquals": {"aws:SourceAccount": account}},
        ),
        allow(
            "EventsReachTheAlarmTopic",
            to=here,
            can=["kms:Decrypt", "kms:GenerateDataKey*"],
            where=all_of(
                role_is(identities.event_alarms),
                _through(f"sns.{region}.amazonaws.com"),
                {"ArnLike": {_context("aws:sns:topicArn"): f"arn:aws:sns:{region}:{account}:*"}},
            ),
        ),
        # Into a dead-letter queue EventBridge writes for itself, without the target's role. The context is
        # the queue that SQS encrypts for; which source keys KMS sees then is not documented.
        # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
        allow(
            "UndeliveredEventsAreKept",
            to=service("events"),
            can=["kms:Decrypt", "kms:GenerateDataKey"],
            where={"ArnLike": {_context("aws:sqs:arn"): f"arn:aws:sqs:{region}:{account}:*"}},
        ),
    ]


# https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-grant-is-for-aws-resource
_FOR_A_SERVICE = {"Bool": {"kms:GrantIsForAWSResource": "true"}}


def _through(*services: str) -> dict[str, dict[str, Any]]:
    return {"StringEquals": {"kms:ViaService": services[0] if len(services) == 1 else list(services)}}
