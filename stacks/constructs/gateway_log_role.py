"""What lets API Gateway write access logs at all."""

from __future__ import annotations

from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks.constructs.sealed_log_group import SealedLogGroup
from stacks.constructs.statement import allow, policy, service


class GatewayLogRole(Construct):
    """Promise ENV-4: the account's one logging role of API Gateway, without Amazon's managed policy.

    A stage with an access log needs this setting of the account and region; the role may write one log group.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html#set-up-access-logging-permissions
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, account: str, region: str, log_group: SealedLogGroup
    ) -> None:
        super().__init__(scope, construct_id)
        role = iam.CfnRole(
            self,
            "Role",
            description="Lets API Gateway write the access log of the picture API.",
            assume_role_policy_document=policy(
                allow(
                    "GatewayOfThisAccount",
                    to=service("apigateway"),
                    can="sts:AssumeRole",
                    on=None,
                    where={"StringEquals": {"aws:SourceAccount": account}},
                )
            ),
            policies=[
                {
                    "policyName": "WriteTheAccessLog",
                    "policyDocument": policy(
                        allow(
                            "Write",
                            can=["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
                            on=log_group.arn_of_streams,
                        ),
                        allow(
                            "Find",
                            can="logs:DescribeLogGroups",
                            on=f"arn:aws:logs:{region}:{account}:log-group:*",
                        ),
                    ),
                }
            ],
        )
        self.resource = apigateway.CfnAccount(self, "Default", cloud_watch_role_arn=role.attr_arn)
