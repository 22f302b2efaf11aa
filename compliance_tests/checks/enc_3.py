"""ENC-3: everything stored is encrypted under a key of our own."""

from compliance_tests.checks.by_rules import by_rules
from compliance_tests.checks.resource_types import STORES, unknown_types
from policies.assembly import Assembly
from policies.finding import Finding

_NEEDS = ("AWS::S3::Bucket", "AWS::DynamoDB::Table", "AWS::Logs::LogGroup", "AWS::Lambda::Function")


def check(assembly: Assembly) -> tuple[Finding, ...]:
    """Every store of every type names one of our keys; a type that nobody has looked at is a question."""
    rules = sorted({rule for rules in STORES.values() for rule in rules})
    return (*by_rules(assembly, *rules, needs=_NEEDS), *unknown_types(assembly))
