"""What a person hears about: errors, refusals by overload, missing copies, and attempts on the keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from constructs import Construct

from stacks.api import Api
from stacks.constructs.alarm import Alarm, AlarmProps
from stacks.constructs.alarm_topic import AlarmTopic, AlarmTopicProps
from stacks.constructs.backup_watch import BackupWatch
from stacks.constructs.call_watch import RestoreWatch, StackWatch
from stacks.constructs.event_alarm import EventAlarm, EventAlarmProps, EventPath
from stacks.constructs.key_watch import KeyWatch
from stacks.constructs.master_key import MasterKey
from stacks.constructs.picture_api import STAGE
from stacks.data import Data
from stacks.identities import Identities
from stacks.settings import EnvironmentSettings
from stacks.workload_stack import WorkloadStack


@dataclass(frozen=True, kw_only=True)
class OperationsProps:
    """Everything that is watched, and for whom."""

    environment: EnvironmentSettings
    identities: Identities
    operations_key: MasterKey
    keys: Sequence[MasterKey]
    data: Data
    api: Api


class Operations(WorkloadStack):
    """Promise ENV-8: every failure raises an alarm that people are sent."""

    def __init__(self, scope: Construct, construct_id: str, props: OperationsProps) -> None:
        super().__init__(scope, construct_id, identities=props.identities)
        self.topic = AlarmTopic(
            self,
            "AlarmTopic",
            AlarmTopicProps(
                operations_key=props.operations_key,
                identities=props.identities,
                addresses=props.environment.alarm_addresses,
            ),
        )
        # The other addresses hear of one that fails. When all fail nobody does: hence the weekly test.
        # https://docs.aws.amazon.com/sns/latest/dg/sns-monitoring-using-cloudwatch.html
        self._alarm(
            "Undelivered",
            "An alarm could not be delivered to somebody.",
            "AWS/SNS",
            "NumberOfNotificationsFailed",
            {"TopicName": self.topic.name},
        )
        self._watch_calls(props)
        self._watch_functions(props)
        self._watch_stores(props)

    def _watch_calls(self, props: OperationsProps) -> None:
        path = EventPath(
            self,
            "EventPath",
            topic=self.topic,
            operations_key=props.operations_key,
            identities=props.identities,
        )
        KeyWatch(self, "KeyWatch", keys=props.keys, path=path)
        RestoreWatch(self, "RestoreWatch", role_arn=props.data.restore.arn, path=path)
        StackWatch(self, "StackWatch", path=path)
        EventAlarm(
            self,
            "WeeklyTest",
            EventAlarmProps(
                path=path,
                description="A test: whoever does not receive it each Monday would not hear an alarm.",
                schedule="cron(0 9 ? * MON *)",
            ),
        )

    def _watch_functions(self, props: OperationsProps) -> None:
        # A refused token counts among the authorizer's `Errors`, because refusing is an error that it
        # raises; when it really fails, the API answers 5xx. AWS's page says which error is answered how; that
        # each counts among the `Errors` of a function is not said there.
        # https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html
        fails, overloaded = ("Errors", "fails"), ("Throttles", "is refused for lack of concurrency")
        watched = (
            ("Authorize", props.api.authorize, [overloaded]),
            ("Pictures", props.api.pictures, [fails, overloaded]),
        )
        for name, function, troubles in watched:
            for metric, trouble in troubles:
                self._alarm(
                    f"{name}{metric}",
                    f"The function {function.name} {trouble}.",
                    "AWS/Lambda",
                    metric,
                    {"FunctionName": function.name},
                )
        api = {"ApiName": f"soulpicks-{props.identities.environment}", "Stage": STAGE}
        self._alarm(
            "ApiServerErrors",
            "The API answers with 5xx: a function or the authorizer fails.",
            "AWS/ApiGateway",
            "5XXError",
            api,
        )
        self._alarm(
            "ApiRefusals",
            "The API refuses unusually much: guessing, or an app that went wrong.",
            "AWS/ApiGateway",
            "4XXError",
            api,
            threshold=500,
            periods=3,
        )

    def _watch_stores(self, props: OperationsProps) -> None:
        for name, table in (("Pictures", props.data.pictures), ("Grants", props.data.grants)):
            for verb in ("Read", "Write"):
                self._alarm(
                    f"{name}Table{verb}Throttles",
                    f"The table {name} refuses requests for lack of capacity.",
                    "AWS/DynamoDB",
                    f"{verb}ThrottleEvents",
                    {"TableName": table.name},
                )
        BackupWatch(self, "BackupWatch", vault=props.data.vault, topic=self.topic)

    def _alarm(
        self,
        construct_id: str,
        description: str,
        namespace: str,
        metric: str,
        dimensions: dict[str, str],
        *,
        threshold: int = 1,
        periods: int = 1,
    ) -> None:
        Alarm(
            self,
            construct_id,
            AlarmProps(
                topic=self.topic,
                description=description,
                namespace=namespace,
                metric=metric,
                dimensions=dimensions,
                threshold=threshold,
                periods=periods,
            ),
        )
