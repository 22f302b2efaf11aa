"""ENV-4: each component may do only what it needs; functions hold no permission on data."""

import re
from collections.abc import Iterator

from compliance_tests.checks.by_rules import by_rules
from compliance_tests.checks.fails_closed import fails_closed
from compliance_tests.checks.functions import functions, name_of, permissions_of, role_of
from compliance_tests.checks.policy_documents import documents
from compliance_tests.running import Flow
from policies.assembly import Assembly
from policies.finding import Finding
from policies.resource import Resource
from policies.verdict import cannot_tell, holds_unless

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

_SESSION = re.compile(r"arn:aws:sts::\d{12}:assumed-role/soulpicks-[a-z]+-UserData/pictures-[0-9a-f]{32}")


@fails_closed
def check(assembly: Assembly) -> tuple[Finding, ...]:
    """No wildcards, no policy written elsewhere, and nothing but logs and a subnet for any function."""
    return (
        *by_rules(assembly, "SP_IAM_1", "SP_IAM_2", needs=("AWS::Lambda::Function", "AWS::IAM::Role")),
        *(_no_data(function) for function in functions(assembly)),
    )


def check_run(flow: Flow) -> tuple[Finding, ...]:
    """Every call that reached AWS was a token's exchange, or was made by a person's own session."""
    exchanges = [call for call in flow.calls if call.operation == "sts:AssumeRoleWithWebIdentity"]
    others = [call for call in flow.calls if call.operation != "sts:AssumeRoleWithWebIdentity"]
    if len(exchanges) < len(flow.tokens) or not others:
        seen = f"{len(exchanges)} exchanges and {len(others)} other calls seen"
        return (Finding("own-session", flow.name, cannot_tell(seen)),)
    strangers = sorted(
        {f"{c.principal} called {c.operation}" for c in others if not _SESSION.fullmatch(c.principal)}
    )
    return (Finding("own-session", flow.name, holds_unless(strangers)),)


def _no_data(function: Resource) -> Finding:
    role = role_of(function)
    problems = [*_own_permissions(role), *_given_by_others(role)]
    return Finding("no-data-permission", function.place, holds_unless(problems))


def _own_permissions(role: Resource) -> Iterator[str]:
    for statement in permissions_of(role):
        if statement.allows:
            if statement.not_actions:
                yield f"{statement.name} allows everything but something"
            for action in sorted(set(statement.actions) - ALLOWED):
                yield f"{statement.name} allows {action}"


def _given_by_others(role: Resource) -> Iterator[str]:
    """A key, bucket, table or role that lets the execution role in would be a permission just the same."""
    marks = (f"${{{role.template.name}/{role.logical_id}.Arn}}", f":role/{name_of(role)}")
    for resource, statement in documents(role.template.assembly):
        named = [value for _, value in statement.principals]
        for operator, keys in statement.conditions.items():
            if "Not" not in operator:
                named += [
                    v for key, values in keys.items() if key.lower() == "aws:principalarn" for v in values
                ]
        if statement.allows and any(mark in value for mark in marks for value in named):
            yield f"{statement.name} of {resource.construct_path} lets it in"
