"""Whether the daily copies are really made, and really go."""

from __future__ import annotations

from constructs import Construct

from stacks.constructs.alarm import Alarm, AlarmProps
from stacks.constructs.alarm_topic import AlarmTopic
from stacks.constructs.backup_vault import BackupVault

# https://docs.aws.amazon.com/aws-backup/latest/devguide/cloudwatch.html
TROUBLES = {
    "NumberOfBackupJobsAborted": "A copy of a table was cancelled.",
    "NumberOfBackupJobsExpired": "A copy of a table did not begin within its start window.",
    "NumberOfBackupJobsFailed": "A copy of a table failed.",
    "NumberOfRecoveryPointsExpired": "A copy of a table is past its time and could not be deleted.",
    "NumberOfRecoveryPointsPartial": "A copy of a table was begun and not finished.",
}


class BackupWatch(Construct):
    """Promises ENV-8, PRI-1: a copy that is not made, or that outlives its time, raises an alarm."""

    def __init__(self, scope: Construct, construct_id: str, *, vault: BackupVault, topic: AlarmTopic) -> None:
        super().__init__(scope, construct_id)
        of_the_vault = {"BackupVaultName": vault.name}
        for metric, description in TROUBLES.items():
            Alarm(
                self,
                metric.removeprefix("NumberOf"),
                AlarmProps(
                    topic=topic,
                    description=description,
                    namespace="AWS/Backup",
                    metric=metric,
                    dimensions=of_the_vault,
                ),
            )
        # What nobody started fails nowhere. Until the first copy is made this alarm is on, and rightly.
        Alarm(
            self,
            "NoneCompleted",
            AlarmProps(
                topic=topic,
                description=f"No copy of a table was completed for {vault.longest_gap_hours} hours.",
                namespace="AWS/Backup",
                metric="NumberOfBackupJobsCompleted",
                dimensions=of_the_vault,
                period_seconds=3600,
                periods=vault.longest_gap_hours,
                missing=True,
            ),
        )
