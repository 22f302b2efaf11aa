"""What lets API Gateway write access logs at all."""

from __future__ import annotations

from dataclasses import dataclass, replace

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks.constructs.acknowledge import INLINE_POLICY, acknowledge
from stacks.constructs.sealed_log_group import ANY_LOG_GROUP, SealedLogGroup, SealedLogGroupProps
from stacks.constructs.statement import Statement, allow, policy, service
from stacks.identities import Identities

# API Gateway makes this group and writes one line into it when the logging role of an account and region is
# first set. Not documented by AWS: it is what people found in their accounts, and what they name in their own
# roles.
WELCOME_GROUP = "/aws/apigateway/welcome"

# What AmazonAPIGatewayPushToCloudWatchLogs allows on every group. AWS's page says that this policy "has all
# the required permissions", and does not say which of them could be left out.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html#set-up-access-logging-permissions
# https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonAPIGatewayPushToCloudWatchLogs.html
_ON_A_GROUP = ("logs:CreateLogGroup", "logs:DescribeLogStreams", "logs:FilterLogEvents")
_ON_A_STREAM = ("logs:CreateLogStream", "logs:GetLogEvents", "logs:PutLogEvents")


@dataclass(frozen=True, kw_only=True)
class GatewayLogRoleProps:
    """Whose account and region, the group of the access log, and how the welcome group is sealed."""

    identities: Identities
    access_log: SealedLogGroup
    logs: SealedLogGroupProps


class GatewayLogRole(Construct):
    """Promises ENV-4, ENC-3: the one logging role of API Gateway here, which may write two groups only.

    A stage with an access log needs this setting. The welcome group is made here, under our key, before the
    role is set: API Gateway would make it without our key and without a retention.
    """

    def __init__(self, scope: Construct, construct_id: str, props: GatewayLogRoleProps) -> None:
        super().__init__(scope, construct_id)
        account, region = props.identities.account, props.identities.region
        groups = f"arn:aws:logs:{region}:{account}:log-group:*"
        welcome = SealedLogGroup(self, "Welcome", replace(props.logs, log_group_name=WELCOME_GROUP))
        # It holds one line of AWS's own. Kept under its fixed name it would only block the next deployment.
        welcome.resource.apply_removal_policy(cdk.RemovalPolicy.DESTROY)
        role = iam.CfnRole(
            self,
            "Role",
            description="Lets API Gateway write the access log of the picture API.",
            assume_role_policy_document=policy(
                # No source key: AWS's example of this role has none, and no page says that one is sent. A
                # role is passed to a service of its own account only.
                # https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-account.html
                # https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
                allow("Gateway", to=service("apigateway"), can="sts:AssumeRole", on=None)
            ),
            policies=[
                {
                    "policyName": "WriteTwoLogGroups",
                    "policyDocument": policy(
                        *_writing("TheAccessLog", props.access_log),
                        *_writing("TheWelcomeGroup", welcome),
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
        self.resource = apigateway.CfnAccount(self, "Default", cloud_watch_role_arn=role.attr_arn)
        self.resource.node.add_dependency(welcome)


def _writing(sid: str, group: SealedLogGroup) -> list[Statement]:
    """All that the managed policy allows on a group and on its streams.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html
    """
    return [allow(sid, can=[*_ON_A_GROUP, *_ON_A_STREAM], on=[group.arn, group.arn_of_streams])]
