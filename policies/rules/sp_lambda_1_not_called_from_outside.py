"""Functions are reached through the API and by nothing else."""

from policies.resource import Resource
from policies.rule import Rule
from policies.verdict import HOLDS, Verdict, broken

RULE = Rule(
    id="SP_LAMBDA_1",
    claim="ENV-2",
    title="Function cannot be called from outside",
    why="A function URL or an open permission is a second door beside the API, without its lock.",
    fix="Remove the URL; give lambda:InvokeFunction to one service, for one SourceArn.",
    source="https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html",
    resource_types=("AWS::Lambda::Url", "AWS::Lambda::Permission", "AWS::Lambda::LayerVersionPermission"),
)


def judge(resource: Resource) -> Verdict:
    """No URL at all; a permission names a service and the ARN it may call for."""
    if resource.type == "AWS::Lambda::Url":
        return broken("a function URL is an endpoint of its own")
    principal = resource.at("Principal").text()
    if not principal.endswith(".amazonaws.com"):
        return broken(f"Principal is {principal or 'absent'}, expected an AWS service")
    source = resource.at("SourceArn").text()
    if source.strip("*") == "":
        return broken(f"{principal} may call it for any resource of any account: SourceArn is absent")
    if resource.at("FunctionUrlAuthType").present:
        return broken("it opens a function URL")
    return HOLDS
