"""ENC-8: the master key rotates, and nobody can turn it off or delete the key."""

from collections.abc import Iterator

from compliance_tests.checks.access_model import access_of
from compliance_tests.checks.by_rules import by_rules
from compliance_tests.checks.fails_closed import fails_closed
from policies.assembly import Assembly
from policies.finding import Finding

# What ends a key, or what ends its becoming another one each year.
# https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html
ENDING = (
    "kms:DeleteImportedKeyMaterial",
    "kms:DisableKey",
    "kms:DisableKeyRotation",
    "kms:ScheduleKeyDeletion",
)


@fails_closed
def check(assembly: Assembly) -> tuple[Finding, ...]:
    """Rotation is on, within a year, for every key, and nobody at all can end it, the root user included."""
    rules = by_rules(assembly, "SP_KMS_1", "SP_KMS_2", "SP_KMS_4", needs=("AWS::KMS::Key",))
    return (*rules, *_nobody_ends_a_key(assembly))


def _nobody_ends_a_key(assembly: Assembly) -> Iterator[Finding]:
    access = access_of(assembly)
    for key in access.all("AWS::KMS::Key"):
        yield from access.nobody("nobody-ends-a-key", access.everyone, key, can=ENDING)
