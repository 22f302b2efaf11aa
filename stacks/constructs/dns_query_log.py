"""Which names the network asked for, and which were refused."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_logs
from aws_cdk import aws_route53resolver as resolver
from constructs import Construct

from stacks.constructs.sealed_log_group import SealedLogGroup, SealedLogGroupProps
from stacks.constructs.statement import allow, policy, service
from stacks.identities import Identities


class DnsQueryLog(Construct):
    """Promises ENV-2, ENC-3: every name that the network asks for is on record, under our key.

    Source: https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-query-logs.html
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
        group = SealedLogGroup(self, "LogGroup", logs)
        # AWS would write this policy itself, with the rights of whoever deploys; then nobody would review it.
        # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-CWL.html
        delivery = aws_logs.CfnResourcePolicy(
            self,
            "LogDelivery",
            policy_name=f"soulpicks-{identities.environment}-dns-queries",
            policy_document=cdk.Stack.of(self).to_json_string(
                policy(
                    allow(
                        "ResolverWritesItsLog",
                        to=service("delivery.logs"),
                        can=["logs:CreateLogStream", "logs:PutLogEvents"],
                        on=group.arn_of_streams,
                        where={
                            "StringEquals": {"aws:SourceAccount": account},
                            "ArnLike": {"aws:SourceArn": f"arn:aws:logs:{region}:{account}:*"},
                        },
                    )
                )
            ),
        )
        config = resolver.CfnResolverQueryLoggingConfig(
            self,
            "Config",
            name=f"soulpicks-{identities.environment}",
            # Of a log group the ARN with `:*` at its end.
            # https://docs.aws.amazon.com/Route53/latest/APIReference/API_route53resolver_CreateResolverQueryLogConfig.html
            destination_arn=group.arn_of_streams,
        )
        config.add_resource_dependency(delivery)
        resolver.CfnResolverQueryLoggingConfigAssociation(
            self, "Default", resolver_query_log_config_id=config.attr_id, resource_id=vpc.attr_vpc_id
        )
