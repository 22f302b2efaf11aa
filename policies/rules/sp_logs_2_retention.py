"""Logs end."""

from policies.resource import Resource
from policies.rule import Rule
from policies.verdict import HOLDS, Verdict, broken

RULE = Rule(
    id="SP_LOGS_2",
    claim="PRI-1",
    title="Log group has a retention",
    why="A log group without one keeps everything for ever. A retention policy of the account overrides "
    "the group's own, and the longest one counts.",
    fix="Set RetentionInDays to at most 731 days, and set no retention for the account.",
    source="https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html",
    resource_types=("AWS::Logs::LogGroup", "AWS::Logs::AccountPolicy"),
)

# Settings are held to the same.
LONGEST_DAYS = 731


def judge(resource: Resource) -> Verdict:
    """A retention is set, it is at most two years, and no policy of the account overrides it.

    https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutAccountPolicy.html
    """
    if resource.type == "AWS::Logs::AccountPolicy":
        overrides = resource.at("PolicyType").text() == "RETENTION_POLICY"
        return broken("it overrides the retention of every log group") if overrides else HOLDS
    days = resource.at("RetentionInDays").number(default=0)
    if days == 0:
        return broken("RetentionInDays is absent: the logs are kept for ever")
    if days > LONGEST_DAYS:
        return broken(f"RetentionInDays is {days}, expected at most {LONGEST_DAYS}")
    return HOLDS
