"""Where an event waits that could not be delivered."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from stacks.constructs.acknowledge import acknowledge
from stacks.constructs.master_key import MasterKey
from stacks.constructs.statement import allow, only_over_tls, policy, service
from stacks.identities import Identities


class AlarmQueue(Construct):
    """Promises ENV-8, ENC-2, ENC-3: undelivered events are kept for two weeks, under our key, over TLS.

    EventBridge writes here for itself, without the role of the target that failed.
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html#eb-dlq-perms
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, operations_key: MasterKey, identities: Identities
    ) -> None:
        super().__init__(scope, construct_id)
        self.resource = sqs.CfnQueue(
            self,
            "Default",
            kms_master_key_id=operations_key.arn,
            message_retention_period=14 * 24 * 3600,
        )
        self.resource.apply_removal_policy(cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
        self.arn, self.name = self.resource.attr_arn, self.resource.attr_queue_name
        acknowledge(
            self.resource, {"AwsSolutions-SQS3": "it is itself the dead-letter queue of EventBridge's rules"}
        )
        rules = f"arn:aws:events:{identities.region}:{identities.account}:rule/*"
        sqs.CfnQueuePolicy(
            self,
            "Policy",
            queues=[self.resource.ref],
            policy_document=policy(
                # By the form of a rule's ARN, because each rule names this queue.
                allow(
                    "RulesOfThisAccount",
                    to=service("events"),
                    can="sqs:SendMessage",
                    on=self.arn,
                    where={"ArnLike": {"aws:SourceArn": rules}},
                ),
                only_over_tls("sqs:*", on=self.arn),
            ),
        )
