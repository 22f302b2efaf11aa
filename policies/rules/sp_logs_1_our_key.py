"""Logs are encrypted under a key of our own."""

from policies.customer_key import names_our_key
from policies.resource import Resource
from policies.rule import Rule
from policies.verdict import Verdict

RULE = Rule(
    id="SP_LOGS_1",
    claim="ENC-3",
    title="Log group is encrypted under our key",
    why="Logs are a copy of what happened; when our key refuses CloudWatch Logs, nobody can read them.",
    fix="Set KmsKeyId to the ARN of one of our keys.",
    source="https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html",
    resource_types=("AWS::Logs::LogGroup",),
)


def judge(resource: Resource) -> Verdict:
    """KmsKeyId is one of our keys."""
    return names_our_key(resource.at("KmsKeyId"))
