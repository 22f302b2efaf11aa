"""ENV-2: the API is the only way in, and functions have no way to the internet."""

from collections.abc import Iterator

from compliance_tests.checks.by_rules import by_rules
from compliance_tests.checks.fails_closed import fails_closed
from compliance_tests.checks.functions import functions, is_authorizer
from compliance_tests.checks.policy_documents import documents
from compliance_tests.checks.resource_types import unknown_types
from policies.assembly import Assembly
from policies.finding import Finding
from policies.resource import Resource
from policies.statement import Statement
from policies.verdict import HOLDS, broken

_RULES = ("SP_S3_2", "SP_LAMBDA_1", "SP_API_2", "SP_NET_2", "SP_KMS_3", "SP_IAM_4", "SP_MSG_2")
_NEEDS = ("AWS::S3::Bucket", "AWS::ApiGateway::Method", "AWS::Lambda::Function", "AWS::EC2::Subnet")

# An endpoint's policy and the public API's own policy narrow who comes through; they open nothing else.
_NOT_A_DOOR = ("AWS::EC2::VPCEndpoint", "AWS::ApiGateway::RestApi")


@fails_closed
def check(assembly: Assembly) -> tuple[Finding, ...]:
    """No open endpoint, no policy that lets everyone in, no function outside the isolated subnets."""
    return (
        *by_rules(assembly, *_RULES, needs=_NEEDS),
        *unknown_types(assembly),
        *_open_policies(assembly),
        *(_placement(function) for function in functions(assembly)),
    )


def _open_policies(assembly: Assembly) -> Iterator[Finding]:
    for resource, statement in documents(assembly):
        if statement.allows and resource.type not in _NOT_A_DOOR and _lets_everyone_in(statement):
            yield Finding("no-open-policy", resource.place, broken(f"{statement.name} allows everyone"))


def _lets_everyone_in(statement: Statement) -> bool:
    """Everyone, unless the statement is about exactly one named principal."""
    anyone = statement.for_everyone or bool(statement.not_principals)
    named = [
        value
        for operator in ("ArnEquals", "StringEquals")
        for value in statement.condition(operator, "aws:PrincipalArn")
        if not set("*?") & set(value)
    ]
    return anyone and not named


def _placement(function: Resource) -> Finding:
    """Every function is in subnets of ours; the authorizer alone may be outside, for the key set."""
    place = function.place
    if is_authorizer(function):
        return Finding("isolated-function", place, HOLDS)
    subnets = [subnet.reference() for subnet in function.at("VpcConfig.SubnetIds").each()]
    if not subnets:
        return Finding("isolated-function", place, broken("it is in no subnet: it reaches the internet"))
    if any(subnet is None or subnet.resource_type != "AWS::EC2::Subnet" for subnet in subnets):
        return Finding("isolated-function", place, broken("one of its subnets is not made by these stacks"))
    return Finding("isolated-function", place, HOLDS)
