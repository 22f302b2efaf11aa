"""ENV-2: the API is the only way in, and functions have no way to the internet."""

from collections.abc import Iterator

from compliance_tests.checks.access_model import Access, access_of
from compliance_tests.checks.by_rules import by_rules
from compliance_tests.checks.fails_closed import fails_closed
from compliance_tests.checks.functions import functions, is_authorizer
from compliance_tests.checks.resource_types import WAYS_IN, unknown_types
from policies.assembly import Assembly
from policies.finding import Finding
from policies.resource import Resource
from policies.verdict import HOLDS, broken

_RULES = ("SP_S3_2", "SP_LAMBDA_1", "SP_API_2", "SP_NET_2", "SP_KMS_3", "SP_IAM_4", "SP_MSG_2")
_NEEDS = ("AWS::S3::Bucket", "AWS::ApiGateway::Method", "AWS::Lambda::Function", "AWS::EC2::Subnet")

_OUTSIDE = ("anonymous", "federated", "foreign_account")

# With a token of our identity provider a person becomes a session; what that may do is ISO-3.
_SIGNING_IN = ("sts:AssumeRoleWithWebIdentity", "sts:TagSession")


@fails_closed
def check(assembly: Assembly) -> tuple[Finding, ...]:
    """No open endpoint, no request of a stranger is allowed, no function outside the isolated subnets."""
    return (
        *by_rules(assembly, *_RULES, needs=_NEEDS),
        *unknown_types(assembly),
        *_nothing_for_strangers(access_of(assembly)),
        *(_placement(function) for function in functions(assembly)),
    )


def _nothing_for_strangers(access: Access) -> Iterator[Finding]:
    """No request of nobody, of any other account or of any token is allowed on anything but the API."""
    strangers = access.everyone.where(lambda principal: principal.kind in _OUTSIDE, "strangers")
    for resource in access.environment.resources:
        if resource.type not in WAYS_IN:
            signing_in = {"Action": list(_SIGNING_IN)} if resource.type == "AWS::IAM::Role" else None
            yield from access.nobody("no-stranger", strangers, resource, unless=signing_in)


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
