"""Backups are encrypted under a key of our own."""

from policies.customer_key import names_our_key
from policies.resource import Resource
from policies.rule import Rule
from policies.verdict import Verdict

RULE = Rule(
    id="SP_BACKUP_1",
    claim="ENC-3",
    title="Backup vault is encrypted under our key",
    why="A backup is a copy of everything; under Amazon's key nobody's policy guards it.",
    fix="Set EncryptionKeyArn to one of our keys.",
    source="https://docs.aws.amazon.com/aws-backup/latest/devguide/encryption.html",
    resource_types=("AWS::Backup::BackupVault", "AWS::Backup::LogicallyAirGappedBackupVault"),
)


def judge(resource: Resource) -> Verdict:
    """EncryptionKeyArn is one of our keys."""
    return names_our_key(resource.at("EncryptionKeyArn"))
