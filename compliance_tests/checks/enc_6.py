"""ENC-6: pictures are protected by two independent factors."""

from __future__ import annotations

from collections.abc import Iterator

from access.environment import Resource
from compliance_tests.checks.access_model import access_of
from compliance_tests.checks.fails_closed import fails_closed
from compliance_tests.checks.picture_service import CRYPTOGRAPHIC, PictureService
from policies.assembly import Assembly
from policies.finding import Finding
from policies.node import UnresolvedError
from policies.verdict import holds_unless

# What neither uses a key nor changes it.
_LOOKING = ["kms:Describe*", "kms:Get*", "kms:List*"]

# Takes a permission away and gives none; whoever makes a vault lets AWS Backup do so with its own grant.
# https://docs.aws.amazon.com/aws-backup/latest/devguide/create-a-vault.html
_ENDING_A_GRANT = "kms:RetireGrant"


@fails_closed
def check(assembly: Assembly) -> tuple[Finding, ...]:
    """Only sessions of people use both keys; each has an administrator of its own, who uses neither."""
    service = PictureService.of(access_of(assembly))
    return (
        *_wraps_open_for_sessions_only(service),
        *_storage_opens_for_sessions_only(service),
        *_administrators_are_two(service),
    )


def _wraps_open_for_sessions_only(service: PictureService) -> Iterator[Finding]:
    """The first factor: nobody else, the root user included, uses the key of the pictures for anything."""
    access, key = service.access, service.picture_key
    yield access.somebody("wraps-for-sessions-only", service.sessions, key, can="kms:Decrypt")
    yield from access.nobody("wraps-for-sessions-only", service.others, key, can=CRYPTOGRAPHIC)


def _storage_opens_for_sessions_only(service: PictureService) -> Iterator[Finding]:
    """The second factor: for objects nobody else either; for tables and copies the roles that are listed.

    AWS itself looks at a table with the rights of whoever makes or restores it, and copies it with those of
    the backup role. None gets a key, and rows hold wraps only, which the first factor keeps shut.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
    """
    access, key = service.access, service.storage_key
    not_for_objects = [f"{name}.{key.region}.amazonaws.com" for name in ("backup", "dynamodb")]
    yield access.somebody("storage-for-sessions-only", service.sessions, key, can="kms:Decrypt")
    yield from access.nobody(
        "storage-for-sessions-only",
        service.others,
        key,
        can=CRYPTOGRAPHIC,
        unless={
            "StringEquals": {"kms:ViaService": not_for_objects},
            "ArnEquals": {"aws:PrincipalArn": list(_listed(service))},
        },
    )


def _listed(service: PictureService) -> tuple[str, ...]:
    """The roles that the limits of this promise name."""
    account, region = service.storage_key.account, service.storage_key.region
    role = f"arn:aws:iam::{account}:role"
    deployer = f"{role}/cdk-soulpicks-cfn-exec-role-{account}-{region}"
    ours = f"{role}/soulpicks-{service.access.name.lower()}-{region}"
    return deployer, *(f"{ours}-{name}" for name in ("Backup", "BackupRestore", "Restore"))


def _administrators_are_two(service: PictureService) -> Iterator[Finding]:
    """One for each key, who alone changes it, and who uses none of them."""
    access, keys = service.access, (service.picture_key, service.storage_key)
    first, second = (_administrator(service, key) for key in keys)
    problems = [f"{first} administers both keys"] if first == second else []
    # Whoever uses a key is a session of people or listed above; no administrator is among them.
    users = {service.user_data.arn, *_listed(service)}
    problems += [f"{one} administers a key and uses one" for one in sorted({first, second} & users)]
    yield Finding("two-administrators", access.name, holds_unless(problems))
    administering = {"NotAction": [*CRYPTOGRAPHIC, *_LOOKING, _ENDING_A_GRANT]}
    for key, administrator in zip(keys, (first, second), strict=True):
        alone = {"ArnEquals": {"aws:PrincipalArn": administrator}}
        yield from access.nobody(
            "two-administrators", access.everyone, key, given=administering, unless=alone
        )
        yield from access.nobody(
            "two-administrators",
            access.everyone,
            key,
            can=[_ENDING_A_GRANT],
            unless={"ArnEquals": {"aws:PrincipalArn": list(_listed(service))}},
        )


def _administrator(service: PictureService, key: Resource) -> str:
    """Somebody who may change the key's policy; that it is the only one is then proved."""
    found = service.access.example(service.access.everyone, key, can="kms:PutKeyPolicy")
    if found is None:
        raise UnresolvedError(f"{key}: nobody is known to administer it, so it could never be mended")
    return found.caller.principal_arn
