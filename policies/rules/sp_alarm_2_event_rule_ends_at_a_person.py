"""Every rule of EventBridge is sent to a person, and a person is told when it was not."""

from collections.abc import Iterator

from policies.heard import has_an_alarm, referred, unheard
from policies.node import Node
from policies.resource import Resource
from policies.rule import Rule
from policies.verdict import Verdict, broken, holds_unless

RULE = Rule(
    id="SP_ALARM_2",
    claim="ENV-8",
    title="Event rule ends at a person, and its own failure is noticed",
    why="A rule that may not publish fails silently: EventBridge drops the event.",
    fix="Send to a topic with a subscriber; with a role when the topic has a key; with a dead-letter queue; "
    "with alarms on FailedInvocations and on the messages in that queue.",
    source="https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html",
    resource_types=("AWS::Events::Rule",),
)

_STATES = ("ENABLED", "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS")


def judge(resource: Resource) -> Verdict:
    """The rule is on, and each of its targets is heard, or its failure is."""
    targets = resource.at("Targets").each()
    if not targets:
        return broken("it has no target")
    return holds_unless([*_problems(resource), *(p for target in targets for p in _of_target(target))])


def _problems(rule: Resource) -> Iterator[str]:
    state = rule.at("State").text(default="ENABLED")
    if state not in _STATES:
        yield f"State is {state}"
    if not has_an_alarm(rule, "AWS/Events", "FailedInvocations", "RuleName"):
        yield "no alarm looks at its FailedInvocations"


def _of_target(target: Node) -> Iterator[str]:
    if reason := unheard(target.at("Arn")):
        yield reason
    topic = referred(target.at("Arn"))
    # EventBridge cannot satisfy the source keys that the key of an encrypted topic should demand of it.
    # https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
    if topic and topic.at("KmsMasterKeyId").present and not target.at("RoleArn").present:
        yield f"{target.path} has no RoleArn for the encrypted topic {topic.logical_id}"
    queue = referred(target.at("DeadLetterConfig.Arn"))
    if queue is None or queue.type != "AWS::SQS::Queue":
        yield f"{target.path} has no dead-letter queue of these stacks"
    elif not has_an_alarm(queue, "AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName"):
        yield f"no alarm looks at the messages in {queue.logical_id}"
