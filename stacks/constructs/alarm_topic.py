"""Where alarms go, and who hears them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import aws_sns as sns
from constructs import Construct

from stacks.constructs.master_key import MasterKey
from stacks.constructs.statement import allow, only_over_tls, policy, service
from stacks.identities import Identities


@dataclass(frozen=True, kw_only=True)
class AlarmTopicProps:
    """The key, whose alarms these are, and the e-mail addresses that hear them."""

    operations_key: MasterKey
    identities: Identities
    addresses: Sequence[str]

    def __post_init__(self) -> None:
        if not self.addresses:
            raise ValueError("addresses must hold at least one e-mail address, got none: nobody would hear")


class AlarmTopic(Construct):
    """Promises ENV-8, ENC-2: this account's alarms reach people, under our key, over TLS.

    EventBridge has no statement here: it publishes with a role of this account, whose own policy is enough.
    Each address receives a question from SNS and hears nothing before it has said yes.
    https://docs.aws.amazon.com/sns/latest/dg/sns-email-notifications.html
    """

    def __init__(self, scope: Construct, construct_id: str, props: AlarmTopicProps) -> None:
        super().__init__(scope, construct_id)
        account, region = props.identities.account, props.identities.region
        self.resource = sns.CfnTopic(self, "Default", kms_master_key_id=props.operations_key.arn)
        self.arn = self.resource.attr_topic_arn
        self.name = self.resource.attr_topic_name
        sns.CfnTopicPolicy(
            self,
            "Policy",
            topics=[self.arn],
            policy_document=policy(
                # AWS's example binds everybody to an alarm's ARN; the service alone is named here. CloudWatch
                # is on the page's list of services that send `aws:SourceAccount`.
                # https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html#sns-allow-cloudwatch-alarm-to-publish-to-topic-in-another-account
                allow(
                    "AlarmsOfThisAccount",
                    to=service("cloudwatch"),
                    can="sns:Publish",
                    on=self.arn,
                    where={
                        "StringEquals": {"aws:SourceAccount": account},
                        "ArnLike": {"aws:SourceArn": f"arn:aws:cloudwatch:{region}:{account}:alarm:*"},
                    },
                ),
                only_over_tls("sns:Publish", on=self.arn),
            ),
        )
        for address in props.addresses:
            # The id is made of the address: another order in Settings asks nobody again.
            sns.CfnSubscription(self, address, topic_arn=self.arn, protocol="email", endpoint=address)
