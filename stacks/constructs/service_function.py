"""A function of the service, and a role of its own that holds no permission on data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from stacks.constructs.acknowledge import INLINE_POLICY, acknowledge
from stacks.constructs.function_code import FunctionCode
from stacks.constructs.isolated_network import IsolatedNetwork
from stacks.constructs.sealed_log_group import SealedLogGroup, SealedLogGroupProps
from stacks.constructs.statement import allow, policy, service
from stacks.constructs.subnet_permissions import joining
from stacks.identities import Identities

_SYNCHRONOUS = "invoked synchronously only, so no event is ever left over"
_INTERFACES = "how Lambda handles network interfaces cannot be narrowed further; our code is denied it"
_UNRESERVED = (
    "reserved_concurrency is a setting: Lambda keeps 100 of an account's units unreserved, and a new account"
    " has fewer"
)
_NO_NETWORK = "needs the issuer's key set from the internet, and may do nothing but write its own log"


@dataclass(frozen=True, kw_only=True)
class ServiceFunctionProps:
    """What a function runs, how much it may take, and where it lives (network None: not in ours).

    reserved_concurrency: None reserves nothing, and the function shares what the account has.
    """

    name: str
    handler: str
    description: str
    code: FunctionCode
    identities: Identities
    logs: SealedLogGroupProps
    memory_mb: int
    timeout_seconds: int
    reserved_concurrency: int | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    network: IsolatedNetwork | None = None

    def __post_init__(self) -> None:
        # API Gateway gives up on an integration after 29 s; whoever works longer works for nobody. AWS raises
        # the quota of a regional API on request, at the price of a lower throttle; we have not asked.
        # https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
        if not 1 <= self.timeout_seconds <= 29:
            raise ValueError(f"timeout_seconds must be from 1 to 29, got {self.timeout_seconds}")
        if not 128 <= self.memory_mb <= 10240:
            raise ValueError(f"memory_mb must be from 128 to 10240, got {self.memory_mb}")
        if self.reserved_concurrency is not None and self.reserved_concurrency < 1:
            raise ValueError(f"reserved_concurrency must be at least 1, got {self.reserved_concurrency}")


class ServiceFunction(Construct):
    """Promise ENV-4: the function's role writes its log and joins its subnet, and reaches no user data.

    No tracing: X-Ray keeps traces under a key that CloudFormation cannot make ours.
    No function URL, no environment without our key; the runtime takes Amazon's patches by itself.
    """

    def __init__(self, scope: Construct, construct_id: str, props: ServiceFunctionProps) -> None:
        super().__init__(scope, construct_id)
        self.name = props.identities.function_name(props.name)
        self.log_group = SealedLogGroup(self, "LogGroup", props.logs)
        network = props.network
        statements = [
            allow(
                "WriteOwnLog",
                can=["logs:CreateLogStream", "logs:PutLogEvents"],
                on=self.log_group.arn_of_streams,
            ),
            *(joining(network, props.identities, props.name) if network else []),
        ]
        self.role = iam.CfnRole(
            self,
            "Role",
            description=f"Execution role of {self.name}: its log and its subnet, no data.",
            assume_role_policy_document=policy(
                # Lambda's guide does not say which keys it sends here. AWS's guide to roles names it among
                # the services that send source keys, and its procedure for a function has this very trust.
                # https://github.com/aws/agent-toolkit-for-aws/blob/main/skills/core-skills/aws-iam/references/aws-iam-role-management.md
                # https://github.com/aws/agent-toolkit-for-aws/blob/main/skills/specialized-skills/serverless-skills/deploying-custom-domain-rest-api/SKILL.md
                # docs/decisions/0019-sessions-only-inside.md
                allow(
                    "FunctionsOfThisAccount",
                    to=service("lambda"),
                    can="sts:AssumeRole",
                    on=None,
                    where={"StringEquals": {"aws:SourceAccount": props.identities.account}},
                )
            ),
            policies=[{"policyName": "LogAndNetworkOnly", "policyDocument": policy(*statements)}],
        )
        self.resource = lambda_.CfnFunction(
            self,
            "Default",
            function_name=self.name,
            description=props.description,
            code={
                "s3Bucket": props.code.bucket,
                "s3Key": props.code.key,
                # The package as Lambda keeps it; the copy that the assembly leaves in the staging bucket lies
                # under that bucket's key.
                # https://docs.aws.amazon.com/lambda/latest/dg/encrypt-zip-package.html
                "sourceKmsKeyArn": props.logs.operations_key.arn,
            },
            handler=props.handler,
            runtime=f"python{props.code.python_runtime}",
            architectures=[props.code.architecture],
            role=self.role.attr_arn,
            memory_size=props.memory_mb,
            timeout=props.timeout_seconds,
            reserved_concurrent_executions=props.reserved_concurrency,
            environment={"variables": {"POWERTOOLS_SERVICE_NAME": props.name, **props.variables}},
            kms_key_arn=props.logs.operations_key.arn,
            logging_config={
                "logFormat": "JSON",
                "applicationLogLevel": "INFO",
                "systemLogLevel": "WARN",
                "logGroup": self.log_group.name,
            },
            runtime_management_config={"updateRuntimeOn": "Auto"},
            vpc_config={
                "subnetIds": network.subnet_ids,
                "securityGroupIds": [network.functions_security_group_id],
                "ipv6AllowedForDualStack": False,
            }
            if network
            else None,
        )
        self.arn = self.resource.attr_arn
        acknowledge(self.role, INLINE_POLICY)
        acknowledge(
            self.resource,
            {
                "CKV_AWS_116": _SYNCHRONOUS,
                "NIST.800.53.R5-LambdaDLQ": _SYNCHRONOUS,
                "AwsSolutions-L1": "AWS supports this runtime, and no newer one runs the tests",
            },
        )
        if props.reserved_concurrency is None:
            acknowledge(
                self.resource,
                {"CKV_AWS_115": _UNRESERVED, "NIST.800.53.R5-LambdaConcurrency": _UNRESERVED},
            )
        if network:
            place = f"arn:aws:ec2:{props.identities.region}:{props.identities.account}"
            acknowledge(
                self.role,
                {
                    "CKV_AWS_111": _INTERFACES,
                    "AwsSolutions-IAM5[Resource::*]": _INTERFACES,
                    f"AwsSolutions-IAM5[Resource::{place}:network-interface/*]": _INTERFACES,
                    f"AwsSolutions-IAM5[Resource::{place}:*/*]": _INTERFACES,
                },
            )
        else:
            acknowledge(
                self.resource, {"CKV_AWS_117": _NO_NETWORK, "NIST.800.53.R5-LambdaInsideVPC": _NO_NETWORK}
            )
