"""The resource types that do not live in moto: another part runs them, or they are described and not run."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from local_cloud.intrinsics import Physical
from local_cloud.resources.names import digest, generated_name
from local_cloud.template import Resource


@dataclass(frozen=True, kw_only=True)
class Description:
    """How such a resource is named; `{id}`, `{name}`, `{region}` and `{account}` are filled in."""

    ref: str = "{name}"
    attributes: Mapping[str, str] = field(default_factory=dict)
    run_by: str | None = None

    def __bool__(self) -> bool:
        """True when the resource is described and nothing here behaves like it."""
        return self.run_by is None


def _network(prefix: str, *attributes: str) -> Description:
    return Description(ref=f"{prefix}-{{id}}", attributes=dict.fromkeys(attributes, f"{prefix}-{{id}}"))


def _arn(service: str, kind: str, *, ref_is_arn: bool = False) -> Description:
    arn = f"arn:aws:{service}:{{region}}:{{account}}:{kind}{{name}}"
    return Description(ref=arn if ref_is_arn else "{name}", attributes={"Arn": arn})


def _api(*attributes: str) -> Description:
    return Description(
        ref="{short}", attributes=dict.fromkeys(attributes, "{short}"), run_by="local_cloud.api"
    )


_FUNCTION = "local_cloud.functions"

DESCRIBED: Mapping[str, Description] = {
    "AWS::ApiGateway::Account": Description(),
    "AWS::ApiGateway::Authorizer": _api("AuthorizerId"),
    "AWS::ApiGateway::BasePathMapping": _api(),
    "AWS::ApiGateway::Deployment": _api("DeploymentId"),
    "AWS::ApiGateway::DomainName": Description(
        attributes={
            "RegionalDomainName": "{short}.execute-api.{region}.amazonaws.com",
            "RegionalHostedZoneId": "Z{short}",
            "DomainNameArn": "arn:aws:apigateway:{region}:{account}:/domainnames/{name}",
        }
    ),
    "AWS::ApiGateway::GatewayResponse": _api(),
    "AWS::ApiGateway::Method": _api(),
    "AWS::ApiGateway::Model": Description(),
    "AWS::ApiGateway::RequestValidator": Description(
        ref="{short}", attributes={"RequestValidatorId": "{short}"}
    ),
    "AWS::ApiGateway::Resource": _api("ResourceId"),
    "AWS::ApiGateway::RestApi": Description(
        ref="{short}",
        attributes={"RestApiId": "{short}", "RootResourceId": "{short}root"},
        run_by="local_cloud.api",
    ),
    "AWS::ApiGateway::Stage": Description(ref="{stage}", run_by="local_cloud.api"),
    "AWS::Backup::BackupPlan": Description(attributes={"BackupPlanId": "{id}", "BackupPlanArn": "{id}"}),
    "AWS::Backup::BackupSelection": Description(),
    "AWS::Backup::BackupVault": Description(
        attributes={
            "BackupVaultName": "{name}",
            "BackupVaultArn": "arn:aws:backup:{region}:{account}:backup-vault:{name}",
        }
    ),
    "AWS::CDK::Metadata": Description(),
    "AWS::CertificateManager::Certificate": _arn("acm", "certificate/", ref_is_arn=True),
    "AWS::CloudWatch::Alarm": _arn("cloudwatch", "alarm:"),
    "AWS::CloudWatch::CompositeAlarm": _arn("cloudwatch", "alarm:"),
    "AWS::CloudWatch::Dashboard": Description(),
    "AWS::EC2::FlowLog": _network("fl", "Id"),
    "AWS::EC2::RouteTable": _network("rtb", "RouteTableId"),
    "AWS::EC2::SecurityGroup": _network("sg", "GroupId", "Id"),
    "AWS::EC2::SecurityGroupEgress": _network("sgr", "Id"),
    "AWS::EC2::SecurityGroupIngress": _network("sgr", "Id"),
    "AWS::EC2::Subnet": _network("subnet", "SubnetId"),
    "AWS::EC2::SubnetRouteTableAssociation": _network("rtbassoc", "Id"),
    "AWS::EC2::VPC": Description(
        ref="vpc-{id}",
        attributes={"VpcId": "vpc-{id}", "DefaultSecurityGroup": "sg-{id}", "CidrBlock": "10.0.0.0/16"},
    ),
    "AWS::EC2::VPCEndpoint": Description(
        ref="vpce-{id}", attributes={"Id": "vpce-{id}"}, run_by="local_cloud.gate"
    ),
    "AWS::Events::Rule": _arn("events", "rule/"),
    "AWS::Lambda::Function": Description(
        attributes={"Arn": "arn:aws:lambda:{region}:{account}:function:{name}"}, run_by=_FUNCTION
    ),
    "AWS::Lambda::Permission": Description(run_by=_FUNCTION),
    "AWS::Logs::MetricFilter": Description(),
    "AWS::Logs::ResourcePolicy": Description(),
    "AWS::Route53::RecordSet": Description(),
    "AWS::Route53Resolver::FirewallDomainList": _network("rslvr-fdl", "Id"),
    "AWS::Route53Resolver::FirewallRuleGroup": _network("rslvr-frg", "Id"),
    "AWS::Route53Resolver::FirewallRuleGroupAssociation": _network("rslvr-frgassoc", "Id"),
    "AWS::Route53Resolver::ResolverQueryLoggingConfig": _network("rqlc", "Id"),
    "AWS::Route53Resolver::ResolverQueryLoggingConfigAssociation": _network("rqlca", "Id"),
    "AWS::SNS::Subscription": Description(),
    "AWS::SNS::Topic": Description(
        ref="arn:aws:sns:{region}:{account}:{name}",
        attributes={"TopicArn": "arn:aws:sns:{region}:{account}:{name}", "TopicName": "{name}"},
    ),
    "AWS::SNS::TopicPolicy": Description(),
    "AWS::SQS::Queue": Description(
        ref="https://sqs.{region}.amazonaws.com/{account}/{name}",
        attributes={"Arn": "arn:aws:sqs:{region}:{account}:{name}", "QueueName": "{name}"},
    ),
    "AWS::SQS::QueuePolicy": Description(),
    "AWS::WAFv2::LoggingConfiguration": Description(),
    "AWS::WAFv2::WebACL": _arn("wafv2", "regional/webacl/"),
    "AWS::WAFv2::WebACLAssociation": Description(),
}
# Where a template may give the name itself.
NAMING = ("FunctionName", "AlarmName", "DomainName", "TopicName", "BackupVaultName", "DashboardName", "Name")


def describe(resource: Resource, *, account: str) -> Physical:
    """Name a resource that is not created here, the same in every run."""
    description = DESCRIBED[resource.type]
    named = next(
        (resource.properties[key] for key in NAMING if isinstance(resource.properties.get(key), str)), None
    )
    fields = {
        "id": digest(resource)[:17],
        "short": digest(resource)[:10],
        "name": named or generated_name(resource, limit=64),
        "stage": str(resource.properties.get("StageName", "prod")),
        "region": resource.stack.region,
        "account": account,
    }
    return Physical(
        ref=description.ref.format(**fields),
        attributes={name: text.format(**fields) for name, text in description.attributes.items()},
    )
