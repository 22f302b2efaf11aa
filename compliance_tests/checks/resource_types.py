"""What each resource type of our stacks is: a store, a way in, or neither; a type not listed is a question.

A new type has to be put in one of these tables on purpose: nothing that stores or answers arrives unseen.
"""

from __future__ import annotations

from policies.assembly import Assembly
from policies.finding import Finding
from policies.verdict import cannot_tell

# Where content comes to rest, with the rules that demand a key of our own.
STORES = {
    "AWS::Backup::BackupVault": ("SP_BACKUP_1",),
    "AWS::DynamoDB::GlobalTable": ("SP_DYNAMODB_1",),
    "AWS::DynamoDB::Table": ("SP_DYNAMODB_1",),
    "AWS::Lambda::Function": ("SP_LAMBDA_2",),
    "AWS::Logs::LogGroup": ("SP_LOGS_1",),
    "AWS::S3::Bucket": ("SP_S3_1",),
    "AWS::SNS::Topic": ("SP_MSG_1",),
    "AWS::SQS::Queue": ("SP_MSG_1",),
    "AWS::SSM::Parameter": ("SP_SSM_1",),
}

# What answers requests from outside.
WAYS_IN = ("AWS::ApiGateway::DomainName", "AWS::ApiGateway::RestApi")

# What neither keeps content nor answers by itself.
NEITHER = frozenset(
    {
        "AWS::ApiGateway::Account",
        "AWS::ApiGateway::Authorizer",
        "AWS::ApiGateway::BasePathMapping",
        "AWS::ApiGateway::Deployment",
        "AWS::ApiGateway::GatewayResponse",
        "AWS::ApiGateway::Method",
        "AWS::ApiGateway::Model",
        "AWS::ApiGateway::RequestValidator",
        "AWS::ApiGateway::Resource",
        "AWS::ApiGateway::Stage",
        "AWS::Backup::BackupPlan",
        "AWS::Backup::BackupSelection",
        "AWS::CDK::Metadata",
        "AWS::CertificateManager::Certificate",
        "AWS::CloudWatch::Alarm",
        "AWS::CloudWatch::CompositeAlarm",
        "AWS::CloudWatch::Dashboard",
        "AWS::EC2::FlowLog",
        "AWS::EC2::NetworkAcl",
        "AWS::EC2::NetworkAclEntry",
        "AWS::EC2::RouteTable",
        "AWS::EC2::SecurityGroup",
        "AWS::EC2::SecurityGroupEgress",
        "AWS::EC2::SecurityGroupIngress",
        "AWS::EC2::Subnet",
        "AWS::EC2::SubnetNetworkAclAssociation",
        "AWS::EC2::SubnetRouteTableAssociation",
        "AWS::EC2::VPC",
        "AWS::EC2::VPCEndpoint",
        "AWS::Events::Rule",
        "AWS::IAM::ManagedPolicy",
        "AWS::IAM::OIDCProvider",
        "AWS::IAM::Policy",
        "AWS::IAM::Role",
        "AWS::IAM::RolePolicy",
        "AWS::KMS::Alias",
        "AWS::KMS::Key",
        "AWS::Lambda::Permission",
        "AWS::Lambda::Version",
        "AWS::Logs::MetricFilter",
        "AWS::Logs::ResourcePolicy",
        "AWS::Route53::RecordSet",
        "AWS::Route53Resolver::FirewallDomainList",
        "AWS::Route53Resolver::FirewallRuleGroup",
        "AWS::Route53Resolver::FirewallRuleGroupAssociation",
        "AWS::Route53Resolver::ResolverQueryLoggingConfig",
        "AWS::Route53Resolver::ResolverQueryLoggingConfigAssociation",
        "AWS::S3::BucketPolicy",
        "AWS::SNS::Subscription",
        "AWS::SNS::TopicPolicy",
        "AWS::SQS::QueuePolicy",
        "AWS::WAFv2::LoggingConfiguration",
        "AWS::WAFv2::WebACL",
        "AWS::WAFv2::WebACLAssociation",
    }
)


def unknown_types(assembly: Assembly) -> tuple[Finding, ...]:
    """A question for every resource whose type is in none of the tables."""
    known = NEITHER | set(STORES) | set(WAYS_IN)
    return tuple(
        Finding("known-types", resource.place, cannot_tell(f"nobody has said what a {resource.type} is"))
        for resource in assembly.resources
        if resource.type not in known
    )
