"""What a bucket held can be had back."""

from policies.resource import Resource
from policies.rule import Rule
from policies.verdict import Verdict, holds_unless

RULE = Rule(
    id="SP_S3_4",
    claim="ENV-8",
    title="Bucket keeps versions and outlives its stack",
    why="Without versions an overwrite is for ever, and without retention so is a deleted stack.",
    fix="Enable versioning and set DeletionPolicy and UpdateReplacePolicy to Retain.",
    source="https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html",
    resource_types=("AWS::S3::Bucket",),
)


def judge(resource: Resource) -> Verdict:
    """Versioning is on and both policies of the stack retain."""
    problems = []
    if resource.at("VersioningConfiguration.Status").text() != "Enabled":
        problems.append("VersioningConfiguration.Status is not Enabled")
    for attribute in ("DeletionPolicy", "UpdateReplacePolicy"):
        if resource.attribute(attribute).text() not in ("Retain", "RetainExceptOnCreate"):
            problems.append(f"{attribute} is not Retain")
    return holds_unless(problems)
