"""Calls that are allowed, seldom made, and always worth knowing about."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
from constructs import Construct

from stacks.constructs.event_alarm import EventAlarm, EventAlarmProps, EventPath


class RestoreWatch(Construct):
    """Promise ENV-8: whoever takes the role that restores tables, or tries to, raises an alarm."""

    def __init__(self, scope: Construct, construct_id: str, *, role_arn: str, path: EventPath) -> None:
        super().__init__(scope, construct_id)
        EventAlarm(
            self,
            "Default",
            EventAlarmProps(
                path=path,
                description="Somebody takes, or tries to take, the role that restores tables.",
                pattern=_calls("sts", ["AssumeRole"], {"roleArn": [role_arn]}),
            ),
        )


class StackWatch(Construct):
    """Promise ENV-8: deleting a stack of ours raises an alarm; its stores stay, its service does not.

    In place of termination protection, under which a first deployment that failed could not be repeated.
    docs/decisions/0017a-a-first-deployment-can-be-repeated.md
    """

    def __init__(self, scope: Construct, construct_id: str, *, path: EventPath) -> None:
        super().__init__(scope, construct_id)
        names = f"{cdk.Stack.of(self).stack_name.rpartition('-')[0]}-"
        ids = f"arn:aws:cloudformation:{path.region}:{path.account}:stack/{names}"
        EventAlarm(
            self,
            "Default",
            EventAlarmProps(
                path=path,
                description="Somebody deletes, or tries to delete, a stack of this environment.",
                pattern=_calls(
                    "cloudformation", ["DeleteStack"], {"stackName": [{"prefix": names}, {"prefix": ids}]}
                ),
            ),
        )


def _calls(service: str, names: list[str], parameters: dict[str, Any]) -> dict[str, Any]:
    """Calls of one service by what was asked for; only in a region whose trail records management events.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
    """
    return {
        "source": [f"aws.{service}"],
        "detail-type": ["AWS API Call via CloudTrail"],
        "detail": {
            "eventSource": [f"{service}.amazonaws.com"],
            "eventName": names,
            "requestParameters": parameters,
        },
    }
