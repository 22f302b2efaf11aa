"""How AWS names what a template makes: physical names, ARNs, and what `Ref` and `Fn::GetAtt` give.

Sources: the "Return values" of each type in
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html
and the ARN formats of https://docs.aws.amazon.com/service-authorization/latest/reference/.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, TypeAlias

Style: TypeAlias = Literal["name", "lower", "uuid", "api", "hex", "account"]


@dataclass(frozen=True, slots=True)
class Form:
    """How one resource type is named.

    Patterns hold `{name}` (the physical name or id), `{plain_name}` (without a leading slash), `{account}`,
    `{region}`, `{partition}`, `{suffix}` (the URL suffix), `{mark}` (what AWS appends at random), `{bus}` (an
    event bus before a rule), and `{Property}` for a property of the resource.
    """

    arn: str = ""
    ref: str = "{name}"
    name: str = ""
    style: Style = "name"
    prefix: str = ""
    longest: int = 255
    attributes: Mapping[str, str] = field(default_factory=dict)

    def attribute(self, name: str) -> str | None:
        """The pattern of an attribute; every type with an ARN gives it as `Arn`."""
        return self.attributes.get(name) or (self.arn if name == "Arn" and self.arn else None)


def generated(style: Style, prefix: str, stack: str, logical_id: str, longest: int, seed: str) -> str:
    """A name as CloudFormation would make it, marked `OPAQUE`: equal to itself and to nothing else.

    The seed tells apart equal stacks of two accounts. The visible part is the one CloudFormation builds, so a
    policy that matches names by their stack matches this one too.
    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-name.html
    """
    digest = hashlib.sha256(f"{seed}\0{stack}\0{logical_id}".encode()).hexdigest()
    if style == "uuid":
        return f"00000000-0000-4000-8000-{digest[:12]}"
    if style == "api":
        return f"opaque{digest[:8]}"
    if style == "hex":
        return f"{prefix}00000{digest[:12]}"
    if style == "account":
        return f"0000{int(digest[:12], 16) % 10**8:08d}"
    ending = mark(stack, logical_id, seed)
    room = longest - len(ending) - 2
    if len(stack) + len(logical_id) > room:
        logical_id = logical_id[: max(room // 2, room - len(stack))]
        stack = stack[: room - len(logical_id)]
    name = f"{prefix}{stack}-{logical_id}-{ending}"
    return name.lower() if style == "lower" else name


def mark(stack: str, logical_id: str, seed: str) -> str:
    """Twelve characters that stand for the random end of a name."""
    digest = hashlib.sha256(f"{seed}\0{stack}\0{logical_id}".encode()).hexdigest()
    return f"OPAQUE{digest[:6].upper()}"


def _iam(kind: str, property_name: str, longest: int, **attributes: str) -> Form:
    return Form(
        f"arn:{{partition}}:iam::{{account}}:{kind}{{Path}}{{name}}",
        "{name}",
        property_name,
        longest=longest,
        attributes={**attributes},
    )


def _regional(service: str, resource: str, property_name: str, **form: Any) -> Form:
    arn = f"arn:{{partition}}:{service}:{{region}}:{{account}}:{resource}"
    return Form(arn, name=property_name, **form)


def _ec2(prefix: str, resource: str, *attributes: str) -> Form:
    arn = f"arn:{{partition}}:ec2:{{region}}:{{account}}:{resource}/{{name}}"
    return Form(arn, style="hex", prefix=prefix, attributes=dict.fromkeys(attributes, "{name}"))


_POLICY_ARN = "arn:{partition}:iam::{account}:policy{Path}{name}"
_OIDC_ARN = "arn:{partition}:iam::{account}:oidc-provider/{Url}"
_SNS_ARN = "arn:{partition}:sns:{region}:{account}:{name}"
_SECRET_ARN = "arn:{partition}:secretsmanager:{region}:{account}:secret:{name}-OPAQUE"  # noqa: S105 - an ARN
_FUNCTION_ARN = "arn:{partition}:lambda:{region}:{account}:function:{FunctionName}"
_STATES_ARN = "arn:{partition}:states:{region}:{account}:stateMachine:{name}"
_QUEUE_URL = "https://sqs.{region}.{suffix}/{account}/{name}"

FORMS: Mapping[str, Form] = MappingProxyType(
    {
        # identities
        "AWS::IAM::Role": _iam("role", "RoleName", 64, RoleId="AROA{mark}"),
        "AWS::IAM::User": _iam("user", "UserName", 64),
        "AWS::IAM::Group": _iam("group", "GroupName", 128),
        "AWS::IAM::InstanceProfile": _iam("instance-profile", "InstanceProfileName", 128),
        "AWS::IAM::ManagedPolicy": Form(
            _POLICY_ARN, _POLICY_ARN, "ManagedPolicyName", longest=128, attributes={"PolicyArn": _POLICY_ARN}
        ),
        "AWS::IAM::OIDCProvider": Form(_OIDC_ARN, _OIDC_ARN),
        "AWS::IAM::SAMLProvider": Form(
            "arn:{partition}:iam::{account}:saml-provider/{name}",
            "arn:{partition}:iam::{account}:saml-provider/{name}",
            "Name",
        ),
        # stores and keys
        "AWS::S3::Bucket": Form(
            "arn:{partition}:s3:::{name}",
            name="BucketName",
            style="lower",
            longest=63,
            attributes={
                "DomainName": "{name}.s3.{suffix}",
                "RegionalDomainName": "{name}.s3.{region}.{suffix}",
                "DualStackDomainName": "{name}.s3.dualstack.{region}.{suffix}",
            },
        ),
        "AWS::S3::AccessPoint": _regional("s3", "accesspoint/{name}", "Name", style="lower", longest=50),
        "AWS::DynamoDB::Table": _regional(
            "dynamodb",
            "table/{name}",
            "TableName",
            attributes={
                "StreamArn": "arn:{partition}:dynamodb:{region}:{account}:table/{name}/stream/{mark}"
            },
        ),
        "AWS::DynamoDB::GlobalTable": _regional(
            "dynamodb",
            "table/{name}",
            "TableName",
            attributes={
                "StreamArn": "arn:{partition}:dynamodb:{region}:{account}:table/{name}/stream/{mark}"
            },
        ),
        "AWS::KMS::Key": _regional("kms", "key/{name}", "", style="uuid", attributes={"KeyId": "{name}"}),
        "AWS::KMS::ReplicaKey": _regional(
            "kms", "key/{name}", "", style="uuid", attributes={"KeyId": "{name}"}
        ),
        "AWS::KMS::Alias": _regional("kms", "{name}", "AliasName"),
        "AWS::SecretsManager::Secret": Form(_SECRET_ARN, _SECRET_ARN, "Name", attributes={"Id": _SECRET_ARN}),
        "AWS::SSM::Parameter": _regional("ssm", "parameter/{plain_name}", "Name"),
        "AWS::ECR::Repository": _regional(
            "ecr",
            "repository/{name}",
            "RepositoryName",
            style="lower",
            attributes={"RepositoryUri": "{account}.dkr.ecr.{region}.{suffix}/{name}"},
        ),
        "AWS::EFS::FileSystem": _regional(
            "elasticfilesystem",
            "file-system/{name}",
            "",
            style="hex",
            prefix="fs-",
            attributes={"FileSystemId": "{name}"},
        ),
        "AWS::Backup::BackupVault": _regional(
            "backup",
            "backup-vault:{name}",
            "BackupVaultName",
            longest=50,
            attributes={
                "BackupVaultName": "{name}",
                "BackupVaultArn": "arn:{partition}:backup:{region}:{account}:backup-vault:{name}",
            },
        ),
        "AWS::Logs::LogGroup": _regional(
            "logs",
            "log-group:{name}",
            "LogGroupName",
            attributes={"Arn": "arn:{partition}:logs:{region}:{account}:log-group:{name}:*"},
        ),
        # messages and streams
        "AWS::SQS::Queue": _regional(
            "sqs",
            "{name}",
            "QueueName",
            ref=_QUEUE_URL,
            longest=80,
            attributes={"QueueName": "{name}", "QueueUrl": _QUEUE_URL},
        ),
        "AWS::SNS::Topic": Form(
            _SNS_ARN, _SNS_ARN, "TopicName", attributes={"TopicName": "{name}", "TopicArn": _SNS_ARN}
        ),
        "AWS::Kinesis::Stream": _regional("kinesis", "stream/{name}", "Name", longest=128),
        "AWS::KinesisFirehose::DeliveryStream": _regional(
            "firehose", "deliverystream/{name}", "DeliveryStreamName", longest=64
        ),
        "AWS::Events::EventBus": _regional(
            "events", "event-bus/{name}", "Name", attributes={"Name": "{name}"}
        ),
        "AWS::Events::Rule": _regional("events", "rule/{bus}{name}", "Name", longest=64),
        "AWS::Scheduler::Schedule": _regional("scheduler", "schedule/{GroupName}/{name}", "Name", longest=64),
        # functions and interfaces
        "AWS::Lambda::Function": _regional("lambda", "function:{name}", "FunctionName", longest=64),
        "AWS::Lambda::Version": Form(
            f"{_FUNCTION_ARN}:{{mark}}",
            f"{_FUNCTION_ARN}:{{mark}}",
            attributes={"FunctionArn": f"{_FUNCTION_ARN}:{{mark}}", "Version": "{mark}"},
        ),
        "AWS::Lambda::Alias": Form(
            f"{_FUNCTION_ARN}:{{Name}}",
            f"{_FUNCTION_ARN}:{{Name}}",
            attributes={"AliasArn": f"{_FUNCTION_ARN}:{{Name}}"},
        ),
        "AWS::ApiGateway::RestApi": Form(
            "arn:{partition}:execute-api:{region}:{account}:{name}",
            style="api",
            attributes={"RestApiId": "{name}", "RootResourceId": "{mark}"},
        ),
        "AWS::ApiGateway::Authorizer": Form(style="api", attributes={"AuthorizerId": "{name}"}),
        "AWS::ApiGatewayV2::Api": Form(
            "arn:{partition}:execute-api:{region}:{account}:{name}",
            style="api",
            attributes={"ApiId": "{name}", "ApiEndpoint": "https://{name}.execute-api.{region}.{suffix}"},
        ),
        "AWS::ApiGateway::Stage": Form(
            "arn:{partition}:apigateway:{region}::/restapis/{RestApiId}/stages/{name}", name="StageName"
        ),
        "AWS::StepFunctions::StateMachine": Form(
            _STATES_ARN, _STATES_ARN, "StateMachineName", longest=80, attributes={"Name": "{name}"}
        ),
        "AWS::CodeBuild::Project": _regional("codebuild", "project/{name}", "Name"),
        "AWS::CodePipeline::Pipeline": _regional("codepipeline", "{name}", "Name", longest=100),
        "AWS::ECS::Cluster": _regional("ecs", "cluster/{name}", "ClusterName"),
        # network
        "AWS::EC2::VPC": _ec2("vpc-", "vpc", "VpcId"),
        "AWS::EC2::Subnet": _ec2("subnet-", "subnet", "SubnetId"),
        "AWS::EC2::SecurityGroup": _ec2("sg-", "security-group", "GroupId", "Id"),
        "AWS::EC2::VPCEndpoint": _ec2("vpce-", "vpc-endpoint", "Id"),
        "AWS::EC2::Instance": _ec2("i-", "instance", "InstanceId"),
        "AWS::EC2::RouteTable": _ec2("rtb-", "route-table", "RouteTableId"),
        # watching
        "AWS::CloudTrail::Trail": _regional("cloudtrail", "trail/{name}", "TrailName", longest=128),
        "AWS::CloudWatch::Alarm": _regional("cloudwatch", "alarm:{name}", "AlarmName"),
        "AWS::Cognito::UserPool": _regional(
            "cognito-idp", "userpool/{name}", "", attributes={"UserPoolId": "{name}"}
        ),
        "AWS::Cognito::IdentityPool": _regional("cognito-identity", "identitypool/{name}", "", style="uuid"),
        "AWS::OpenSearchService::Domain": _regional(
            "es", "domain/{name}", "DomainName", style="lower", longest=28
        ),
        # the organization
        "AWS::Organizations::Organization": Form(
            style="hex",
            prefix="o-",
            attributes={"Id": "{name}", "RootId": "r-{mark}", "ManagementAccountId": "{account}"},
        ),
        "AWS::Organizations::OrganizationalUnit": Form(
            style="hex", prefix="ou-", attributes={"Id": "{name}"}
        ),
        "AWS::Organizations::Account": Form(style="account", attributes={"AccountId": "{name}"}),
        "AWS::Organizations::Policy": Form(style="hex", prefix="p-", attributes={"Id": "{name}"}),
        "AWS::CloudFormation::Stack": _regional("cloudformation", "stack/{name}/{mark}", ""),
    }
)
