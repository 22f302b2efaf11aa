"""A master key cannot be deleted, disabled or frozen."""

from collections.abc import Iterator

from policies.resource import Resource
from policies.rule import Rule
from policies.statement import Statement, statements
from policies.verdict import Verdict, holds_unless

RULE = Rule(
    id="SP_KMS_4",
    claim="ENC-8",
    title="Master key cannot be deleted, disabled or kept from rotating",
    why="With the key every picture is lost; without rotation every old wrap lives for ever.",
    fix="Retain the key, and deny the four actions to everyone in its policy, without conditions.",
    source="https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html",
    resource_types=("AWS::KMS::Key",),
)

FORBIDDEN = (
    "kms:ScheduleKeyDeletion",
    "kms:DisableKey",
    "kms:DisableKeyRotation",
    "kms:DeleteImportedKeyMaterial",
)


def judge(resource: Resource) -> Verdict:
    """The stack keeps the key when it goes, and the key policy refuses what would lose it."""
    return holds_unless(_problems(resource))


def _problems(resource: Resource) -> Iterator[str]:
    if resource.attribute("DeletionPolicy").text() not in ("Retain", "RetainExceptOnCreate"):
        yield "DeletionPolicy is not Retain"
    if resource.attribute("UpdateReplacePolicy").text() != "Retain":
        yield "UpdateReplacePolicy is not Retain"
    if not resource.at("Enabled").flag(default=True):
        yield "Enabled is false"
    if resource.at("PendingWindowInDays").number(default=30) != 30:
        yield "PendingWindowInDays is not 30"
    denials = [s for s in statements(resource.at("KeyPolicy")) if _denies_everyone(s)]
    for action in FORBIDDEN:
        if not any(statement.covers(action) for statement in denials):
            yield f"the key policy does not deny {action} to everyone"


def _denies_everyone(statement: Statement) -> bool:
    return not statement.allows and ("AWS", "*") in statement.principals and not statement.conditions
