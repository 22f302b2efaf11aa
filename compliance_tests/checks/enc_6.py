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
    """The second factor: for objects nobody else either; for tables and copies the two that are listed.

    AWS itself looks at a table with the rights of whoever makes it, and copies it with those of the backup
    role; neither gets a key or a plaintext, and rows hold wraps only, which the first factor keeps shut.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
    """
    access, key = service.access, service.storage_key
    not_for_objects = [f"{name}.{key.region}.amazonaws.com" for name in ("backup", "dynamodb")]
    role = f"arn:aws:iam::{key.account}:role"
    listed = [
        f"{role}/cdk-soulpicks-cfn-exec-role-{key.account}-{key.region}",
        f"{role}/soulpicks-{access.name.lower()}-Backup",
    ]
    yield access.somebody("storage-for-sessions-only", service.sessions, key, can="kms:Decrypt")
    yield from access.nobody(
        "storage-for-sessions-only",
        service.others,
        key,
        can=CRYPTOGRAPHIC,
        unless={
            "StringEquals": {"kms:ViaService": not_for_objects},
            "ArnEquals": {"aws:PrincipalArn": listed},
        },
    )


def _administrators_are_two(service: PictureService) -> Iterator[Finding]:
    """One for each key, who alone changes it, and who uses none of them."""
    access, keys = service.access, (service.picture_key, service.storage_key)
    first, second = (_administrator(service, key) for key in keys)
    same = [f"{first} administers both keys"] if first == second else []
    yield Finding("two-administrators", access.name, holds_unless(same))
    administering = {"NotAction": [*CRYPTOGRAPHIC, *_LOOKING]}
    for key, administrator in zip(keys, (first, second), strict=True):
        alone = {"ArnEquals": {"aws:PrincipalArn": administrator}}
        yield from access.nobody(
            "two-administrators", access.everyone, key, given=administering, unless=alone
        )
        either = {"ArnEquals": {"aws:PrincipalArn": [first, second]}}
        yield from access.nobody(
            "administrators-do-not-use", access.everyone, key, can=CRYPTOGRAPHIC, given=either
        )


def _administrator(service: PictureService, key: Resource) -> str:
    """Somebody who may change the key's policy; that it is the only one is then proved."""
    found = service.access.example(service.access.everyone, key, can="kms:PutKeyPolicy")
    if found is None:
        raise UnresolvedError(f"{key}: nobody is known to administer it, so it could never be mended")
    return found.caller.principal_arn
