"""What a person hears about: errors, refusals by overload, and attempts on the keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from constructs import Construct

from stacks.api import Api
from stacks.constructs.alarm import Alarm, AlarmProps
from stacks.constructs.alarm_topic import AlarmTopic
from stacks.constructs.key_watch import KeyWatch
from stacks.constructs.master_key import MasterKey
from stacks.constructs.picture_api import STAGE
from stacks.data import Data
from stacks.identities import Identities
from stacks.workload_stack import WorkloadStack


@dataclass(frozen=True, kw_only=True)
class OperationsProps:
    """Everything that is watched."""

    identities: Identities
    operations_key: MasterKey
    keys: Sequence[MasterKey]
    data: Data
    api: Api


class Operations(WorkloadStack):
    """Promise ENV-8: what fails is heard of."""

    def __init__(self, scope: Construct, construct_id: str, props: OperationsProps) -> None:
        super().__init__(scope, construct_id, identities=props.identities)
        topic = AlarmTopic(
            self, "AlarmTopic", operations_key=props.operations_key, account=props.identities.account
        )
        KeyWatch(self, "KeyWatch", keys=props.keys, topic=topic)
        # A refused token counts among the authorizer's `Errors`, because refusing is an error that it
        # raises; when it really fails, the API answers 5xx.
        # https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html
        fails, overloaded = ("Errors", "fails"), ("Throttles", "is refused for want of concurrency")
        watched = (
            ("Authorize", props.api.authorize, [overloaded]),
            ("Pictures", props.api.pictures, [fails, overloaded]),
        )
        for name, function, troubles in watched:
            for metric, trouble in troubles:
                Alarm(
                    self,
                    f"{name}{metric}",
                    AlarmProps(
                        topic=topic,
                        description=f"The function {function.name} {trouble}.",
                        namespace="AWS/Lambda",
                        metric=metric,
                        dimensions={"FunctionName": function.name},
                    ),
                )
        api = {"ApiName": f"soulpicks-{props.identities.environment}", "Stage": STAGE}
        Alarm(
            self,
            "ApiServerErrors",
            AlarmProps(
                topic=topic,
                description="The API answers with 5xx: a function or the authorizer fails.",
                namespace="AWS/ApiGateway",
                metric="5XXError",
                dimensions=api,
            ),
        )
        Alarm(
            self,
            "ApiRefusals",
            AlarmProps(
                topic=topic,
                description="The API refuses unusually much: guessing, or an app that went wrong.",
                namespace="AWS/ApiGateway",
                metric="4XXError",
                dimensions=api,
                threshold=500,
                periods=3,
            ),
        )
        for name, table in (("Pictures", props.data.pictures), ("Grants", props.data.grants)):
            for verb in ("Read", "Write"):
                Alarm(
                    self,
                    f"{name}Table{verb}Throttles",
                    AlarmProps(
                        topic=topic,
                        description=f"The table {name} refuses requests for want of capacity.",
                        namespace="AWS/DynamoDB",
                        metric=f"{verb}ThrottleEvents",
                        dimensions={"TableName": table.name},
                    ),
                )
        Alarm(
            self,
            "BackupsFail",
            AlarmProps(
                topic=topic,
                description="A daily copy of a table failed.",
                namespace="AWS/Backup",
                metric="NumberOfBackupJobsFailed",
                dimensions={"BackupVaultName": props.data.vault.name},
            ),
        )
