"""What the account may use at most, beside what the templates need."""

from __future__ import annotations

from botocore.exceptions import ClientError

from doctor.account.account import Account
from doctor.result import Result, compared
from stacks.identities import ENVIRONMENT_TAG

# What Lambda leaves to functions that reserve nothing.
# https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionConcurrency.html
UNRESERVED = 100

# No request makes as many: one or two calls of our own, which the demo shows, and what S3 and DynamoDB call.
KMS_CALLS_A_REQUEST = 10

# Service and code as Service Quotas names them.
# https://docs.aws.amazon.com/kms/latest/developerguide/requests-per-second.html
KMS_SYMMETRIC = ("kms", "L-6E3AF000")
# https://docs.aws.amazon.com/general/latest/gr/vpc-service.html
VPCS = ("vpc", "L-F678F1CE")
INTERFACE_ENDPOINTS = ("vpc", "L-29B6F2EB")
GATEWAY_ENDPOINTS = ("vpc", "L-1B52E74A")


def lambda_concurrency(account: Account) -> Result:
    """What is reserved for our functions leaves Lambda the 100 executions that it keeps unreserved.

    "New AWS accounts have reduced concurrency and memory quotas. AWS raises these quotas automatically based
    on your usage." The default is 1,000: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
    """
    reserved = sum(
        int(each.get("ReservedConcurrentExecutions", 0))
        for each in account.templates().of_type("AWS::Lambda::Function")
    )
    limit = account.client("lambda").get_account_settings()["AccountLimit"]["ConcurrentExecutions"]
    return compared(
        limit >= reserved + UNRESERVED,
        found=limit,
        expected=f"at least {reserved + UNRESERVED}: {reserved} reserved and {UNRESERVED} for the rest",
        todo="ask for more: `aws service-quotas request-service-quota-increase --service-code lambda "
        "--quota-code L-B99A9384 --desired-value 1000`",
    )


def kms_requests(account: Account) -> Result:
    """KMS answers as many requests a second as the API can cause."""
    limits = [
        setting["ThrottlingRateLimit"]
        for stage in account.templates().of_type("AWS::ApiGateway::Stage")
        for setting in stage["MethodSettings"]
    ]
    return _enough(account, KMS_SYMMETRIC, needed=KMS_CALLS_A_REQUEST * int(sum(limits)), used=0)


def vpcs(account: Account) -> Result:
    """The region has room for the environment's network."""
    pages = account.client("ec2").get_paginator("describe_vpcs").paginate()
    others = [each for page in pages for each in page["Vpcs"] if not _is_ours(account, each)]
    return _enough(account, VPCS, needed=len(account.templates().of_type("AWS::EC2::VPC")), used=len(others))


def interface_endpoints(account: Account) -> Result:
    """The environment's network has room for its interface endpoints."""
    return _enough(account, INTERFACE_ENDPOINTS, needed=_endpoints(account, "Interface"), used=0)


def gateway_endpoints(account: Account) -> Result:
    """The region has room for the environment's gateway endpoints."""
    pages = (
        account.client("ec2")
        .get_paginator("describe_vpc_endpoints")
        .paginate(Filters=[{"Name": "vpc-endpoint-type", "Values": ["Gateway"]}])
    )
    others = [each for page in pages for each in page["VpcEndpoints"] if not _is_ours(account, each)]
    return _enough(account, GATEWAY_ENDPOINTS, needed=_endpoints(account, "Gateway"), used=len(others))


def _endpoints(account: Account, kind: str) -> int:
    endpoints = account.templates().of_type("AWS::EC2::VPCEndpoint")
    return sum(each.get("VpcEndpointType", "Gateway") == kind for each in endpoints)


def _is_ours(account: Account, resource: dict[str, list[dict[str, str]]]) -> bool:
    return {"Key": ENVIRONMENT_TAG, "Value": account.environment.name} in resource.get("Tags", [])


def _enough(account: Account, quota: tuple[str, str], *, needed: int, used: int) -> Result:
    service, code = quota
    value = _value(account, service, code)
    return compared(
        value >= used + needed,
        found=f"{value:g}, of which others use {used}",
        expected=f"at least {used + needed}",
        todo=f"ask for more: `aws service-quotas request-service-quota-increase --service-code {service} "
        f"--quota-code {code} --desired-value {used + needed}`",
    )


def _value(account: Account, service: str, code: str) -> float:
    """The quota as it is applied to the account, or the default where none was ever applied.

    https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_GetServiceQuota.html
    """
    client = account.client("service-quotas")
    try:
        return float(client.get_service_quota(ServiceCode=service, QuotaCode=code)["Quota"]["Value"])
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchResourceException":
            raise
    default = client.get_aws_default_service_quota(ServiceCode=service, QuotaCode=code)
    return float(default["Quota"]["Value"])
