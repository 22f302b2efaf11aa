"""Tables can be brought back to any second of their recovery period: 35 days, or what the table says."""

from policies.resource import Resource
from policies.rule import Rule
from policies.verdict import Verdict, broken, holds_unless

RULE = Rule(
    id="SP_DYNAMODB_2",
    claim="ENV-8",
    title="Table can be recovered to a point in time",
    why="A wrong write is copied to every zone within a second; only history undoes it.",
    fix="Enable PointInTimeRecovery; in a GlobalTable for every replica.",
    source="https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Point-in-time-recovery.html",
    resource_types=("AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable"),
)


def judge(resource: Resource) -> Verdict:
    """The setting is on for the table, or for each replica of a global one."""
    own = resource.type == "AWS::DynamoDB::Table"
    copies = (resource.properties,) if own else resource.at("Replicas").each()
    if not copies:
        return broken("it has no replica")
    return holds_unless(
        f"{copy.path}: PointInTimeRecoveryEnabled is off"
        for copy in copies
        if not copy.at("PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled").flag(default=False)
    )
