"""What CloudFormation's handlers call when our stacks are made, changed and taken down, service by service.

The handlers' own list: https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from stacks.bootstrap.cdk_roles import version_parameter
from stacks.constructs.statement import Statement, allow
from stacks.identities import Identities


@dataclass(frozen=True, kw_only=True)
class Scope:
    """The names that the policies speak of."""

    identities: Identities
    hosted_zone_id: str
    issuer_host: str
    assets_arn: str
    assets_key_arn: str

    def arn(self, service: str, rest: str) -> str:
        """The ARN of something in our region and account."""
        return f"arn:aws:{service}:{self.identities.region}:{self.identities.account}:{rest}"

    def named(self, service: str, kind: str = "") -> str:
        """What CloudFormation names after a stack of the environment."""
        return self.arn(service, f"{kind}{self.identities.stack_prefix}*")

    @property
    def prefix(self) -> str:
        """How names begin that the templates give."""
        return f"soulpicks-{self.identities.environment}"

    def via(self, *services: str) -> dict[str, dict[str, object]]:
        """Called through one of these services."""
        return {
            "StringEquals": {
                "kms:ViaService": [f"{name}.{self.identities.region}.amazonaws.com" for name in services]
            }
        }


def network(given: Scope) -> list[Statement]:
    """The isolated network. AWS makes up every id, so a resource is named by its type alone."""
    kinds = ("route-table", "security-group", "security-group-rule", "subnet", "vpc", "vpc-endpoint")
    return [
        allow(
            "SeeTheNetwork",
            can=[
                # The handler of flow logs lists it; what for is not documented.
                "autoscaling:DescribeTags",
                "ec2:DescribeAvailabilityZones",
                "ec2:DescribeFlowLogs",
                "ec2:DescribeInstances",
                "ec2:DescribeNetworkAcls",
                "ec2:DescribeNetworkInterfaces",
                "ec2:DescribeRouteTables",
                "ec2:DescribeSecurityGroupRules",
                "ec2:DescribeSecurityGroups",
                "ec2:DescribeSubnets",
                "ec2:DescribeTags",
                "ec2:DescribeVpcEncryptionControls",
                "ec2:DescribeVpcEndpoints",
                "ec2:DescribeVpcs",
            ],
        ),
        allow(
            "MakeTheNetwork",
            can=[
                "ec2:AssociateRouteTable",
                "ec2:AuthorizeSecurityGroupEgress",
                "ec2:AuthorizeSecurityGroupIngress",
                "ec2:CreateFlowLogs",
                "ec2:CreateRouteTable",
                "ec2:CreateSecurityGroup",
                "ec2:CreateSubnet",
                "ec2:CreateTags",
                "ec2:CreateVpc",
                "ec2:CreateVpcEndpoint",
                "ec2:DeleteFlowLogs",
                "ec2:DeleteRouteTable",
                "ec2:DeleteSecurityGroup",
                "ec2:DeleteSubnet",
                "ec2:DeleteTags",
                "ec2:DeleteVpc",
                "ec2:DeleteVpcEndpoints",
                "ec2:DescribeVpcAttribute",
                "ec2:DisassociateRouteTable",
                "ec2:ModifySubnetAttribute",
                "ec2:ModifyVpcAttribute",
                "ec2:ModifyVpcEndpoint",
                "ec2:ReplaceRouteTableAssociation",
                "ec2:RevokeSecurityGroupEgress",
                "ec2:RevokeSecurityGroupIngress",
                "ec2:UpdateSecurityGroupRuleDescriptionsEgress",
                "ec2:UpdateSecurityGroupRuleDescriptionsIngress",
            ],
            on=[given.arn("ec2", f"{kind}/*") for kind in (*kinds, "vpc-flow-log")],
        ),
        # A private name of an endpoint is a zone of AWS's own, joined to our network.
        # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
        allow("PrivateNames", can="route53:AssociateVPCWithHostedZone", on="arn:aws:route53:::hostedzone/*"),
    ]


def names(given: Scope) -> list[Statement]:
    """The firewall and the record of names. AWS makes up every id, as in the network.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonroute53resolver.html
    """
    kinds = ("firewall-domain-list", "firewall-rule-group", "firewall-rule-group-association")
    return [
        allow(
            "SeeNames",
            can=[
                "route53resolver:GetResolverQueryLogConfigAssociation",
                "route53resolver:ListFirewallDomainLists",
                "route53resolver:ListFirewallRuleGroupAssociations",
                "route53resolver:ListFirewallRuleGroups",
                "route53resolver:ListResolverQueryLogConfigAssociations",
                "route53resolver:ListResolverQueryLogConfigs",
            ],
        ),
        allow(
            "MakeTheFirewall",
            can=[
                "route53resolver:AssociateFirewallRuleGroup",
                "route53resolver:CreateFirewallDomainList",
                "route53resolver:CreateFirewallRule",
                "route53resolver:CreateFirewallRuleGroup",
                "route53resolver:DeleteFirewallDomainList",
                "route53resolver:DeleteFirewallRule",
                "route53resolver:DeleteFirewallRuleGroup",
                "route53resolver:DisassociateFirewallRuleGroup",
                "route53resolver:GetFirewallDomainList",
                "route53resolver:GetFirewallRuleGroup",
                "route53resolver:GetFirewallRuleGroupAssociation",
                "route53resolver:ImportFirewallDomains",
                "route53resolver:ListFirewallRules",
                "route53resolver:ListTagsForResource",
                "route53resolver:TagResource",
                "route53resolver:UntagResource",
                "route53resolver:UpdateFirewallDomains",
                "route53resolver:UpdateFirewallRule",
                "route53resolver:UpdateFirewallRuleGroupAssociation",
            ],
            on=[given.arn("route53resolver", f"{kind}/*") for kind in kinds],
        ),
        allow(
            "RecordNames",
            can=[
                "route53resolver:AssociateResolverQueryLogConfig",
                "route53resolver:CreateResolverQueryLogConfig",
                "route53resolver:DeleteResolverQueryLogConfig",
                "route53resolver:DisassociateResolverQueryLogConfig",
                "route53resolver:GetResolverQueryLogConfig",
                "route53resolver:ListTagsForResource",
                "route53resolver:TagResource",
                "route53resolver:UntagResource",
            ],
            on=given.arn("route53resolver", "resolver-query-log-config/*"),
        ),
    ]


def identities(given: Scope) -> list[Statement]:
    """Roles with the boundary, the tenant as identity provider, and roles handed to the services meant."""
    own = given.identities.own_roles
    with_boundary = {"StringEquals": {"iam:PermissionsBoundary": given.identities.boundary}}
    # Each is made with the first resource of an account that needs it.
    # https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/using-service-linked-roles.html
    linked = ("backup", "ops.apigateway", "route53resolver", "wafv2")
    return [
        allow(
            "MakeRolesWithTheBoundary",
            can=[
                "iam:CreateRole",
                "iam:DeleteRolePolicy",
                "iam:PutRolePermissionsBoundary",
                "iam:PutRolePolicy",
                "iam:UpdateAssumeRolePolicy",
            ],
            on=own,
            where=with_boundary,
        ),
        allow(
            "KeepRoles",
            can=[
                "iam:DeleteRole",
                "iam:GetRole",
                "iam:GetRolePolicy",
                "iam:ListAttachedRolePolicies",
                "iam:ListRolePolicies",
                "iam:TagRole",
                "iam:UntagRole",
                "iam:UpdateRole",
                "iam:UpdateRoleDescription",
            ],
            on=own,
        ),
        allow(
            "HandRolesOver",
            can="iam:PassRole",
            on=own,
            where={
                "StringEquals": {
                    "iam:PassedToService": [
                        f"{name}.amazonaws.com"
                        for name in ("apigateway", "backup", "events", "lambda", "vpc-flow-logs")
                    ]
                }
            },
        ),
        allow(
            "RolesThatServicesMakeForThemselves",
            can="iam:CreateServiceLinkedRole",
            on=[
                f"arn:aws:iam::{given.identities.account}:role/aws-service-role/{name}.amazonaws.com/*"
                for name in linked
            ],
            where={"StringEquals": {"iam:AWSServiceName": [f"{name}.amazonaws.com" for name in linked]}},
        ),
        allow(
            "TheTenantAsProvider",
            can=[
                "iam:AddClientIDToOpenIDConnectProvider",
                "iam:CreateOpenIDConnectProvider",
                "iam:DeleteOpenIDConnectProvider",
                "iam:GetOpenIDConnectProvider",
                "iam:ListOpenIDConnectProviderTags",
                "iam:RemoveClientIDFromOpenIDConnectProvider",
                "iam:TagOpenIDConnectProvider",
                "iam:UntagOpenIDConnectProvider",
                "iam:UpdateOpenIDConnectProviderThumbprint",
            ],
            on=f"arn:aws:iam::{given.identities.account}:oidc-provider/{given.issuer_host}*",
        ),
        # The templates check the version; under whose permissions is not documented.
        allow("ReadTheVersion", can="ssm:GetParameters", on=version_parameter(given.identities)),
    ]


def stores(given: Scope) -> list[Statement]:
    """Tables, the bucket and the vault: how they are, and nothing that lies in them."""
    bucket = f"arn:aws:s3:::{given.identities.stack_prefix.lower()}*"
    return [
        allow(
            "Tables",
            can=[
                "dynamodb:CreateTable",
                "dynamodb:DeleteResourcePolicy",
                "dynamodb:DeleteTable",
                "dynamodb:DescribeContinuousBackups",
                "dynamodb:DescribeContributorInsights",
                "dynamodb:DescribeKinesisStreamingDestination",
                "dynamodb:DescribeTable",
                "dynamodb:DescribeTimeToLive",
                "dynamodb:GetResourcePolicy",
                "dynamodb:ListTagsOfResource",
                "dynamodb:PutResourcePolicy",
                "dynamodb:TagResource",
                "dynamodb:UntagResource",
                "dynamodb:UpdateContinuousBackups",
                "dynamodb:UpdateTable",
                "dynamodb:UpdateTimeToLive",
            ],
            on=given.named("dynamodb", "table/"),
        ),
        allow(
            "TheBucket",
            can=[
                "s3:CreateBucket",
                "s3:DeleteBucket",
                "s3:DeleteBucketPolicy",
                "s3:GetAccelerateConfiguration",
                "s3:GetAnalyticsConfiguration",
                "s3:GetBucketAbac",
                "s3:GetBucketAcl",
                "s3:GetBucketCORS",
                "s3:GetBucketLogging",
                "s3:GetBucketMetadataTableConfiguration",
                "s3:GetBucketNotification",
                "s3:GetBucketObjectLockConfiguration",
                "s3:GetBucketOwnershipControls",
                "s3:GetBucketPolicy",
                "s3:GetBucketPublicAccessBlock",
                "s3:GetBucketTagging",
                "s3:GetBucketVersioning",
                "s3:GetBucketWebsite",
                "s3:GetEncryptionConfiguration",
                "s3:GetIntelligentTieringConfiguration",
                "s3:GetInventoryConfiguration",
                "s3:GetLifecycleConfiguration",
                "s3:GetMetricsConfiguration",
                "s3:GetReplicationConfiguration",
                # Whether a bucket is there, S3 says to whoever may list it.
                # https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html
                "s3:ListBucket",
                "s3:ListTagsForResource",
                "s3:PutBucketOwnershipControls",
                "s3:PutBucketPolicy",
                "s3:PutBucketPublicAccessBlock",
                "s3:PutBucketTagging",
                "s3:PutBucketVersioning",
                "s3:PutEncryptionConfiguration",
                "s3:PutLifecycleConfiguration",
                "s3:TagResource",
                "s3:UntagResource",
            ],
            on=bucket,
        ),
        allow(
            "TheVault",
            can=[
                "backup:CreateBackupPlan",
                "backup:CreateBackupSelection",
                "backup:CreateBackupVault",
                "backup:DeleteBackupPlan",
                "backup:DeleteBackupSelection",
                "backup:DeleteBackupVault",
                "backup:DeleteBackupVaultLockConfiguration",
                "backup:DescribeBackupVault",
                "backup:GetBackupPlan",
                "backup:GetBackupSelection",
                "backup:GetBackupVaultAccessPolicy",
                "backup:GetBackupVaultNotifications",
                "backup:ListTags",
                "backup:PutBackupVaultLockConfiguration",
                "backup:TagResource",
                "backup:UntagResource",
                "backup:UpdateBackupPlan",
            ],
            on=[
                given.arn("backup", f"backup-vault:{given.prefix}-*"),
                # AWS makes up the id of a plan.
                given.arn("backup", "backup-plan:*"),
            ],
        ),
        # https://docs.aws.amazon.com/aws-backup/latest/devguide/create-a-vault.html
        allow("TheVaultsStorage", can="backup-storage:MountCapsule"),
    ]


def keys(given: Scope) -> list[Statement]:
    """Services use keys in the name of who deploys; the key policies say which keys, and not PictureKey."""
    every = given.arn("kms", "key/*")
    return [
        allow(
            "KeysThroughServices",
            can=[
                "kms:Decrypt",
                "kms:DescribeKey",
                "kms:Encrypt",
                "kms:GenerateDataKey",
                "kms:GenerateDataKeyWithoutPlaintext",
                "kms:ReEncryptFrom",
                "kms:ReEncryptTo",
                "kms:RetireGrant",
            ],
            on=every,
            where=given.via("backup", "dynamodb", "lambda"),
        ),
        allow(
            "GrantsForServices",
            can="kms:CreateGrant",
            on=every,
            where={
                **given.via("backup", "dynamodb", "lambda"),
                "Bool": {"kms:GrantIsForAWSResource": "true"},
            },
        ),
        # The handler of tables lists it, and KMS knows no resource for it: names of keys, and no more.
        allow("FindKeys", can="kms:ListAliases"),
        allow("ReadAssets", can=["s3:GetObject", "s3:GetObjectVersion"], on=f"{given.assets_arn}/*"),
        allow("OpenAssets", can="kms:Decrypt", on=given.assets_key_arn, where=given.via("s3")),
    ]


def api(given: Scope) -> list[Statement]:
    """The API, its name, its firewall and its functions."""
    gateway = f"arn:aws:apigateway:{given.identities.region}::"
    return [
        # AWS makes up the ids below /restapis.
        allow(
            "TheApi",
            can=[
                "apigateway:DELETE",
                "apigateway:GET",
                "apigateway:PATCH",
                "apigateway:POST",
                "apigateway:PUT",
                "apigateway:SetWebACL",
                "apigateway:UpdateRestApiPolicy",
            ],
            on=[
                f"{gateway}/account",
                f"{gateway}/domainnames",
                f"{gateway}/domainnames/*",
                f"{gateway}/restapis",
                f"{gateway}/restapis/*",
                f"{gateway}/tags/*",
            ],
        ),
        allow("AskForACertificate", can="acm:RequestCertificate"),
        allow(
            "TheCertificate",
            can=[
                "acm:AddTagsToCertificate",
                "acm:DeleteCertificate",
                "acm:DescribeCertificate",
                "acm:ListTagsForCertificate",
                "acm:RemoveTagsFromCertificate",
                "acm:UpdateCertificateOptions",
            ],
            on=given.arn("acm", "certificate/*"),
        ),
        allow("FindTheZone", can="route53:ListHostedZones"),
        allow(
            "TheNameOfTheApi",
            can=[
                "route53:ChangeResourceRecordSets",
                "route53:GetHostedZone",
                "route53:ListResourceRecordSets",
            ],
            on=f"arn:aws:route53:::hostedzone/{given.hosted_zone_id}",
        ),
        allow("FollowTheChange", can="route53:GetChange", on="arn:aws:route53:::change/*"),
        allow(
            "TheFirewall",
            can=[
                "wafv2:AssociateWebACL",
                "wafv2:CreateWebACL",
                "wafv2:DeleteLoggingConfiguration",
                "wafv2:DeleteWebACL",
                "wafv2:DisassociateWebACL",
                "wafv2:GetLoggingConfiguration",
                "wafv2:GetWebACL",
                "wafv2:GetWebACLForResource",
                "wafv2:ListTagsForResource",
                "wafv2:PutLoggingConfiguration",
                "wafv2:TagResource",
                "wafv2:UntagResource",
                "wafv2:UpdateWebACL",
            ],
            on=[
                given.arn("wafv2", f"regional/webacl/{given.prefix}*/*"),
                given.arn("wafv2", "regional/managedruleset/*/*"),
                f"{gateway}/restapis/*/stages/*",
            ],
        ),
        allow(
            "Functions",
            can=[
                "lambda:AddPermission",
                "lambda:CreateFunction",
                "lambda:DeleteFunction",
                "lambda:DeleteFunctionConcurrency",
                "lambda:GetFunction",
                "lambda:GetFunctionCodeSigningConfig",
                "lambda:GetFunctionRecursionConfig",
                "lambda:GetFunctionScalingConfig",
                "lambda:GetPolicy",
                "lambda:GetRuntimeManagementConfig",
                "lambda:PutFunctionConcurrency",
                "lambda:PutFunctionRecursionConfig",
                "lambda:PutRuntimeManagementConfig",
                "lambda:RemovePermission",
                "lambda:TagResource",
                "lambda:UntagResource",
                "lambda:UpdateFunctionCode",
                "lambda:UpdateFunctionConfiguration",
            ],
            on=given.arn("lambda", f"function:{given.prefix}-*"),
        ),
    ]


def operations(given: Scope) -> list[Statement]:
    """Logs, alarms, rules, topics and queues."""
    groups = [
        given.named("logs", "log-group:"),
        given.arn("logs", "log-group:/aws/apigateway/welcome"),
        given.arn("logs", "log-group:/aws/apigateway/welcome:*"),
        given.arn("logs", f"log-group:aws-waf-logs-{given.prefix}-*"),
    ]
    return [
        allow(
            "LogGroups",
            can=[
                "logs:AssociateKmsKey",
                "logs:CreateLogGroup",
                "logs:DeleteDataProtectionPolicy",
                "logs:DeleteLogGroup",
                "logs:DeleteRetentionPolicy",
                "logs:DisassociateKmsKey",
                "logs:GetDataProtectionPolicy",
                "logs:ListTagsForResource",
                "logs:PutRetentionPolicy",
                "logs:TagResource",
                "logs:UntagResource",
            ],
            on=groups,
        ),
        # https://docs.aws.amazon.com/waf/latest/developerguide/logging-cw-logs.html
        allow(
            "DeliveryOfLogs",
            can=[
                "logs:CreateLogDelivery",
                "logs:DeleteLogDelivery",
                "logs:DeleteResourcePolicy",
                # AWS knows no resource for it.
                # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html
                "logs:DescribeIndexPolicies",
                "logs:DescribeLogGroups",
                "logs:DescribeResourcePolicies",
                "logs:GetLogDelivery",
                "logs:ListLogDeliveries",
                "logs:PutResourcePolicy",
                "logs:UpdateLogDelivery",
            ],
        ),
        allow(
            "Alarms",
            can=[
                "cloudwatch:DeleteAlarms",
                "cloudwatch:DescribeAlarms",
                "cloudwatch:ListTagsForResource",
                "cloudwatch:PutMetricAlarm",
                "cloudwatch:TagResource",
                "cloudwatch:UntagResource",
            ],
            on=given.named("cloudwatch", "alarm:"),
        ),
        allow(
            "Rules",
            can=[
                "events:DeleteRule",
                "events:DescribeRule",
                "events:ListTagsForResource",
                "events:ListTargetsByRule",
                "events:PutRule",
                "events:PutTargets",
                "events:RemoveTargets",
                "events:TagResource",
                "events:UntagResource",
            ],
            on=given.named("events", "rule/"),
        ),
        allow(
            "Topics",
            can=[
                "sns:CreateTopic",
                "sns:DeleteTopic",
                "sns:GetDataProtectionPolicy",
                "sns:GetTopicAttributes",
                "sns:ListSubscriptionsByTopic",
                "sns:ListTagsForResource",
                "sns:SetTopicAttributes",
                "sns:Subscribe",
                "sns:TagResource",
                "sns:UntagResource",
            ],
            on=given.named("sns"),
        ),
        # AWS knows no resource for these three.
        allow(
            "Subscriptions",
            can=["sns:GetSubscriptionAttributes", "sns:SetSubscriptionAttributes", "sns:Unsubscribe"],
        ),
        allow(
            "Queues",
            can=[
                "sqs:CreateQueue",
                "sqs:DeleteQueue",
                "sqs:GetQueueAttributes",
                "sqs:GetQueueUrl",
                "sqs:ListQueueTags",
                "sqs:SetQueueAttributes",
                "sqs:TagQueue",
                "sqs:UntagQueue",
            ],
            on=given.named("sqs"),
        ),
    ]


POLICIES: Mapping[str, Callable[[Scope], list[Statement]]] = {
    "Network": network,
    "Names": names,
    "Identities": identities,
    "Stores": stores,
    "Keys": keys,
    "Api": api,
    "Operations": operations,
}
