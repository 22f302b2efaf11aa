"""A permission names its actions and its resources."""

import re
from collections.abc import Iterator

from policies.holders import gives_nothing, holders
from policies.resource import Resource
from policies.rule import Rule
from policies.service_reference import works_without_a_resource
from policies.statement import IDENTITY_POLICY_TYPES, Statement, identity_statements, statements
from policies.verdict import DOES_NOT_APPLY, Verdict, holds_unless

RULE = Rule(
    id="SP_IAM_2",
    claim="ENV-4",
    title="No wildcard action, and no wildcard resource that AWS does not demand",
    why="A wildcard grants what nobody thought of, and what AWS adds next year.",
    fix="List the actions; name the resource, up to a wildcard for what lies inside it.",
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege",
    resource_types=IDENTITY_POLICY_TYPES,
)

_INTERFACE_ACTIONS = (
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:UnassignPrivateIpAddresses",
)

# AWS makes up the name of each copy in a vault; the account and the region are all that is known beforehand.
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsbackup.html#awsbackup-resources-for-iam-policies
_NAMED_BY_AWS = re.compile(
    r"arn:aws:backup:([a-z]+-[a-z-]+-[1-9]|\$\{AWS::Region\}):(\d{12}|\$\{AWS::AccountId\}):recovery-point:\*"
)


# SNS and SQS have no type before the name, and S3 neither.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-arn-format.html
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsns.html#amazonsns-resources-for-iam-policies
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsqs.html#amazonsqs-resources-for-iam-policies
_WITHOUT_A_TYPE = ("s3", "sns", "sqs")

# Who makes a resource cannot name it, where AWS makes up its id: then the type is all that can be said.
_BY_ITS_TYPE = re.compile(r"arn:aws:[a-z0-9-]+:[^:*?]*:[^:*?]*:(/?[a-z-]+[/:]\*)+")


def judge(resource: Resource) -> Verdict:
    """Only Allow statements count: a Deny is safest when it is wide.

    A managed policy that is attached to nobody gives nothing: it is a boundary.
    """
    allows = [statement for statement in identity_statements(resource) if statement.allows]
    if not allows or gives_nothing(resource):
        return DOES_NOT_APPLY
    withheld = _withheld_from_code([s for s in identity_statements(resource) if not s.allows])
    makes = all(_is_for_cloudformation(holder) for holder in holders(resource))
    return holds_unless(problem for statement in allows for problem in _problems(statement, withheld, makes))


def _is_for_cloudformation(holder: Resource | None) -> bool:
    """Whether CloudFormation alone takes the role: it makes what it is allowed."""
    if holder is None or holder.type != "AWS::IAM::Role":
        return False
    trusted = {p for s in statements(holder.at("AssumeRolePolicyDocument")) if s.allows for p in s.principals}
    return trusted == {("Service", "cloudformation.amazonaws.com")}


def _withheld_from_code(denials: list[Statement]) -> frozenset[str]:
    """The interface actions that a policy denies to the function's own code, so that only Lambda has them.

    Lambda makes, lists and removes interfaces whose names nobody knows beforehand, with this role.
    Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-best-practice
    """
    for_code = [
        s
        for s in denials
        if s.condition_keys() == {"lambda:sourcefunctionarn"}
        and s.condition("ArnEquals", "lambda:SourceFunctionArn")
        and "*" in s.resources
    ]
    return frozenset(action for action in _INTERFACE_ACTIONS if any(s.covers(action) for s in for_code))


def _problems(statement: Statement, withheld: frozenset[str], makes: bool) -> Iterator[str]:
    if statement.not_actions or statement.not_resources:
        yield f"{statement.name} allows everything but something"
    for action in statement.actions:
        if "*" in action or "?" in action:
            yield f"{statement.name} allows {action}"
    for resource in statement.resources:
        if makes and _BY_ITS_TYPE.fullmatch(resource):
            continue
        if not _names_something(resource) and not _NAMED_BY_AWS.fullmatch(resource):
            justified = [a for a in statement.actions if a in withheld or works_without_a_resource(a)]
            needless = [action for action in statement.actions if action not in justified]
            if needless:
                yield f"{statement.name} allows {', '.join(needless)} on {resource}"


def _names_something(resource: str) -> bool:
    """Whether the pattern fixes a resource: a name of a stack, or more than a type before any wildcard."""
    fixed = resource.split("*", 1)[0].split("?", 1)[0]
    if fixed.startswith("${") and not fixed.startswith("${AWS::"):
        return True
    segments = re.sub(r"\$\{AWS::(\w+)\}", r"\1", fixed).split(":", 5)
    if len(segments) < 6:
        return False
    names = [name for name in re.split("[:/]", segments[5]) if name]
    return len(names) > (0 if segments[2] in _WITHOUT_A_TYPE or fixed == resource else 1)
