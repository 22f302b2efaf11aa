"""Events that a person should hear about, and the way that they take to the alarm topic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks.constructs.acknowledge import INLINE_POLICY, acknowledge
from stacks.constructs.alarm import Alarm, AlarmProps
from stacks.constructs.alarm_queue import AlarmQueue
from stacks.constructs.alarm_topic import AlarmTopic
from stacks.constructs.master_key import MasterKey
from stacks.constructs.statement import allow, policy, service
from stacks.identities import Identities


class EventPath(Construct):
    """Promise ENV-8: EventBridge publishes with a role of ours; what it cannot deliver waits and is noticed.

    Without a role the call is EventBridge's own, and for that the key of an encrypted topic cannot demand
    `aws:SourceAccount`, `aws:SourceArn` or `aws:SourceOrgID`: the key would be open to every account's rules.
    https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
    That topics take a role is the announcement of March 2025. AWS's guide has one text that allows it, and
    one that says that SNS targets use no role; no copy that we read has a date.
    The first deployment shows it: what cannot be published waits in the queue and raises an alarm, and
    CloudWatch, which reports that, needs no role.
    https://aws.amazon.com/about-aws/whats-new/2025/03/amazon-eventbridge-iam-execution-role-all-targets/
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-iam-roles.html
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        topic: AlarmTopic,
        operations_key: MasterKey,
        identities: Identities,
    ) -> None:
        super().__init__(scope, construct_id)
        self.topic = topic
        self.account, self.region = identities.account, identities.region
        self.undelivered = AlarmQueue(
            self, "Undelivered", operations_key=operations_key, identities=identities
        )
        role = iam.CfnRole(
            self,
            "Role",
            role_name=identities.event_alarms_name,
            description="Lets the rules of EventBridge publish to the alarm topic.",
            # No source key: AWS's example has none, and whether EventBridge sends one here is not documented.
            # A rule takes roles of its own account only, from whoever may pass them.
            # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-cross-account.html
            assume_role_policy_document=policy(
                allow("Rules", to=service("events"), can="sts:AssumeRole", on=None)
            ),
            policies=[
                {
                    "policyName": "PublishToTheAlarmTopic",
                    "policyDocument": policy(
                        allow("Publish", can="sns:Publish", on=topic.arn),
                        # https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#sns-what-permissions-for-sse
                        allow(
                            "UseItsKey",
                            can=["kms:Decrypt", "kms:GenerateDataKey"],
                            on=operations_key.arn,
                            where={
                                "StringEquals": {
                                    "kms:ViaService": f"sns.{identities.region}.amazonaws.com",
                                    "kms:EncryptionContext:aws:sns:topicArn": topic.arn,
                                }
                            },
                        ),
                    ),
                }
            ],
        )
        acknowledge(role, INLINE_POLICY)
        self.role_arn = role.attr_arn
        Alarm(
            self,
            "UndeliveredAlarm",
            AlarmProps(
                topic=topic,
                description="An event that people should hear about was not delivered; it waits in a queue.",
                namespace="AWS/SQS",
                metric="ApproximateNumberOfMessagesVisible",
                dimensions={"QueueName": self.undelivered.name},
                statistic="Maximum",
            ),
        )


@dataclass(frozen=True, kw_only=True)
class EventAlarmProps:
    """Which events, or when; exactly one of the two."""

    path: EventPath
    description: str
    pattern: Mapping[str, Any] | None = None
    schedule: str | None = None

    def __post_init__(self) -> None:
        if (self.pattern is None) == (self.schedule is None):
            raise ValueError(f"{self.description!r} must have a pattern or a schedule, and not both")


class EventAlarm(Construct):
    """Promise ENV-8: a person hears of each such event, and of it when they could not be told.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
    """

    def __init__(self, scope: Construct, construct_id: str, props: EventAlarmProps) -> None:
        super().__init__(scope, construct_id)
        path = props.path
        self.resource = events.CfnRule(
            self,
            "Default",
            description=props.description,
            event_pattern=props.pattern,
            schedule_expression=props.schedule,
            # Without the longer state a rule is sure to see only the management events that change something.
            # AWS's example of a read-only one that needs the longer state is AssumeRole.
            # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail-management.html
            state="ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS" if props.pattern else "ENABLED",
            targets=[
                {
                    "arn": path.topic.arn,
                    "id": "AlarmTopic",
                    "roleArn": path.role_arn,
                    "deadLetterConfig": {"arn": path.undelivered.arn},
                }
            ],
        )
        for metric, trouble in (
            ("FailedInvocations", "was not delivered to the alarm topic"),
            ("InvocationsFailedToBeSentToDlq", "is lost: the dead-letter queue did not take it"),
        ):
            Alarm(
                self,
                metric,
                AlarmProps(
                    topic=path.topic,
                    description=f"{props.description} An event of this kind {trouble}.",
                    namespace="AWS/Events",
                    metric=metric,
                    dimensions={"RuleName": self.resource.ref},
                ),
            )
