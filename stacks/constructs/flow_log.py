"""Who talked to whom in the network, and who was refused."""

from __future__ import annotations

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks.constructs.acknowledge import INLINE_POLICY, acknowledge
from stacks.constructs.sealed_log_group import ANY_LOG_GROUP, SealedLogGroup, SealedLogGroupProps
from stacks.constructs.statement import allow, policy, service
from stacks.identities import Identities


class FlowLog(Construct):
    """Promise ENV-8: every connection is on record, encrypted; addresses and sizes, no contents.

    Source: https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        vpc: ec2.CfnVPC,
        identities: Identities,
        logs: SealedLogGroupProps,
    ) -> None:
        super().__init__(scope, construct_id)
        account, region = identities.account, identities.region
        groups = f"arn:aws:logs:{region}:{account}:log-group:*"
        group = SealedLogGroup(self, "LogGroup", logs)
        role = iam.CfnRole(
            self,
            "Role",
            description="Lets the network's flow log write to its own log group.",
            assume_role_policy_document=policy(
                allow(
                    "FlowLogsOfThisAccount",
                    to=service("vpc-flow-logs"),
                    can="sts:AssumeRole",
                    on=None,
                    where={
                        "StringEquals": {"aws:SourceAccount": account},
                        "ArnLike": {"aws:SourceArn": f"arn:aws:ec2:{region}:{account}:vpc-flow-log/*"},
                    },
                )
            ),
            policies=[
                {
                    "policyName": "WriteOwnLogGroup",
                    "policyDocument": policy(
                        # The five actions that the role "must include at least"; AWS's example has them on
                        # everything, and all but the search are about this group.
                        allow(
                            "Write",
                            can=[
                                "logs:CreateLogGroup",
                                "logs:CreateLogStream",
                                "logs:DescribeLogStreams",
                                "logs:PutLogEvents",
                            ],
                            on=group.arn_of_streams,
                        ),
                        allow(
                            "Find",
                            can="logs:DescribeLogGroups",
                            on=groups,
                        ),
                    ),
                }
            ],
        )
        acknowledge(role, {**INLINE_POLICY, f"AwsSolutions-IAM5[Resource::{groups}]": ANY_LOG_GROUP})
        ec2.CfnFlowLog(
            self,
            "Default",
            resource_id=vpc.attr_vpc_id,
            resource_type="VPC",
            traffic_type="ALL",
            log_destination_type="cloud-watch-logs",
            log_destination=group.arn,
            deliver_logs_permission_arn=role.attr_arn,
        )
