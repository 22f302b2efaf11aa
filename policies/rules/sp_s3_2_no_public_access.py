"""No bucket can be made public."""

from policies.resource import Resource
from policies.rule import Rule
from policies.verdict import Verdict, holds_unless

RULE = Rule(
    id="SP_S3_2",
    claim="ENV-2",
    title="Bucket blocks every kind of public access",
    why="One wrong list or policy would open the bucket to everyone.",
    fix="Set all four settings of PublicAccessBlockConfiguration, and BucketOwnerEnforced.",
    source="https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html",
    resource_types=("AWS::S3::Bucket",),
)

_SETTINGS = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")


def judge(resource: Resource) -> Verdict:
    """All four settings are on, no website is served, and access lists are off altogether."""
    block = resource.at("PublicAccessBlockConfiguration")
    problems = [f"{setting} is off" for setting in _SETTINGS if not block.at(setting).flag(default=False)]
    owners = [rule.at("ObjectOwnership").text() for rule in resource.at("OwnershipControls.Rules").each()]
    if owners != ["BucketOwnerEnforced"]:
        problems.append("ObjectOwnership is not BucketOwnerEnforced")
    if resource.at("WebsiteConfiguration").present:
        problems.append("it serves a website")
    return holds_unless(problems)
