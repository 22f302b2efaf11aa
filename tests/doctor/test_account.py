"""Each check of an account: as it must be, absent, wrong; and what is denied or crashes tells nothing."""

import dataclasses
import json

import botocore.exceptions
import pytest
import yaml
from policy_sentry.querying.actions import get_action_data

from doctor.account import bootstrap, places
from doctor.checks import ACCOUNT
from doctor.name_servers import NameServersUnknown
from doctor.run import answers
from policies.verdict import Status
from stacks.lambda_asset import ROOT

PAGE = (ROOT / "docs" / "prerequisites.md").read_text()
# Where IAM calls something otherwise than the API does.
# https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetPublicAccessBlock.html
ACTIONS = {"s3control:GetPublicAccessBlock": "s3:GetAccountPublicAccessBlock"}
PREFIXES = {"service-quotas": "servicequotas"}

HOLDS, BROKEN, UNKNOWN = Status.HOLDS, Status.BROKEN, Status.CANNOT_TELL
ZONE_ID = "Z0111111111111111111"
OURS = [{"Key": "soulpicks:environment", "Value": "development"}]
OTHERS = [{"Key": "soulpicks:environment", "Value": "staging"}]
SERVERS = ["ns-1.awsdns-01.org", "ns-2.awsdns-02.co.uk"]
TEMPLATE = {
    "Parameters": {"FirstDeployers": {"Type": "String", "Default": ""}},
    "Resources": {
        "Version": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": "30"}}
    },
}
OLDER = {**TEMPLATE, "Resources": {"Version": {"Type": "AWS::SSM::Parameter", "Properties": {"Value": "29"}}}}
TRAIL = "arn:aws:cloudtrail:eu-west-1:444444444444:trail/organization"
WELCOME_ARN = "arn:aws:logs:eu-west-1:111111111111:log-group:/aws/apigateway/welcome"
PROVIDER = "arn:aws:iam::111111111111:oidc-provider/soulpicks-development.eu.auth0.com/"


def opted(status):
    regions = [{"RegionName": "eu-west-1", "OptInStatus": status}]
    return (
        "ec2",
        "describe_regions",
        {"Regions": regions},
        {"RegionNames": ["eu-west-1"], "AllRegions": True},
    )


def zones(*names):
    return (
        "ec2",
        "describe_availability_zones",
        {"AvailabilityZones": [{"ZoneName": name} for name in names]},
    )


def stack(status="CREATE_COMPLETE", deployers=""):
    body = {"StackName": "CDKToolkit", "StackStatus": status, "CreationTime": "2026-11-01T00:00:00Z"}
    parameters = (
        [] if deployers is None else [{"ParameterKey": "FirstDeployers", "ParameterValue": deployers}]
    )
    return ("cloudformation", "describe_stacks", {"Stacks": [{**body, "Parameters": parameters}]})


NO_STACK = ("cloudformation", "describe_stacks", "ValidationError: Stack with id CDKToolkit does not exist")


def template(body):
    text = body if isinstance(body, str) else json.dumps(body)
    return ("cloudformation", "get_template", {"TemplateBody": text})


def deployed(*names):
    stacks = [
        {"StackName": name, "StackStatus": "CREATE_COMPLETE", "CreationTime": "2026-11-01T00:00:00Z"}
        for name in names
    ]
    return ("cloudformation", "list_stacks", {"StackSummaries": stacks})


ALL = [f"Soulpicks-Development-{name}" for name in
       ("StorageKeys", "Network", "PictureKeys", "Data", "Api", "Operations")]  # fmt: skip


def version(value):
    parameter = value if isinstance(value, str) and not value.isdecimal() else {"Parameter": {"Value": value}}
    return ("ssm", "get_parameter", parameter, {"Name": "/cdk-bootstrap/soulpicks/version"})


def hosted_zone(name="development.soulpicks.example.", private=False, servers=SERVERS):
    answer = {
        "HostedZone": {
            "Id": ZONE_ID,
            "Name": name,
            "CallerReference": "-",
            "Config": {"PrivateZone": private},
        },
        "DelegationSet": {"NameServers": servers},
    }
    return ("route53", "get_hosted_zone", answer, {"Id": ZONE_ID})


def lists(s3, dynamodb):
    found = [("s3", s3), ("dynamodb", dynamodb)]
    answer = [
        {"PrefixListName": f"com.amazonaws.eu-west-1.{name}", "PrefixListId": number}
        for name, number in found
        if number
    ]
    return ("ec2", "describe_prefix_lists", {"PrefixLists": answer})


def providers(*arns):
    listed = [{"Arn": arn} for arn in arns]
    return ("iam", "list_open_id_connect_providers", {"OpenIDConnectProviderList": listed})


def provider(tags):
    return ("iam", "get_open_id_connect_provider", {"Tags": tags}, {"OpenIDConnectProviderArn": PROVIDER})


def concurrency(value):
    return ("lambda", "get_account_settings", {"AccountLimit": {"ConcurrentExecutions": value}})


def quota(value, operation="get_service_quota"):
    return ("service-quotas", operation, value if isinstance(value, str) else {"Quota": {"Value": value}})


def vpcs(*tags):
    return ("ec2", "describe_vpcs", {"Vpcs": [{"VpcId": "vpc-1", "Tags": each} for each in tags]})


def gateways(*tags):
    endpoints = [{"VpcEndpointId": "vpce-1", "Tags": each} for each in tags]
    return ("ec2", "describe_vpc_endpoints", {"VpcEndpoints": endpoints})


def trails(*each):
    return ("cloudtrail", "describe_trails", {"trailList": list(each)}, {"includeShadowTrails": True})


WHOLE = {"TrailARN": TRAIL, "IsMultiRegionTrail": True, "HomeRegion": "us-east-1"}
HERE = {"TrailARN": TRAIL, "IsMultiRegionTrail": False, "HomeRegion": "eu-west-1"}
ELSEWHERE = {"TrailARN": TRAIL, "IsMultiRegionTrail": False, "HomeRegion": "us-east-1"}


def logging(yes=True):
    return ("cloudtrail", "get_trail_status", {"IsLogging": yes}, {"Name": TRAIL})


def selectors(*basic):
    return ("cloudtrail", "get_event_selectors", {"EventSelectors": list(basic)}, {"TrailName": TRAIL})


def advanced(**fields):
    found = [{"Field": name, **operators} for name, operators in fields.items()]
    return ("cloudtrail", "get_event_selectors", {"AdvancedEventSelectors": [{"FieldSelectors": found}]})


MANAGEMENT = {"Equals": ["Management"]}
EVERYTHING = {"ReadWriteType": "All", "IncludeManagementEvents": True}
WITHOUT_KMS = {**EVERYTHING, "ExcludeManagementEventSources": ["kms.amazonaws.com"]}
WITHOUT_MANAGEMENT = {**EVERYTHING, "IncludeManagementEvents": False}
NO = {"Equals": ["false"]}
NOT_KMS = {"NotEquals": ["kms.amazonaws.com"]}
NO_STATUS = ("cloudtrail", "get_trail_status", "AccessDeniedException")


def groups(*names, **more):
    found = [{"logGroupName": name, "arn": f"{WELCOME_ARN}:*", **more} for name in names]
    return (
        "logs",
        "describe_log_groups",
        {"logGroups": found},
        {"logGroupNamePrefix": "/aws/apigateway/welcome"},
    )


def tags(**found):
    return ("logs", "list_tags_for_resource", {"tags": found}, {"resourceArn": WELCOME_ARN})


def log_policies(*policies):
    return ("logs", "describe_resource_policies", {"resourcePolicies": list(policies)})


def named(count, **more):
    return [{"policyName": str(number), **more} for number in range(count)]


def public_access(*blocks):
    answer = {"PublicAccessBlockConfiguration": dict.fromkeys(blocks, True)}
    return ("s3control", "get_public_access_block", answer, {"AccountId": "111111111111"})


FOUR = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


def backup(**preference):
    answer = {"ResourceTypeOptInPreference": {}, "ResourceTypeManagementPreference": preference}
    return ("backup", "describe_region_settings", answer)


BY_HAND = "arn:aws:iam::1:role/A"
WELCOME = "/aws/apigateway/welcome"
IN_DEVELOPMENT = {"soulpicks:environment": "development"}
NO_BLOCK = ("s3control", "get_public_access_block", "NoSuchPublicAccessBlockConfiguration")
DEFAULT_QUOTA = quota(20_000.0, "get_aws_default_service_quota")

CASES = [
    ("region", [opted("opt-in-not-required")], HOLDS, "opt-in-not-required"),
    ("region", [opted("opted-in")], HOLDS, "opted-in"),
    ("region", [opted("not-opted-in")], BROKEN, "not-opted-in"),
    ("zones", [zones("eu-west-1a", "eu-west-1b", "eu-west-1c")], HOLDS, "eu-west-1a, eu-west-1b"),
    ("zones", [zones("us-west-1a", "us-west-1c")], BROKEN, "us-west-1a, us-west-1c"),
    ("zones", [zones()], BROKEN, "none"),
    ("bootstrap", [stack(), template(TEMPLATE)], HOLDS, "CREATE_COMPLETE, the same"),
    ("bootstrap", [stack("UPDATE_COMPLETE"), template(yaml.safe_dump(TEMPLATE))], HOLDS, "the same"),
    ("bootstrap", [NO_STACK], BROKEN, "no such stack"),
    ("bootstrap", [stack("ROLLBACK_COMPLETE")], BROKEN, "ROLLBACK_COMPLETE"),
    ("bootstrap", [stack(), template(OLDER)], BROKEN, "other in Resources.Version"),
    ("bootstrap", [stack(), template("Resources: !Sub x")], BROKEN, "other in Parameters"),
    ("bootstrap-version", [version("30")], HOLDS, "30"),
    ("bootstrap-version", [version("5")], BROKEN, "5"),
    ("bootstrap-version", [version("ParameterNotFound")], BROKEN, "no such parameter"),
    ("first-deployers", [stack(), deployed(*ALL)], HOLDS, "nobody; every stack is deployed"),
    ("first-deployers", [stack(deployers=BY_HAND), deployed("CDKToolkit")], HOLDS, "not deployed yet"),
    ("first-deployers", [stack(deployers=BY_HAND), deployed(*ALL)], BROKEN, BY_HAND),
    ("first-deployers", [stack(deployers=None)], BROKEN, "without the parameter"),
    ("first-deployers", [NO_STACK], BROKEN, "no stack CDKToolkit"),
    ("zone", [hosted_zone()], HOLDS, "a public zone development.soulpicks.example"),
    ("zone", [hosted_zone("soulpicks.example.")], BROKEN, "a public zone soulpicks.example"),
    ("zone", [hosted_zone("staging.soulpicks.example.")], BROKEN, "staging"),
    ("zone", [hosted_zone(private=True)], BROKEN, "a private zone"),
    ("zone", [("route53", "get_hosted_zone", "NoSuchHostedZone")], BROKEN, f"no zone {ZONE_ID}"),
    ("prefix-lists", [lists("pl-6da54004", "pl-6fa54006")], HOLDS, "pl-6da54004"),
    ("prefix-lists", [lists("pl-63a5400a", "pl-6fa54006")], BROKEN, "pl-63a5400a"),
    ("prefix-lists", [lists(None, None)], BROKEN, "none"),
    ("identity-provider", [providers("arn:aws:iam::1:oidc-provider/a.example")], HOLDS, "no such provider"),
    ("identity-provider", [providers(PROVIDER), provider(OURS)], HOLDS, "ours"),
    ("identity-provider", [providers(PROVIDER), provider([])], BROKEN, PROVIDER),
    ("identity-provider", [providers(PROVIDER), provider(OTHERS)], BROKEN, PROVIDER),
    ("lambda-concurrency", [concurrency(1000)], HOLDS, "1000"),
    ("lambda-concurrency", [concurrency(10)], BROKEN, "10"),
    ("kms-requests", [quota(10_000.0)], HOLDS, "10000"),
    ("kms-requests", [quota(100.0)], BROKEN, "100"),
    ("kms-requests", [quota("NoSuchResourceException"), DEFAULT_QUOTA], HOLDS, "20000"),
    ("vpcs", [vpcs([], []), quota(5.0)], HOLDS, "5, of which others use 2"),
    ("vpcs", [vpcs([], [], [], [], []), quota(5.0)], BROKEN, "others use 5"),
    ("vpcs", [vpcs([], [], [], [], OURS), quota(5.0)], HOLDS, "others use 4"),
    ("interface-endpoints", [quota(50.0)], HOLDS, "50"),
    ("interface-endpoints", [quota(1.0)], BROKEN, "1,"),
    ("gateway-endpoints", [gateways([]), quota(20.0)], HOLDS, "others use 1"),
    ("gateway-endpoints", [gateways(*[OTHERS] * 19), quota(20.0)], BROKEN, "others use 19"),
    ("gateway-endpoints", [gateways(OURS, OURS), quota(2.0)], HOLDS, "others use 0"),
    ("trail", [trails(WHOLE), logging(), selectors(EVERYTHING)], HOLDS, TRAIL),
    ("trail", [trails(WHOLE), logging(), selectors({"ReadWriteType": "WriteOnly"})], HOLDS, TRAIL),
    ("trail", [trails(HERE), logging(), selectors(EVERYTHING)], HOLDS, TRAIL),
    ("trail", [trails(WHOLE), logging(), advanced(eventCategory=MANAGEMENT)], HOLDS, TRAIL),
    ("trail", [trails(WHOLE), logging(), advanced(eventCategory=MANAGEMENT, readOnly=NO)], HOLDS, TRAIL),
    ("trail", [trails(ELSEWHERE, WHOLE), NO_STATUS, logging(), selectors(EVERYTHING)], HOLDS, TRAIL),
    ("trail", [trails()], BROKEN, "no trail"),
    ("trail", [trails(ELSEWHERE), logging(), selectors(EVERYTHING)], BROKEN, "does not cover eu-west-1"),
    ("trail", [trails(WHOLE), logging(False), selectors(EVERYTHING)], BROKEN, "does not log"),
    ("trail", [trails(WHOLE), logging(), selectors(WITHOUT_MANAGEMENT)], BROKEN, "write events"),
    ("trail", [trails(WHOLE), logging(), selectors({"ReadWriteType": "ReadOnly"})], BROKEN, "of KMS"),
    ("trail", [trails(WHOLE), logging(), selectors(WITHOUT_KMS)], BROKEN, "of KMS"),
    (
        "trail",
        [trails(WHOLE), logging(), advanced(eventCategory=MANAGEMENT, eventSource=NOT_KMS)],
        BROKEN,
        "KMS",
    ),
    ("trail", [trails(WHOLE), logging(), advanced(eventCategory={"Equals": ["Data"]})], BROKEN, "of KMS"),
    ("trail", [trails(WHOLE), logging(), advanced(eventCategory=MANAGEMENT, eventName=NO)], BROKEN, "of KMS"),
    ("trail", [trails(WHOLE), NO_STATUS], UNKNOWN, "may not be read (AccessDeniedException)"),
    ("welcome-logs", [groups()], HOLDS, "no such log group"),
    ("welcome-logs", [groups(f"{WELCOME}-2")], HOLDS, "no such log group"),
    ("welcome-logs", [groups(WELCOME, kmsKeyId="arn:key"), tags(**IN_DEVELOPMENT)], HOLDS, "arn:key"),
    ("welcome-logs", [groups(WELCOME), tags()], BROKEN, "tags none, key none"),
    ("welcome-logs", [groups(WELCOME), tags(**IN_DEVELOPMENT)], BROKEN, "key none"),
    ("welcome-logs", [groups(WELCOME, kmsKeyId="arn:key"), tags()], BROKEN, "tags none"),
    ("log-policies", [log_policies()], HOLDS, "0 of others"),
    ("log-policies", [log_policies(*named(10))], BROKEN, "10 of others"),
    ("log-policies", [log_policies(*named(10, resourceArn="arn:x"))], HOLDS, "0 of others"),
    ("s3-public-access", [public_access(*FOUR)], HOLDS, "all four blocks"),
    ("s3-public-access", [public_access(*FOUR[:3])], BROKEN, "not set: RestrictPublicBuckets"),
    ("s3-public-access", [NO_BLOCK], BROKEN, "not set: "),
    ("dynamodb-backup", [backup(DynamoDB=True)], HOLDS, "DynamoDB: true"),
    ("dynamodb-backup", [backup(DynamoDB=False)], BROKEN, "DynamoDB: false"),
    ("dynamodb-backup", [backup(EFS=True)], BROKEN, "DynamoDB: false"),
]


@pytest.mark.parametrize(("name", "calls", "status", "found"), CASES, ids=lambda value: str(value)[:30])
def test_a_check_says_what_the_account_has(look, name, calls, status, found):
    result = look(name, *calls)
    assert (result.status, found in result.found) == (status, True), result
    assert result.expected


@pytest.mark.parametrize(
    ("told", "status"),
    [
        (frozenset(SERVERS), HOLDS),
        (frozenset(), BROKEN),
        (frozenset(["ns1.elsewhere.example"]), BROKEN),
        (frozenset(SERVERS[:1]), BROKEN),
        (NameServersUnknown("no resolver answered"), UNKNOWN),
    ],
    ids=["ours", "none", "others", "some", "no answer"],
)
def test_the_delegation_is_what_the_world_is_told(look, monkeypatch, told, status):
    def ask(name):
        assert name == "development.soulpicks.example"
        if isinstance(told, Exception):
            raise told
        return told

    monkeypatch.setattr(places, "name_servers", ask)
    assert look("delegation", hosted_zone()).status is status


def test_every_check_of_the_account_is_seen_to_hold_and_to_be_broken():
    seen = {(name, status) for name, _, status, _ in CASES} | {("delegation", HOLDS), ("delegation", BROKEN)}
    assert seen >= {(check.name, status) for check in ACCOUNT for status in (HOLDS, BROKEN)}


def test_an_app_without_a_bootstrap_tells_nothing_about_one(account, templates):
    without = dataclasses.replace(templates, bootstrap=None)
    (check,) = (each for each in ACCOUNT if each.name == "bootstrap")
    (answer,) = answers([check], dataclasses.replace(account, templates=lambda: without))
    assert answer.result.status is UNKNOWN


REFUSALS = [
    botocore.exceptions.ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "GetSomething"),
    botocore.exceptions.ClientError({"Error": {"Code": "UnauthorizedOperation"}}, "DescribeSomething"),
    botocore.exceptions.EndpointConnectionError(endpoint_url="https://somewhere"),
    botocore.exceptions.ConnectTimeoutError(endpoint_url="https://somewhere"),
    KeyError("Value"),
    RuntimeError("two\nlines"),
]


@pytest.mark.parametrize("check", ACCOUNT, ids=lambda check: check.name)
@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda error: type(error).__name__)
def test_what_is_denied_or_crashes_cannot_be_told(account, aws, check, refusal):
    aws.refusal = refusal
    (answer,) = answers([check], account)
    assert answer.result.status is UNKNOWN, answer
    assert aws.calls, "the check asked nothing"
    assert "\n" not in answer.result.found
    assert answer.result.todo


def test_an_answer_that_lacks_what_is_looked_for_cannot_be_told(look):
    assert look("lambda-concurrency", ("lambda", "get_account_settings", {})).status is UNKNOWN
    assert look("region", ("ec2", "describe_regions", {"Regions": []})).status is UNKNOWN


def test_templates_that_cannot_be_synthesized_cannot_be_told(account):
    def fail():
        raise ValueError("no stacks")

    broken = dataclasses.replace(account, templates=fail)
    found = list(answers([check for check in ACCOUNT if check.name in ("bootstrap", "kms-requests")], broken))
    assert [answer.result.status for answer in found] == [UNKNOWN, UNKNOWN]


def test_a_template_is_compared_in_each_form_in_which_boto3_gives_it():
    for form in (TEMPLATE, json.dumps(TEMPLATE), yaml.safe_dump(TEMPLATE)):
        assert bootstrap._plain(form) == TEMPLATE


def action_of(service, operation):
    called = f"{service}:{operation}"
    return ACTIONS.get(called, f"{PREFIXES.get(service, service)}:{operation}")


def access_level(action):
    service, _, name = action.partition(":")
    rows = [row for found in get_action_data(service, name).values() for row in found]
    return {row["access_level"] for row in rows if row["action"].lower() == action.lower()}


def test_the_credentials_need_exactly_the_actions_of_the_page_and_each_only_reads(account, aws, monkeypatch):
    monkeypatch.setattr(places, "name_servers", lambda _: frozenset())
    checks = {check.name: check for check in ACCOUNT}
    for name, calls, *_ in [*CASES, ("delegation", [hosted_zone()])]:
        for service, operation, response, *expected in calls:
            aws.answer(service, operation, response, **(expected[0] if expected else {}))
        list(answers([checks[name]], account))
    needed = sorted({action_of(service, operation) for service, _, operation in aws.calls})
    listed = PAGE.partition("```text\n")[2].partition("```")[0].splitlines()
    assert listed == needed
    for action in needed:
        assert access_level(action) <= {"Read", "List"}, action
        assert access_level(action), f"{action} is not an action of IAM"
