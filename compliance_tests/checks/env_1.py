"""ENV-1: everything runs on managed serverless services."""

from compliance_tests.checks.by_rules import by_rules
from compliance_tests.checks.resource_types import unknown_types
from policies.assembly import Assembly
from policies.finding import Finding
from policies.verdict import HOLDS


def check(assembly: Assembly) -> tuple[Finding, ...]:
    """No resource is a machine of ours, and every type is one that somebody has looked at."""
    findings = (*by_rules(assembly, "SP_NET_1"), *unknown_types(assembly))
    return findings or (Finding("known-types", assembly.name, HOLDS),)
