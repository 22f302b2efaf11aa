"""Every alarm is sent to a person."""

from policies.heard import silent
from policies.resource import Resource
from policies.rule import Rule
from policies.verdict import HOLDS, Verdict, broken

RULE = Rule(
    id="SP_ALARM_1",
    claim="ENV-8",
    title="Alarm ends at a person",
    why="An alarm without an action, or on a topic without a subscriber, tells nobody.",
    fix="Name a topic in AlarmActions to which an address, a phone or a pager is subscribed unfiltered.",
    source="https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-actions.html",
    resource_types=("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"),
)


def judge(resource: Resource) -> Verdict:
    """Actions are enabled, and one of them is a topic that a person is subscribed to."""
    reason = silent(resource)
    return broken(reason) if reason else HOLDS
