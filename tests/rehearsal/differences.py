"""Where a resource type behaves otherwise than its schema says: data, each row with AWS's page.

Everything else about a type comes from its schema. `test_differences.py` shows that each row is needed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

_REFERENCE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What the schema of one type leaves out or says otherwise.

    `ref` names the property that `Ref` gives, or a pattern of properties. `attributes` are patterns of
    `Fn::GetAtt`. In patterns `{Name}` is a property, `{account}`, `{region}`, `{partition}` are what they say
    and `{mark}` is what AWS makes up. `unique` are properties that two resources cannot share, besides the
    identifier. `passed_to` is the service that takes the roles which the type names.
    """

    page: str
    ref: str = ""
    arn: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    unique: tuple[str, ...] = ()
    passed_to: str = ""


def _page(name: str) -> str:
    return f"{_REFERENCE}{name}.html"


DIFFERENCES: Mapping[str, Difference] = {
    # Ref gives one part of an identifier that has several.
    "AWS::ApiGateway::Authorizer": Difference(
        page=_page("aws-resource-apigateway-authorizer"), ref="{AuthorizerId}"
    ),
    "AWS::ApiGateway::Deployment": Difference(
        page=_page("aws-resource-apigateway-deployment"), ref="{DeploymentId}"
    ),
    "AWS::ApiGateway::RequestValidator": Difference(
        page=_page("aws-resource-apigateway-requestvalidator"), ref="{RequestValidatorId}"
    ),
    "AWS::ApiGateway::Resource": Difference(
        page=_page("aws-resource-apigateway-resource"), ref="{ResourceId}"
    ),
    "AWS::ApiGateway::Stage": Difference(page=_page("aws-resource-apigateway-stage"), ref="{StageName}"),
    "AWS::Events::Rule": Difference(page=_page("aws-resource-events-rule"), ref="{Name}"),
    "AWS::WAFv2::WebACL": Difference(
        page=_page("aws-resource-wafv2-webacl"),
        ref="{Name}|{Id}|{Scope}",
        # A second web ACL of one name is answered with WAFDuplicateItemException:
        # https://docs.aws.amazon.com/waf/latest/APIReference/API_CreateWebACL.html
        unique=("Name", "Scope"),
        # "arn:partition:wafv2:region:account-id:scope/webacl/name/ID", where a regional scope is `regional`:
        # https://docs.aws.amazon.com/waf/latest/developerguide/security_iam_service-with-iam.html
        arn="arn:{partition}:wafv2:{region}:{account}:regional/webacl/{Name}/{Id}",
    ),
    # GetAtt gives a form that no schema describes.
    "AWS::DynamoDB::Table": Difference(
        page=_page("aws-resource-dynamodb-table"),
        attributes={
            "StreamArn": "arn:{partition}:dynamodb:{region}:{account}:table/{TableName}/stream/{mark}"
        },
    ),
    "AWS::Logs::LogGroup": Difference(
        page=_page("aws-resource-logs-loggroup"),
        attributes={"Arn": "arn:{partition}:logs:{region}:{account}:log-group:{LogGroupName}:*"},
    ),
    "AWS::S3::Bucket": Difference(
        page=_page("aws-resource-s3-bucket"),
        attributes={
            "DomainName": "{BucketName}.s3.amazonaws.com",
            "RegionalDomainName": "{BucketName}.s3.{region}.amazonaws.com",
            "DualStackDomainName": "{BucketName}.s3.dualstack.{region}.amazonaws.com",
            "WebsiteURL": "http://{BucketName}.s3-website.{region}.amazonaws.com",
        },
    ),
    "AWS::SNS::Subscription": Difference(
        page=_page("aws-resource-sns-subscription"), attributes={"Arn": "{TopicArn}:{mark}"}
    ),
    "AWS::SQS::Queue": Difference(
        page=_page("aws-resource-sqs-queue"),
        attributes={"QueueUrl": "https://sqs.{region}.amazonaws.com/{account}/{QueueName}"},
    ),
    "AWS::IAM::OIDCProvider": Difference(
        # "arn:aws:iam::…:oidc-provider/" and the URL without its scheme:
        page="https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html",
        arn="arn:{partition}:iam::{account}:oidc-provider/{Url}",
    ),
    # The role goes to a service that is not called like the type.
    "AWS::EC2::FlowLog": Difference(
        page="https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html",
        passed_to="vpc-flow-logs.amazonaws.com",
    ),
}

NONE = Difference(page="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """When a service refuses to delete a resource: a property says so, or something lies in it."""

    type: str
    why: str
    page: str
    property: tuple[str, ...] = ()
    holds: bool = False


REFUSALS: tuple[Refusal, ...] = (
    Refusal(
        type="AWS::DynamoDB::Table",
        why="deletion protection is on",
        page="https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/WorkingWithTables.Basics.html",
        property=("DeletionProtectionEnabled",),
    ),
    Refusal(
        type="AWS::Logs::LogGroup",
        why="deletion protection is on",
        page=_page("aws-resource-logs-loggroup"),
        property=("DeletionProtectionEnabled",),
    ),
    Refusal(
        type="AWS::S3::Bucket",
        why="the bucket is not empty",
        page="https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucket.html",
        holds=True,
    ),
    Refusal(
        type="AWS::Backup::BackupVault",
        why="the vault holds recovery points",
        page="https://docs.aws.amazon.com/aws-backup/latest/devguide/API_DeleteBackupVault.html",
        holds=True,
    ),
)

# One account's Lambda functions leave at least this much of its concurrency to those without a reservation:
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
UNRESERVED_CONCURRENCY = 100
# "New AWS accounts have reduced concurrency and memory quotas", without a number; this one is often seen:
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
NEW_ACCOUNT_CONCURRENCY = 10
