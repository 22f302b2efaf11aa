"""Who tries to turn a master key off, to delete it, or to change its policy."""

from __future__ import annotations

from collections.abc import Sequence

from constructs import Construct

from stacks.constructs.event_alarm import EventAlarm, EventAlarmProps, EventPath
from stacks.constructs.master_key import ENDING, MasterKey

# Every attempt on one of these is heard; of grants, those that no service of this list made for its own use.
WATCHED = tuple(sorted({*(action.removeprefix("kms:") for action in ENDING), "PutKeyPolicy"}))

# Making a table, a vault or a function has the service make itself a grant, at every deployment. AWS's page
# shows such an event, with the service in `invokedBy`, for DynamoDB; of the other two it says nothing.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html#dynamodb-cmk-trail
# https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
GRANTS_OF_DEPLOYMENTS = tuple(f"{name}.amazonaws.com" for name in ("backup", "dynamodb", "lambda"))


class KeyWatch(Construct):
    """Promise ENC-8: every attempt on a master key raises an alarm, also one that is refused in this account.

    A call from another account that is refused is recorded in that account only, so it cannot be heard here.
    Needs a trail that records management events, which the organization's does; one can be told to leave out
    those of KMS, and then nothing is heard.
    https://docs.aws.amazon.com/kms/latest/developerguide/logging-using-cloudtrail.html
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, keys: Sequence[MasterKey], path: EventPath
    ) -> None:
        super().__init__(scope, construct_id)
        granted = {"eventName": ["CreateGrant"]}
        EventAlarm(
            self,
            "Default",
            EventAlarmProps(
                path=path,
                description="Somebody tries to end, open up or change a master key.",
                pattern={
                    "source": ["aws.kms"],
                    "detail-type": ["AWS API Call via CloudTrail"],
                    "detail": {
                        "eventSource": ["kms.amazonaws.com"],
                        # A refused call has no `resources`, so what was asked for is compared.
                        "requestParameters": {"keyId": [form for key in keys for form in (key.arn, key.id)]},
                        "$or": [
                            {"eventName": list(WATCHED)},
                            {**granted, "userIdentity": {"invokedBy": [{"exists": False}]}},
                            {
                                **granted,
                                "userIdentity": {
                                    "invokedBy": [{"anything-but": list(GRANTS_OF_DEPLOYMENTS)}]
                                },
                            },
                        ],
                    },
                },
            ),
        )
