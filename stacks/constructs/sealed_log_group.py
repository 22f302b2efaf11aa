"""A log group under our key, kept for a settled time."""

from __future__ import annotations

from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_logs as logs
from constructs import Construct

from stacks.constructs.master_key import MasterKey
from stacks.settings import RETENTION_DAYS

# AWS's reference has no resource for `logs:DescribeLogGroups`; its page on logs of services: `log-group:*`.
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-CWL.html
ANY_LOG_GROUP = (
    "finding log groups is a question about all of them, which AWS answers with names and settings, no lines"
)


@dataclass(frozen=True, kw_only=True)
class SealedLogGroupProps:
    """The key, the retention, and a name only where a service insists on one."""

    operations_key: MasterKey
    retention_days: int
    log_group_name: str | None = None

    def __post_init__(self) -> None:
        if self.retention_days not in RETENTION_DAYS:
            raise ValueError(f"retention_days must be one of {RETENTION_DAYS}, got {self.retention_days}")


class SealedLogGroup(Construct):
    """Promise ENC-3: what is logged lies under our key, and goes when its time is over."""

    def __init__(self, scope: Construct, construct_id: str, props: SealedLogGroupProps) -> None:
        super().__init__(scope, construct_id)
        self.resource = logs.CfnLogGroup(
            self,
            "Default",
            kms_key_id=props.operations_key.arn,
            retention_in_days=props.retention_days,
            log_group_name=props.log_group_name,
        )
        self.resource.apply_removal_policy(cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
        self.name = self.resource.ref
        # With everything in it (`:*`), as `logs:PutLogEvents` names its resource.
        self.arn_of_streams = self.resource.attr_arn

    @property
    def arn(self) -> str:
        """The group's ARN without the trailing `:*`, as destinations of other services want it."""
        stack = cdk.Stack.of(self)
        return f"arn:aws:logs:{stack.region}:{stack.account}:log-group:{self.name}"
