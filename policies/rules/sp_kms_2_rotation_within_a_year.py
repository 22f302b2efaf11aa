"""Master keys rotate at least once a year."""

from policies.resource import Resource
from policies.rule import Rule
from policies.verdict import HOLDS, Verdict, broken

RULE = Rule(
    id="SP_KMS_2",
    claim="ENC-8",
    title="Master key rotates within a year",
    why="Old material that never ages out keeps every wrap it ever made.",
    fix="Set RotationPeriodInDays to a value from 90 to 365.",
    source="https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html",
    resource_types=("AWS::KMS::Key",),
)


# Settings are held to the same two.
SHORTEST_DAYS, LONGEST_DAYS = 90, 365


def judge(resource: Resource) -> Verdict:
    """KMS takes 365 days when no period is given, and any period from 90 to 2560 otherwise."""
    days = resource.at("RotationPeriodInDays").number(default=365)
    if not SHORTEST_DAYS <= days <= LONGEST_DAYS:
        return broken(f"RotationPeriodInDays is {days}, expected {SHORTEST_DAYS} to {LONGEST_DAYS}")
    return HOLDS
