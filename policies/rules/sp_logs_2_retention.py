"""Logs end."""

from policies.resource import Resource
from policies.rule import Rule
from policies.verdict import HOLDS, Verdict, broken

RULE = Rule(
    id="SP_LOGS_2",
    claim="PRI-1",
    title="Log group has a retention",
    why="A log group without one keeps everything for ever.",
    fix="Set RetentionInDays to at most 731 days.",
    source="https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html",
    resource_types=("AWS::Logs::LogGroup",),
)

# Settings are held to the same.
LONGEST_DAYS = 731


def judge(resource: Resource) -> Verdict:
    """A retention is set, and it is at most two years."""
    days = resource.at("RetentionInDays").number(default=0)
    if days == 0:
        return broken("RetentionInDays is absent: the logs are kept for ever")
    if days > LONGEST_DAYS:
        return broken(f"RetentionInDays is {days}, expected at most {LONGEST_DAYS}")
    return HOLDS
