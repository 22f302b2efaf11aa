"""What resource control policies do not reach.

Source: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html
(list of services as of November 2026; a service that is missing here is one whose RCPs deny nothing).
"""

from __future__ import annotations

from access.request import Request

SERVICES = frozenset({
    "aoss", "appconfig", "appstream", "autoscaling", "autoscaling-plans", "budgets",
    "clouddirectory", "cloudfront", "cloudsearch", "cloudtrail-data", "codeartifact", "codebuild",
    "codecommit", "codepipeline", "cognito-identity", "cognito-idp", "comprehend",
    "comprehendmedical", "compute-optimizer", "cost-optimization-hub", "dax", "dsql", "dynamodb",
    "ecr", "ecr-public", "events", "firehose", "fis", "fms", "gamelift", "health", "inspector-scan",
    "kendra", "kinesisvideo", "kms", "logs", "memorydb", "networkmonitor", "notifications",
    "opensearch", "pca-connector-ad", "personalize", "polly", "pricing", "resource-groups",
    "rolesanywhere", "s3", "secretsmanager", "servicediscovery", "signin", "sqs", "sts", "support",
    "swf", "textract", "timestream-influxdb", "transcribe", "transfer", "translate", "wafv2",
    "workspaces", "xray",
})  # fmt: skip


def binds(request: Request) -> bool:
    """Tell whether RCPs have a say in this request; they never do in the management account."""
    service, _, name = request.action.lower().partition(":")
    return (
        service in SERVICES
        and (service, name) != ("kms", "retiregrant")
        and not request.caller.is_service_linked_role
        and not (service == "sts" and ":role/aws-service-role/" in request.resource)
    )
