"""What is written down about the account: the trail, and the log groups that AWS makes by itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from doctor.account.account import Account
from doctor.result import Result, compared, unknown
from stacks.identities import ENVIRONMENT_TAG

WELCOME = "/aws/apigateway/welcome"

# "An account can have a maximum of 10 policies without resourceARN and one per LogGroup resourceARN."
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutResourcePolicy.html
LOG_POLICIES = 10


def trail(account: Account) -> Result:
    """A trail records what is done to keys, without which no attempt on a master key raises an alarm.

    EventBridge gets "AWS API Call via CloudTrail" only where a trail with logging enabled records the event;
    a trail can leave out read or write events, and those of KMS.
    https://docs.aws.amazon.com/eventbridge/latest/userguide/event-types.html
    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-management-events-with-cloudtrail.html
    """
    # An organization's trail shows as a shadow trail here.
    # https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_DescribeTrails.html
    trails = account.client("cloudtrail").describe_trails(includeShadowTrails=True)["trailList"]
    expected = f"a trail that logs, covers {account.settings.region} and records write events of KMS"
    todo = "create a trail of all management events; the organization's is one when it exists"
    reasons, denied = [], []
    for each in trails:
        try:
            problems = list(_problems(account, each))
        except ClientError as error:
            denied.append(f"{each['TrailARN']} may not be read ({error.response['Error']['Code']})")
            continue
        if not problems:
            return compared(True, found=each["TrailARN"], expected=expected, todo="")
        reasons.append(f"{each['TrailARN']} {' and '.join(problems)}")
    found = "; ".join(reasons + denied) or "no trail"
    if denied:
        return unknown(found, expected=expected)
    return compared(False, found=found, expected=expected, todo=todo)


def _problems(account: Account, trail: Mapping[str, Any]) -> Iterator[str]:
    client, arn = account.client("cloudtrail"), trail["TrailARN"]
    if not trail.get("IsMultiRegionTrail") and trail.get("HomeRegion") != account.settings.region:
        yield f"does not cover {account.settings.region}"
    # By its whole ARN, without which a member account cannot ask for the organization's trail.
    # https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetTrailStatus.html
    if not client.get_trail_status(Name=arn)["IsLogging"]:
        yield "does not log"
    if not _records_keys(client.get_event_selectors(TrailName=arn)):
        yield "is not seen to record all write events of KMS"


def welcome_logs(account: Account) -> Result:
    """API Gateway's own log group does not stand in the way of ours.

    Not documented by AWS: the group is made when the account's logging role is first set. Once it exists
    without our key, the stack that makes it under our key cannot be deployed.
    """
    client = account.client("logs")
    groups = client.describe_log_groups(logGroupNamePrefix=WELCOME)["logGroups"]
    (found,) = [each for each in groups if each["logGroupName"] == WELCOME] or [None]
    expected = f"no log group {WELCOME}, or ours, under our key"
    if found is None:
        return compared(True, found="no such log group", expected=expected, todo="")
    arn = found.get("logGroupArn") or found["arn"].removesuffix(":*")
    tags = client.list_tags_for_resource(resourceArn=arn)["tags"]
    return compared(
        tags.get(ENVIRONMENT_TAG) == account.environment.name and "kmsKeyId" in found,
        found=f"tags {tags or 'none'}, key {found.get('kmsKeyId', 'none')}",
        expected=expected,
        todo=f"look through it and delete it: `aws logs delete-log-group --log-group-name {WELCOME}`",
    )


def log_policies(account: Account) -> Result:
    """CloudWatch Logs has room for the policies that let services write to our log groups."""
    ours = {each["PolicyName"] for each in account.templates().of_type("AWS::Logs::ResourcePolicy")}
    pages = account.client("logs").get_paginator("describe_resource_policies").paginate()
    others = {
        policy["policyName"]
        for page in pages
        for policy in page["resourcePolicies"]
        if "resourceArn" not in policy
    } - ours
    return compared(
        len(others) + len(ours) <= LOG_POLICIES,
        found=f"{len(others)} of others",
        expected=f"at most {LOG_POLICIES - len(ours)}: with our {len(ours)} there may be {LOG_POLICIES}",
        todo="join or delete some: `aws logs describe-resource-policies`",
    )


def _records_keys(selectors: Mapping[str, Any]) -> bool:
    return any(map(_basic_records_keys, selectors.get("EventSelectors") or ())) or any(
        map(_advanced_records_keys, selectors.get("AdvancedEventSelectors") or ())
    )


def _basic_records_keys(selector: Mapping[str, Any]) -> bool:
    # https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_EventSelector.html
    return (
        selector.get("IncludeManagementEvents", True)
        and selector.get("ReadWriteType", "All") in ("All", "WriteOnly")
        and "kms.amazonaws.com" not in selector.get("ExcludeManagementEventSources", ())
    )


def _advanced_records_keys(selector: Mapping[str, Any]) -> bool:
    """Whether a write event of KMS matches every field selector of this one.

    https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AdvancedFieldSelector.html
    """
    event = {"eventCategory": "Management", "readOnly": "false", "eventSource": "kms.amazonaws.com"}
    return all(
        field["Field"] in event and all(_matches(event[field["Field"]], field))
        for field in selector["FieldSelectors"]
    )


def _matches(value: str, field: Mapping[str, Any]) -> Iterator[bool]:
    """One answer for each operator of a field selector; what is not known here does not match."""
    tests = {
        "Equals": lambda given: value in given,
        "NotEquals": lambda given: value not in given,
        "StartsWith": lambda given: value.startswith(tuple(given)),
        "NotStartsWith": lambda given: not value.startswith(tuple(given)),
        "EndsWith": lambda given: value.endswith(tuple(given)),
        "NotEndsWith": lambda given: not value.endswith(tuple(given)),
    }
    for operator, given in field.items():
        if operator != "Field" and given:
            yield operator in tests and tests[operator](given)
