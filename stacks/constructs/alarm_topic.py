"""Where alarms go."""

from __future__ import annotations

from aws_cdk import aws_sns as sns
from constructs import Construct

from stacks.constructs.master_key import MasterKey
from stacks.constructs.statement import ANYONE, allow, deny, policy, service


class AlarmTopic(Construct):
    """Promises ENV-8, ENC-2: only this account's own alarms, under our key, over TLS.

    Source: https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, operations_key: MasterKey, account: str
    ) -> None:
        super().__init__(scope, construct_id)
        self.resource = sns.CfnTopic(self, "Default", kms_master_key_id=operations_key.arn)
        self.arn = self.resource.attr_topic_arn
        sns.CfnTopicPolicy(
            self,
            "Policy",
            topics=[self.arn],
            policy_document=policy(
                *(
                    allow(
                        f"{name.capitalize()}OfThisAccount",
                        to=service(name),
                        can="sns:Publish",
                        on=self.arn,
                        where={"StringEquals": {"aws:SourceAccount": account}},
                    )
                    for name in ("cloudwatch", "events")
                ),
                deny(
                    "OnlyOverTls",
                    to=ANYONE,
                    cannot="sns:Publish",
                    on=self.arn,
                    where={"Bool": {"aws:SecureTransport": "false"}},
                ),
            ),
        )
