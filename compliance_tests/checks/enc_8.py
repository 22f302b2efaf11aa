"""ENC-8: the master key rotates, and nobody can turn it off or delete the key."""

from compliance_tests.checks.by_rules import by_rules
from policies.assembly import Assembly
from policies.finding import Finding


def check(assembly: Assembly) -> tuple[Finding, ...]:
    """Rotation is on, within a year, for every key, and the key policy refuses what would end it."""
    return by_rules(assembly, "SP_KMS_1", "SP_KMS_2", "SP_KMS_4", needs=("AWS::KMS::Key",))
