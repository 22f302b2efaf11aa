"""ENC-1: apps talk to the API over TLS 1.2 or newer, with current suites only, on our domain only."""

from compliance_tests.checks.by_rules import by_rules
from compliance_tests.checks.resource_types import WAYS_IN, unknown_types
from policies.assembly import Assembly
from policies.finding import Finding


def check(assembly: Assembly) -> tuple[Finding, ...]:
    """The API and its domain have the strong policy, the default address is off, nothing else answers."""
    return (*by_rules(assembly, "SP_API_1", "SP_API_4", needs=WAYS_IN), *unknown_types(assembly))
