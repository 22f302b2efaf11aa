"""A topic that could not tell somebody raises an alarm."""

from policies.heard import has_an_alarm
from policies.resource import Resource
from policies.rule import Rule
from policies.verdict import HOLDS, Verdict, broken

RULE = Rule(
    id="SP_ALARM_3",
    claim="ENV-8",
    title="Undelivered notifications raise an alarm",
    why="An address that refuses messages is otherwise found when its alarm was needed.",
    fix="Put an alarm on the topic's NumberOfNotificationsFailed, on a topic with more than one address.",
    source="https://docs.aws.amazon.com/sns/latest/dg/sns-monitoring-using-cloudwatch.html",
    resource_types=("AWS::SNS::Topic",),
)


def judge(resource: Resource) -> Verdict:
    """An alarm that a person hears looks at the failed deliveries of this topic."""
    if has_an_alarm(resource, "AWS/SNS", "NumberOfNotificationsFailed", "TopicName"):
        return HOLDS
    return broken("no alarm that a person hears looks at its NumberOfNotificationsFailed")
