"""Functions run on a runtime that gets security updates."""

from policies.resource import Resource
from policies.rule import Rule
from policies.verdict import HOLDS, Verdict, broken

RULE = Rule(
    id="SP_LAMBDA_3",
    claim="ENV-3",
    title="Function runs on a supported runtime",
    why="A runtime past its end gets no fixes for holes that everybody knows.",
    fix="Use a Python runtime of the list in this rule, and leave its updates to AWS.",
    source="https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html",
    resource_types=("AWS::Lambda::Function",),
)

# AWS foresees the end of both for 30 June 2029; one that leaves this list fails the next build.
SUPPORTED = ("python3.13", "python3.14")


def judge(resource: Resource) -> Verdict:
    """A zip function on a listed runtime; an image would be ours to patch."""
    if resource.at("PackageType").text(default="Zip") != "Zip":
        return broken("PackageType is not Zip: nobody but us would patch the image")
    runtime = resource.at("Runtime").text()
    if runtime not in SUPPORTED:
        return broken(f"Runtime is {runtime or 'absent'}, expected one of {', '.join(SUPPORTED)}")
    if resource.at("RuntimeManagementConfig.UpdateRuntimeOn").text(default="Auto") != "Auto":
        return broken("RuntimeManagementConfig.UpdateRuntimeOn is not Auto: updates wait for a person")
    return HOLDS
