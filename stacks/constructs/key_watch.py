"""Who tries to turn a master key off, to delete it, or to change its policy."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import aws_events as events
from constructs import Construct

from stacks.constructs.alarm_topic import AlarmTopic
from stacks.constructs.master_key import ENDING, MasterKey

WATCHED = tuple(sorted({*(action.removeprefix("kms:") for action in ENDING), "CreateGrant", "PutKeyPolicy"}))


class KeyWatch(Construct):
    """Promise ENC-8: every attempt on a master key raises an alarm, the refused ones too.

    Needs a trail that records management events, which the organization's does.
    https://docs.aws.amazon.com/kms/latest/developerguide/logging-using-cloudtrail.html
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, keys: Sequence[MasterKey], topic: AlarmTopic
    ) -> None:
        super().__init__(scope, construct_id)
        self.resource = events.CfnRule(
            self,
            "Default",
            description="Attempts to end, open up or change a master key.",
            event_pattern={
                "source": ["aws.kms"],
                "detail-type": ["AWS API Call via CloudTrail"],
                "detail": {
                    "eventSource": ["kms.amazonaws.com"],
                    "eventName": list(WATCHED),
                    # A refused call has no `resources`, so what was asked for is compared.
                    "requestParameters": {
                        "keyId": [form for key in keys for form in (key.arn, key.id)],
                    },
                },
            },
            targets=[{"arn": topic.arn, "id": "AlarmTopic"}],
        )
