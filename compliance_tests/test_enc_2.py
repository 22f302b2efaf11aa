"""ENC-2: traffic inside the cloud is encrypted."""

from compliance_tests.checks import enc_2
from compliance_tests.marks import proves, sabotages
from compliance_tests.sabotage import (
    Weakness,
    added,
    must_be_refuted,
    must_be_reported,
    put,
    restated,
    weaknesses,
)
from compliance_tests.verdicts import must_hold
from policies.finding import summary
from policies.verdict import Status


def without(sid_part):
    """Take every Deny away whose condition speaks of this key."""

    def change(body):
        document = body["Properties"]
        for step in ("ResourcePolicy", "PolicyDocument"):
            document = document.get(step, document)
        document["Statement"] = [s for s in document["Statement"] if sid_part not in repr(s.get("Condition"))]

    return change


@proves("ENC-2")
def test_every_store_refuses_requests_without_tls_and_no_function_makes_one(environment):
    must_hold(enc_2.check(environment))


@sabotages("ENC-2")
@weaknesses(
    Weakness(
        "a table that answers over plain HTTP",
        "AWS::DynamoDB::Table",
        without("SecureTransport"),
        "SP_DYNAMODB_4",
    ),
    Weakness(
        "a function told to use an http address",
        "AWS::Lambda::Function",
        put("Environment.Variables.AWS_ENDPOINT_URL", "http://10.0.0.1"),
        "SP_LAMBDA_4",
    ),
    Weakness(
        "a function told to trust another authority",
        "AWS::Lambda::Function",
        put("Environment.Variables.AWS_CA_BUNDLE", "/var/task/ca.pem"),
        "SP_LAMBDA_4",
    ),
)
def test_a_plain_connection_is_reported(environment, weakness):
    must_be_reported(enc_2.check, weakness, environment)


def reason_without(environment, kind, key):
    weakened, _ = Weakness("sabotage", kind, without(key), "").apply(environment)
    verdict = summary(enc_2.check(weakened))
    assert verdict.status is Status.BROKEN
    return verdict.reason


@sabotages("ENC-2")
def test_a_bucket_that_answers_over_plain_http_is_reported(environment):
    reason = reason_without(environment, "AWS::S3::BucketPolicy", "SecureTransport")
    assert "no statement denies everything without TLS" in reason


@sabotages("ENC-2")
def test_a_bucket_that_takes_old_tls_is_reported(environment):
    reason = reason_without(environment, "AWS::S3::BucketPolicy", "TlsVersion")
    assert "no statement denies everything below TLS 1.2" in reason


@sabotages("ENC-2")
def test_a_topic_that_takes_plain_messages_is_reported(environment):
    reason = reason_without(environment, "AWS::SNS::TopicPolicy", "SecureTransport")
    assert "no statement denies sns:Publish without TLS" in reason


@sabotages("ENC-2")
def test_a_queue_without_a_policy_is_reported(environment):
    verdict = summary(enc_2.check(added("Queue", "AWS::SQS::Queue", {"QueueName": "q"})(environment)))
    assert verdict.status is Status.BROKEN
    assert "Queue: no policy belongs to it" in verdict.reason


@sabotages("ENC-2")
@weaknesses(
    Weakness(
        "a bucket", "AWS::S3::BucketPolicy", restated("OnlyOverTls", Action="s3:Get*"), "no-plain-request"
    ),
    Weakness(
        "old TLS", "AWS::S3::BucketPolicy", restated("OnlyOverTls12OrNewer", Action="s3:Get*"), "no-old-tls"
    ),
    Weakness(
        "a table",
        "AWS::DynamoDB::Table",
        restated("OnlyOverTls", Action=["dynamodb:PutItem", "dynamodb:Query"]),
        "no-plain-request",
    ),
    Weakness(
        "a topic",
        "AWS::SNS::TopicPolicy",
        restated("OnlyOverTls", Action="sns:AddPermission"),
        "no-plain-request",
    ),
)
def test_a_plain_request_that_would_be_answered_is_shown(environment, weakness):
    must_be_refuted(enc_2.check, environment, weakness.reported_by, "another principal of", weakness)


@sabotages("ENC-2")
def test_a_topic_that_services_reach_without_tls_is_shown(environment):
    plain = Weakness("", "AWS::SNS::TopicPolicy", without("SecureTransport"), "")
    must_be_refuted(
        enc_2.check, environment, "no-plain-request", "cloudwatch.amazonaws.com sns:Publish", plain
    )
