"""Topics and queues are encrypted under a key of our own."""

from policies.customer_key import names_our_key
from policies.resource import Resource
from policies.rule import Rule
from policies.verdict import Verdict

RULE = Rule(
    id="SP_MSG_1",
    claim="ENC-3",
    title="Topic or queue is encrypted under our key",
    why="A message waits on a disk; a topic has no encryption of its own at all.",
    fix="Set KmsMasterKeyId to one of our keys.",
    source="https://docs.aws.amazon.com/sns/latest/dg/sns-server-side-encryption.html",
    resource_types=("AWS::SNS::Topic", "AWS::SQS::Queue"),
)


def judge(resource: Resource) -> Verdict:
    """KmsMasterKeyId is one of our keys."""
    return names_our_key(resource.at("KmsMasterKeyId"))
