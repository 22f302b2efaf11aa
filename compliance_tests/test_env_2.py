"""ENV-2: the API is the only way in, functions have no way out, and a token is worth nothing elsewhere."""

import json

import pytest

from compliance_tests.checks import env_2
from compliance_tests.marks import proves, sabotages
from compliance_tests.sabotage import Weakness, added, append, drop, must_be_reported, put, weaknesses
from compliance_tests.verdicts import must_hold
from policies.finding import summary
from policies.verdict import Status

OPEN = {"Sid": "Open", "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
FOREIGN = {**OPEN, "Principal": {"AWS": "999999999999"}}
ROLE, ENDPOINT = "AWS::IAM::Role", "AWS::EC2::VPCEndpoint"
CONDITION = "AssumeRolePolicyDocument.Statement.0.Condition"
SOURCE_VPC = f"{CONDITION}.StringEquals.aws:SourceVpc"


def both(*changes):
    """One change after the other."""

    def change(body):
        for each in changes:
            each(body)

    return change


@proves("ENV-2")
def test_nothing_but_the_api_can_be_reached_from_outside(environment):
    must_hold(env_2.check(environment))


@sabotages("ENV-2")
@weaknesses(
    Weakness(
        "a bucket that may become public",
        "AWS::S3::Bucket",
        put("PublicAccessBlockConfiguration.RestrictPublicBuckets", False),
        "SP_S3_2",
    ),
    Weakness(
        "a bucket policy open to everyone",
        "AWS::S3::BucketPolicy",
        append("PolicyDocument.Statement", OPEN),
        "no-stranger",
    ),
    Weakness(
        "a table policy open to everyone",
        "AWS::DynamoDB::Table",
        append("ResourcePolicy.PolicyDocument.Statement", OPEN),
        "no-stranger",
    ),
    Weakness(
        "a key open to a whole foreign account",
        "AWS::KMS::Key",
        append("KeyPolicy.Statement", FOREIGN),
        "SP_KMS_3",
    ),
    Weakness(
        "a role that everyone may take",
        "AWS::IAM::Role",
        append("AssumeRolePolicyDocument.Statement", {**OPEN, "Action": "sts:AssumeRole"}),
        "SP_IAM_4",
    ),
    Weakness(
        "a topic open to everyone",
        "AWS::SNS::TopicPolicy",
        append("PolicyDocument.Statement", OPEN),
        "no-stranger",
    ),
    Weakness(
        "a route without an authorizer",
        "AWS::ApiGateway::Method",
        put("AuthorizationType", "NONE"),
        "SP_API_2",
    ),
    Weakness(
        "a function outside the isolated subnets",
        "AWS::Lambda::Function",
        drop("VpcConfig"),
        "isolated-function",
        only="Pictures",
    ),
    Weakness(
        "a function that any account may call",
        "AWS::Lambda::Permission",
        put("Principal", "*"),
        "SP_LAMBDA_1",
    ),
    Weakness(
        "sessions for tokens from anywhere",
        ROLE,
        drop(SOURCE_VPC),
        "session-only-inside",
        only="UserData",
    ),
    Weakness(
        "sessions for tokens from another network",
        ROLE,
        put(SOURCE_VPC, "vpc-00000000000000000"),
        "session-only-inside",
        only="UserData",
    ),
    Weakness(
        "sessions for tokens from every network",
        ROLE,
        both(drop(SOURCE_VPC), put(f"{CONDITION}.StringLike.aws:SourceVpc", "vpc-*")),
        "session-only-inside",
        only="UserData",
    ),
    Weakness(
        "sessions by a second statement",
        ROLE,
        append(
            "AssumeRolePolicyDocument.Statement",
            {
                "Effect": "Allow",
                "Principal": {"Federated": "arn:aws:iam::111111111111:oidc-provider/another.example"},
                "Action": "sts:AssumeRoleWithWebIdentity",
            },
        ),
        "session-only-inside",
        only="UserData",
    ),
    Weakness(
        "an endpoint that lets tokens buy sessions of every role",
        ENDPOINT,
        put("PolicyDocument.Statement.0.Resource", "*"),
        "no-other-session",
        only="StsEndpoint",
    ),
    Weakness(
        "an endpoint that lets tokens buy sessions of somebody's role",
        ENDPOINT,
        append(
            "PolicyDocument.Statement",
            {**OPEN, "Action": "sts:AssumeRole", "Resource": "arn:aws:iam::999999999999:role/Takes"},
        ),
        "no-other-session",
        only="StsEndpoint",
    ),
    Weakness(
        "an endpoint without a policy",
        ENDPOINT,
        drop("PolicyDocument"),
        "no-other-session",
        only="StsEndpoint",
    ),
    Weakness(
        "a role that Lambda takes for every account",
        ROLE,
        drop(CONDITION),
        "SP_IAM_7",
        only="Pictures/Role",
    ),
    Weakness(
        "a role that Lambda takes for somebody else",
        ROLE,
        put(f"{CONDITION}.StringEquals.aws:SourceAccount", "999999999999"),
        "source-is-ours",
        only="Pictures/Role",
    ),
    Weakness(
        "a log that somebody else's deliveries are written into",
        "AWS::Logs::ResourcePolicy",
        lambda body: body["Properties"].update(
            PolicyDocument=json.dumps(
                {
                    "Statement": {
                        **OPEN,
                        "Principal": {"Service": "delivery.logs.amazonaws.com"},
                        "Action": "logs:PutLogEvents",
                        "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:logs:eu-west-1:999999999999:*"}},
                    }
                }
            )
        ),
        "source-is-ours",
    ),
    Weakness(
        "a subnet that gives public addresses",
        "AWS::EC2::Subnet",
        put("MapPublicIpOnLaunch", True),
        "SP_NET_2",
    ),
)
def test_another_way_in_or_out_is_reported(environment, weakness):
    must_be_reported(env_2.check, weakness, environment)


@sabotages("ENV-2")
def test_a_function_url_is_reported(environment):
    url = {"AuthType": "NONE", "TargetFunctionArn": "pictures"}
    verdict = summary(env_2.check(added("Url", "AWS::Lambda::Url", url)(environment)))
    assert verdict.status is Status.BROKEN
    assert "SP_LAMBDA_1" in verdict.reason


@sabotages("ENV-2")
def test_a_gateway_to_the_internet_is_reported(environment):
    verdict = summary(env_2.check(added("Gateway", "AWS::EC2::InternetGateway", {})(environment)))
    assert verdict.status is Status.BROKEN
    assert "SP_NET_2" in verdict.reason


@sabotages("ENV-2")
def test_a_policy_that_the_templates_do_not_settle_is_not_passed_over(environment):
    weakened, _ = Weakness(
        "", "AWS::S3::BucketPolicy", put("PolicyDocument", {"Fn::ImportValue": "elsewhere"}), ""
    ).apply(environment)
    verdict = summary(env_2.check(weakened))
    assert verdict.status is Status.CANNOT_TELL


RULES, ASSOCIATION, NAMES, QUERIES = (
    f"AWS::Route53Resolver::{kind}"
    for kind in (
        "FirewallRuleGroup",
        "FirewallRuleGroupAssociation",
        "FirewallDomainList",
        "ResolverQueryLoggingConfig",
    )
)


@sabotages("ENV-2")
@pytest.mark.parametrize(
    ("kind", "change", "only", "reported_by"),
    [
        (RULES, put("FirewallRules.1.Action", "ALERT"), "", "SP_NET_3"),
        (RULES, put("FirewallRules.1.Priority", 0), "", "SP_NET_3"),
        (RULES, put("FirewallRules.1.Qtype", "A"), "", "SP_NET_3"),
        (NAMES, put("Domains", ["*.example"]), "Everything", "SP_NET_3"),
        (NAMES, append("Domains", "*.attacker.example"), "Services", "SP_NET_3"),
        (NAMES, append("Domains", "*"), "Services", "SP_NET_3"),
        (ASSOCIATION, put("VpcId", "vpc-00000000000000000"), "", "SP_NET_3"),
        (ASSOCIATION, put("MutationProtection", "DISABLED"), "", "SP_NET_3"),
        (QUERIES, put("DestinationArn", "arn:aws:s3:::a-bucket-of-somebody"), "", "SP_NET_4"),
        (f"{QUERIES}Association", put("ResourceId", "vpc-00000000000000000"), "", "SP_NET_4"),
        ("AWS::Logs::LogGroup", drop("KmsKeyId"), "DnsQueryLog", "SP_NET_4"),
    ],
)
def test_a_name_that_is_resolved_or_not_recorded_is_reported_at_the_network(
    environment, kind, change, only, reported_by
):
    weakened, _ = Weakness("names", kind, change, reported_by, only=only).apply(environment)
    (network,) = environment.of_type("AWS::EC2::VPC")
    broken = [f for f in env_2.check(weakened) if f.verdict.status is Status.BROKEN]
    assert (reported_by, network.place) in {(finding.check, finding.place) for finding in broken}, broken


@sabotages("ENV-2")
def test_a_list_of_names_that_is_elsewhere_is_not_passed_over(environment):
    elsewhere = put("DomainFileUrl", "s3://a-bucket-of-somebody/names.txt")
    weakened, _ = Weakness("names", NAMES, elsewhere, "", only="Services").apply(environment)
    assert summary(env_2.check(weakened)).status is Status.CANNOT_TELL


@sabotages("ENV-2")
def test_name_servers_of_somebody_else_are_reported(environment):
    servers = {"DomainNameServers": ["198.51.100.1"]}
    verdict = summary(env_2.check(added("Names", "AWS::EC2::DHCPOptions", servers)(environment)))
    assert verdict.status is Status.BROKEN
    assert "SP_NET_2" in verdict.reason
