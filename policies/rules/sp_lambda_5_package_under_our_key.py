"""The package of a function lies under a key of our own."""

from policies.customer_key import names_our_key
from policies.resource import Resource
from policies.rule import Rule
from policies.verdict import Verdict, broken

RULE = Rule(
    id="SP_LAMBDA_5",
    claim="ENC-3",
    title="Function package is encrypted under our key",
    why="Lambda keeps a copy of the code; without a key of ours it lies under one of Amazon's.",
    fix="Set Code.SourceKMSKeyArn to one of our keys.",
    source="https://docs.aws.amazon.com/lambda/latest/dg/encrypt-zip-package.html",
    resource_types=("AWS::Lambda::Function",),
)


def judge(resource: Resource) -> Verdict:
    """The package is a zip, and names our key."""
    if resource.at("Code.ImageUri").present:
        return broken("Code.ImageUri is a container image, whose repository has a key of its own")
    return names_our_key(resource.at("Code.SourceKMSKeyArn"))
