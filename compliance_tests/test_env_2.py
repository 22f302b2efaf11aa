"""ENV-2: the API is the only way in, and functions have no way to the internet."""

from compliance_tests.checks import env_2
from compliance_tests.marks import proves, sabotages
from compliance_tests.sabotage import Weakness, added, append, drop, must_be_reported, put, weaknesses
from compliance_tests.verdicts import must_hold
from policies.finding import summary
from policies.verdict import Status

OPEN = {"Sid": "Open", "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
FOREIGN = {**OPEN, "Principal": {"AWS": "999999999999"}}


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
