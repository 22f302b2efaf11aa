"""A role that an AWS service takes says for whom the service may take it."""

from collections.abc import Iterator

from policies.resource import Resource
from policies.rule import Rule
from policies.statement import Statement, statements
from policies.verdict import DOES_NOT_APPLY, Verdict, holds_unless

RULE = Rule(
    id="SP_IAM_7",
    claim="ENV-2",
    title="Service takes a role for our own account only",
    why="A service acts for all its customers; somebody else could have it act with our role.",
    fix="Demand aws:SourceAccount (or aws:SourceArn, aws:SourceOrgID) with our own value.",
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html#cross-service-confused-deputy-prevention",
    resource_types=("AWS::IAM::Role",),
)

# Services of which no page of AWS says that they tell for whom they take a role. Each has AWS's page on this
# very role, whose trust policy asks for no source: a condition on an absent key would stop the service.
# What is left of the risk is small: "You can only use the PassRole permission to pass an IAM role to a
# service that shares the same AWS account".
# https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
WITHOUT_A_SOURCE = {
    # "AWS::ApiGateway::Account", whose example is the role that writes the logs.
    "apigateway.amazonaws.com": "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-account.html",
    # The page on service roles; CDK's own bootstrap makes such a role without a source too.
    "cloudformation.amazonaws.com": "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-iam-servicerole.html",
    # "This execution role must be in the same account as the event bus."
    "events.amazonaws.com": "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-cross-account.html",
}

# Each holds only when the key is there; with IfExists, or negated, an absent key would pass.
_EXACT = ("StringEquals", "StringLike", "ArnEquals", "ArnLike")


def judge(resource: Resource) -> Verdict:
    """Every Allow for a service names the account, the resource or the organization that it acts for."""
    by_service = [
        statement
        for statement in statements(resource.at("AssumeRolePolicyDocument"))
        if statement.allows and any(kind == "Service" for kind, _ in statement.principals)
    ]
    if not by_service:
        return DOES_NOT_APPLY
    return holds_unless(problem for statement in by_service for problem in _problems(statement))


def _problems(statement: Statement) -> Iterator[str]:
    services = sorted(value for kind, value in statement.principals if kind == "Service")
    if set(services) <= WITHOUT_A_SOURCE.keys() or _bound(statement):
        return
    yield f"{statement.name} lets {', '.join(services)} take the role for any account"


def _bound(statement: Statement) -> bool:
    return any(
        values and all(_names_one_account(key, value) for value in values)
        for operator in _EXACT
        for key in ("aws:SourceAccount", "aws:SourceArn", "aws:SourceOrgID")
        if (values := statement.condition(operator, key))
    )


def _names_one_account(key: str, value: str) -> bool:
    """Whether the value holds for one account or organization: an ARN may leave only its resource open."""
    fixed = value.split(":", 5)[4] if key == "aws:SourceArn" and value.count(":") >= 5 else value
    return bool(fixed) and not {"*", "?"} & set(fixed)
