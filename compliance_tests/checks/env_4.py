"""ENV-4: each component may do only what it needs; functions hold no permission on data."""

import re
from collections.abc import Iterator, Sequence

from compliance_tests.checks.access_model import access_of
from compliance_tests.checks.by_rules import by_rules
from compliance_tests.checks.fails_closed import fails_closed
from compliance_tests.checks.functions import functions, permissions_of, role_of
from compliance_tests.checks.picture_service import stores_and_keys
from compliance_tests.running import Flow
from local_cloud.decisions import DecidedCall
from policies.assembly import Assembly
from policies.finding import Finding
from policies.resource import Resource
from policies.verdict import Verdict, cannot_tell, holds_unless

# All that an execution role needs: its own log and, in a subnet, the interfaces that Lambda makes for it.
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions
ALLOWED = frozenset(
    {
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "ec2:AssignPrivateIpAddresses",
        "ec2:CreateNetworkInterface",
        "ec2:DeleteNetworkInterface",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSubnets",
        "ec2:DescribeVpcs",
        "ec2:UnassignPrivateIpAddresses",
    }
)

_SESSION = re.compile(r"arn:aws:sts::\d{12}:assumed-role/soulpicks-[a-z0-9-]+-UserData/pictures-[0-9a-f]{32}")


@fails_closed
def check(assembly: Assembly) -> tuple[Finding, ...]:
    """No wildcards, no policy written elsewhere, only logs and a subnet for a function, and no data."""
    return (
        *by_rules(assembly, "SP_IAM_1", "SP_IAM_2", needs=("AWS::Lambda::Function", "AWS::IAM::Role")),
        *(_least(function) for function in functions(assembly)),
        *_no_data(assembly),
    )


def check_run(flow: Flow) -> tuple[Finding, ...]:
    """Every call that reached AWS was a token's exchange, or a person's own; and AWS allows each of them."""
    calls = [decided.call for decided in flow.calls]
    exchanges = [call for call in calls if call.operation == "sts:AssumeRoleWithWebIdentity"]
    others = [call for call in calls if call.operation != "sts:AssumeRoleWithWebIdentity"]
    if len(exchanges) < len(flow.tokens) or not others:
        seen = f"{len(exchanges)} exchanges and {len(others)} other calls seen"
        return (Finding("own-session", flow.name, cannot_tell(seen)),)
    strangers = sorted(
        {f"{c.principal} called {c.operation}" for c in others if not _SESSION.fullmatch(c.principal)}
    )
    return (
        Finding("own-session", flow.name, holds_unless(strangers)),
        Finding("every-call-allowed", flow.name, all_allowed(flow.calls)),
    )


def all_allowed(calls: Sequence[DecidedCall]) -> Verdict:
    """Whether the policies of the templates allow every call, those included that S3 and DynamoDB make."""
    if not calls:
        return cannot_tell("no call was made")
    refused = sorted({decided.reason for decided in calls if decided.denied})
    unknown = sorted({decided.reason for decided in calls if not decided.allowed and not decided.denied})
    if unknown and not refused:
        return cannot_tell("; ".join(unknown))
    return holds_unless(f"AWS would refuse {reason}" for reason in refused)


def _least(function: Resource) -> Finding:
    return Finding("logs-and-subnet-only", function.place, holds_unless(_beyond_need(role_of(function))))


def _beyond_need(role: Resource) -> Iterator[str]:
    for statement in permissions_of(role):
        if statement.allows:
            if statement.not_actions:
                yield f"{statement.name} allows everything but something"
            for action in sorted(set(statement.actions) - ALLOWED):
                yield f"{statement.name} allows {action}"


def _no_data(assembly: Assembly) -> Iterator[Finding]:
    """Whoever grants it: no request of an execution role is allowed on a key or on what holds data."""
    access = access_of(assembly)
    roles = access.all("AWS::IAM::Role")
    for resource in (*stores_and_keys(access), *roles):
        yield from access.nobody("no-data-permission", access.functions, resource)
