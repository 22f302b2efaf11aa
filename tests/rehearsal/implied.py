"""Calls to KMS that a service makes, or needs to be allowed, when a resource under a key is made.

A handler's own list leaves some of them out; AWS's page of each service has the whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tests.rehearsal.account import Account, Physical
from tests.rehearsal.schema import ABSENT, Pointer, value_at


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyUse:
    """A property that names a key, and what is called on that key when the resource is made.

    `by_service` is the principal that must be allowed by itself; otherwise whoever makes the resource calls,
    through the service. `context` holds the encryption context, with patterns as in `differences`.
    """

    property: Pointer
    actions: tuple[str, ...]
    page: str
    by_service: str = ""
    context: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One implied call; `service` is set when the service calls for itself."""

    action: str
    resource: str
    context: Mapping[str, tuple[str, ...]]
    service: str = ""


KEY_USES: Mapping[str, KeyUse] = {
    "AWS::DynamoDB::Table": KeyUse(
        property=("SSESpecification", "KMSMasterKeyId"),
        # "At a minimum, DynamoDB requires the following permissions on a customer managed key":
        actions=(
            *("kms:Encrypt", "kms:Decrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:GenerateDataKey"),
            *("kms:DescribeKey", "kms:CreateGrant"),
        ),
        page="https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html",
        context=(("aws:dynamodb:tableName", "{TableName}"), ("aws:dynamodb:subscriberId", "{account}")),
    ),
    "AWS::Backup::BackupVault": KeyUse(
        property=("EncryptionKeyArn",),
        actions=(
            "kms:CreateGrant",
            "kms:DescribeKey",
            "kms:RetireGrant",
            "kms:Decrypt",
            "kms:GenerateDataKey",
        ),
        page="https://docs.aws.amazon.com/aws-backup/latest/devguide/API_CreateBackupVault.html",
    ),
    "AWS::Logs::LogGroup": KeyUse(
        property=("KmsKeyId",),
        # The key policy allows the service's own principal, which calls with the group's ARN as context:
        actions=("kms:Encrypt", "kms:Decrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:GenerateDataKey"),
        page="https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html",
        by_service="logs.{region}.amazonaws.com",
        context=(("aws:logs:arn", "{arn}"),),
    ),
    "AWS::Lambda::Function": KeyUse(
        property=("KmsKeyArn",),
        actions=("kms:CreateGrant", "kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey"),
        page="https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html",
        context=(("aws:lambda:FunctionArn", "{arn}"),),
    ),
}


def implied_calls(physical: Physical, account: Account) -> Iterator[Call]:
    """What must be allowed on the keys that this resource names."""
    use = KEY_USES.get(physical.type)
    if use is None:
        return
    named = value_at(physical.properties, use.property)
    if named is ABSENT:
        return
    keys = [key.arn for key in account.meant_by(named) if key.type == "AWS::KMS::Key"] or [str(named)]
    for key in keys:
        for action in use.actions:
            service = use.by_service.format(region=physical.home.region)
            yield Call(action=action, resource=key, context=encryption_context(physical), service=service)


def encryption_context(physical: Physical) -> dict[str, tuple[str, ...]]:
    """The condition keys of a call to KMS that a service makes for whoever makes this resource.

    Source: https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
    """
    use = KEY_USES.get(physical.type)
    found: dict[str, tuple[str, ...]] = {}
    if use is None or not use.by_service:
        service = physical.schema.service
        found["kms:ViaService"] = (f"{service}.{physical.home.region}.amazonaws.com",)
        found["kms:GrantIsForAWSResource"] = ("true",)
    if use is not None and use.context:
        values = {"arn": physical.arn, "account": physical.home.account, **_texts(physical)}
        found |= {f"kms:EncryptionContext:{key}": (text.format(**values),) for key, text in use.context}
        found["kms:EncryptionContextKeys"] = tuple(key for key, _ in use.context)
    return found


def _texts(physical: Physical) -> dict[str, str]:
    return {name: value for name, value in physical.properties.items() if isinstance(value, str)}
