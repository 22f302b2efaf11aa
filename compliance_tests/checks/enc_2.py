"""ENC-2: traffic inside the cloud is encrypted."""

from compliance_tests.checks.by_rules import by_rules
from policies.assembly import Assembly
from policies.finding import Finding

_NEEDS = ("AWS::S3::Bucket", "AWS::DynamoDB::Table", "AWS::Lambda::Function")


def check(assembly: Assembly) -> tuple[Finding, ...]:
    """Every bucket, table, topic and queue refuses plain requests; no function is told to make one."""
    return by_rules(assembly, "SP_S3_3", "SP_DYNAMODB_4", "SP_MSG_2", "SP_LAMBDA_4", needs=_NEEDS)
