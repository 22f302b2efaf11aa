"""Nothing is kept in a parameter store but the number of the bootstrap."""

from policies.resource import Resource
from policies.rule import Rule
from policies.verdict import Verdict, holds_unless

RULE = Rule(
    id="SP_SSM_1",
    claim="ENC-3",
    title="A parameter of Systems Manager holds the bootstrap's version and nothing else",
    why="CloudFormation makes no parameter under a key of ours: SecureString is not among its types.",
    fix="Keep content in a store under a key of our own, and settings in the template.",
    source="https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ssm-parameter.html",
    resource_types=("AWS::SSM::Parameter",),
)


def judge(resource: Resource) -> Verdict:
    """Its name is the one that the CDK reads, and its value is a number."""
    name, value = resource.at("Name").text(), resource.at("Value").text()
    problems = []
    if not (name.startswith("/cdk-bootstrap/") and name.endswith("/version")):
        problems.append(f"Name is {name!r}, expected /cdk-bootstrap/<qualifier>/version")
    if not value.isdecimal():
        problems.append("Value is not a number")
    return holds_unless(problems)
