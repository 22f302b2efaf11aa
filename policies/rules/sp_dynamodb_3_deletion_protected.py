"""Tables cannot be deleted by mistake."""

from policies.resource import Resource
from policies.rule import Rule
from policies.verdict import Verdict, broken, holds_unless

RULE = Rule(
    id="SP_DYNAMODB_3",
    claim="ENV-8",
    title="Table is protected against deletion",
    why="A deleted table takes every wrap with it, and with the wraps every picture.",
    fix="Set DeletionProtectionEnabled (every replica of a GlobalTable) and retain the table.",
    source="https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/WorkingWithTables.Basics.html",
    resource_types=("AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable"),
)


def judge(resource: Resource) -> Verdict:
    """Protection is on for every copy and both policies of the stack retain."""
    own = resource.type == "AWS::DynamoDB::Table"
    copies = (resource.properties,) if own else resource.at("Replicas").each()
    if not copies:
        return broken("it has no replica")
    problems = [
        f"{copy.path}: DeletionProtectionEnabled is off"
        for copy in copies
        if not copy.at("DeletionProtectionEnabled").flag(default=False)
    ]
    for attribute in ("DeletionPolicy", "UpdateReplacePolicy"):
        if resource.attribute(attribute).text() not in ("Retain", "RetainExceptOnCreate"):
            problems.append(f"{attribute} is not Retain")
    return holds_unless(problems)
