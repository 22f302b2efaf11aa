"""Master keys rotate by themselves."""

from policies.resource import Resource
from policies.rule import Rule
from policies.verdict import HOLDS, Verdict, broken

RULE = Rule(
    id="SP_KMS_1",
    claim="ENC-8",
    title="Master key rotates by itself",
    why="A rotation that a person has to remember does not happen.",
    fix="Set EnableKeyRotation to true.",
    source="https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html",
    resource_types=("AWS::KMS::Key",),
)


def judge(resource: Resource) -> Verdict:
    """KMS rotates only symmetric keys of its own material; any other kind of key is broken here too."""
    if resource.at("KeySpec").text(default="SYMMETRIC_DEFAULT") != "SYMMETRIC_DEFAULT":
        return broken("KeySpec is not SYMMETRIC_DEFAULT: KMS cannot rotate it")
    if resource.at("Origin").text(default="AWS_KMS") != "AWS_KMS":
        return broken("Origin is not AWS_KMS: KMS cannot rotate it")
    if not resource.at("EnableKeyRotation").flag(default=False):
        return broken("EnableKeyRotation is off")
    return HOLDS
