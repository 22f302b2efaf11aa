"""Tables answer only over TLS."""

from policies.resource import Resource
from policies.rule import Rule
from policies.statement import statements
from policies.verdict import Verdict, broken, holds_unless

RULE = Rule(
    id="SP_DYNAMODB_4",
    claim="ENC-2",
    title="Table refuses requests without TLS",
    why="The service's address also answers over plain HTTP.",
    fix="Deny dynamodb:* to everyone in ResourcePolicy where aws:SecureTransport is false.",
    source="https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/rbac-examples.html",
    resource_types=("AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable"),
)

# What a session of ours may do with a row; a denial must cover each of these.
_ACTIONS = (
    "GetItem",
    "PutItem",
    "UpdateItem",
    "DeleteItem",
    "Query",
    "Scan",
    "BatchGetItem",
    "BatchWriteItem",
)


def judge(resource: Resource) -> Verdict:
    """The table's own policy holds the denial; the policy of a replica is judged for each replica."""
    own = resource.type == "AWS::DynamoDB::Table"
    copies = (resource.properties,) if own else resource.at("Replicas").each()
    if not copies:
        return broken("it has no replica")
    problems = []
    for copy in copies:
        denials = [
            s
            for s in statements(copy.at("ResourcePolicy.PolicyDocument"))
            if not s.allows
            and ("AWS", "*") in s.principals
            and s.condition_keys() == {"aws:securetransport"}
            and s.condition("Bool", "aws:SecureTransport") == ("false",)
        ]
        for action in _ACTIONS:
            if not any(s.covers(f"dynamodb:{action}") for s in denials):
                problems.append(f"{copy.path} does not deny dynamodb:{action} without TLS")
    return holds_unless(problems)
