"""Function environments are encrypted under a key of our own."""

from policies.customer_key import names_our_key
from policies.resource import Resource
from policies.rule import Rule
from policies.verdict import DOES_NOT_APPLY, Verdict

RULE = Rule(
    id="SP_LAMBDA_2",
    claim="ENC-3",
    title="Function environment is encrypted under our key",
    why="Environment variables are stored; whoever may read the configuration reads them in the clear.",
    fix="Set KmsKeyArn to one of our keys.",
    source="https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html",
    resource_types=("AWS::Lambda::Function",),
)


def judge(resource: Resource) -> Verdict:
    """A function with variables names our key."""
    if not resource.at("Environment.Variables").present:
        return DOES_NOT_APPLY
    return names_our_key(resource.at("KmsKeyArn"))
