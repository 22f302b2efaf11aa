"""An environment finds whom and what a question means, and gathers the policies that have a say."""

import pytest

from access.decision import Outcome
from access.request import Caller, Context, Request


@pytest.fixture
def loaded(environment, statement, trust):
    allow = statement(Action=["s3:GetObject", "kms:Decrypt"], Resource="*")
    return environment(
        {
            "Reader": {
                "Type": "AWS::IAM::Role",
                "Properties": {
                    "RoleName": "reader",
                    "Path": "/app/",
                    "AssumeRolePolicyDocument": trust,
                    "Policies": [{"PolicyName": "p", "PolicyDocument": allow}],
                },
            },
            "Photos": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "photos"}},
            "Closed": {
                "Type": "AWS::S3::BucketPolicy",
                "Properties": {
                    "Bucket": {"Ref": "Photos"},
                    "PolicyDocument": statement(
                        Effect="Deny", Principal="*", Action="s3:*", Resource="*",
                        Condition={"Bool": {"aws:SecureTransport": "false"}},
                    ),
                },
            },
            "Table": {"Type": "AWS::DynamoDB::Table", "Properties": {"TableName": "T"}},
            "Group": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/f"}},
            "Key": {"Type": "AWS::KMS::Key"},
            "Vpc": {"Type": "AWS::EC2::VPC"},
            "Door": {
                "Type": "AWS::EC2::VPCEndpoint",
                "Properties": {
                    "VpcId": {"Ref": "Vpc"},
                    "ServiceName": "com.amazonaws.eu-west-1.s3",
                    "PolicyDocument": statement(Principal="*", Action="s3:PutObject", Resource="*"),
                },
            },
        }
    )  # fmt: skip


@pytest.mark.parametrize(
    ("arn", "owner"),
    [
        ("arn:aws:s3:::photos", "Photos"),
        ("arn:aws:s3:::photos/a/b.jpg", "Photos"),
        ("arn:aws:s3:::photos2", None),
        ("arn:aws:dynamodb:eu-west-1:111111111111:table/T/index/by-reader", "Table"),
        ("arn:aws:dynamodb:eu-west-1:111111111111:table/T2", None),
        ("arn:aws:logs:eu-west-1:111111111111:log-group:/f:log-stream:s", "Group"),
        ("arn:aws:iam::111111111111:role/app/reader", "Reader"),
        ("*", None),
        ("", None),
    ],
)
def test_an_arn_finds_the_resource_that_owns_it(loaded, arn, owner):
    found = loaded.resource(arn)
    assert (found and found.name) == owner


@pytest.mark.parametrize(
    "text", ["reader", "Reader", "arn:aws:iam::111111111111:role/app/reader",
             "arn:aws:sts::111111111111:assumed-role/reader/someone"],
)  # fmt: skip
def test_a_role_is_found_by_name_logical_id_arn_and_session(loaded, text):
    [found] = loaded.find_principals(text)
    assert found.arn == "arn:aws:iam::111111111111:role/app/reader"


def ask(loaded, caller, action, resource, **context):
    return loaded.evaluate(Request(caller, action, resource, context=Context(context))).outcome


def test_the_policies_that_have_a_say_decide(loaded):
    [reader] = loaded.find_principals("reader")
    photo = "arn:aws:s3:::photos/x"
    assert ask(loaded, reader.caller, "s3:GetObject", photo) is Outcome.ALLOW
    assert ask(loaded, reader.caller, "s3:PutObject", photo) is Outcome.IMPLICIT_DENY
    assert ask(loaded, reader.caller, "s3:GetObject", photo, **{"aws:SecureTransport": "false"}) is (
        Outcome.EXPLICIT_DENY
    )
    assert ask(loaded, Caller.anonymous(), "s3:GetObject", photo) is Outcome.IMPLICIT_DENY


def test_a_request_through_an_endpoint_is_bound_by_its_policy(loaded):
    [reader] = loaded.find_principals("reader")
    door, vpc = loaded.endpoints[0].id, loaded.endpoints[0].vpc
    photo = "arn:aws:s3:::photos/x"
    assert (
        ask(loaded, reader.caller, "s3:GetObject", photo, **{"aws:SourceVpce": door}) is Outcome.IMPLICIT_DENY
    )
    assert (
        ask(loaded, reader.caller, "s3:GetObject", photo, **{"aws:SourceVpc": vpc}) is Outcome.IMPLICIT_DENY
    )
    assert (
        ask(loaded, reader.caller, "s3:GetObject", photo, **{"aws:SourceVpc": "vpc-other"}) is Outcome.ALLOW
    )


def test_a_session_is_its_role_with_its_path(loaded):
    session = Caller.from_arn("arn:aws:sts::111111111111:assumed-role/reader/someone")
    assert ask(loaded, session, "s3:GetObject", "arn:aws:s3:::photos/x") is Outcome.ALLOW
    assert ask(loaded, session, "s3:PutObject", "arn:aws:s3:::photos/x") is Outcome.IMPLICIT_DENY


def test_a_policy_that_names_a_role_with_its_path_means_its_sessions(environment, trust, statement):
    reader = {"Type": "AWS::IAM::Role", "Properties": {"Path": "/app/", "AssumeRolePolicyDocument": trust}}
    opened = statement(
        Action="kms:Decrypt", Resource="*", Principal={"AWS": {"Fn::GetAtt": ["Reader", "Arn"]}}
    )
    key = {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": opened}}
    loaded = environment(
        {"Reader": {**reader, "Properties": {**reader["Properties"], "RoleName": "r"}}, "Key": key}
    )
    session = Caller.from_arn("arn:aws:sts::111111111111:assumed-role/r/someone")
    assert ask(loaded, session, "kms:Decrypt", loaded.find_resources("Key")[0].arn) is Outcome.ALLOW


def test_someone_of_the_account_whom_no_template_makes_may_be_allowed_by_it(loaded):
    other = Caller.from_arn("arn:aws:iam::111111111111:user/someone")
    [key] = loaded.find_resources("Key")
    assert ask(loaded, other, "kms:Decrypt", key.arn) is Outcome.ALLOW
    stranger = Caller.from_arn("arn:aws:iam::555555555555:user/someone")
    assert ask(loaded, stranger, "kms:Decrypt", key.arn) is Outcome.IMPLICIT_DENY


def test_a_resource_outside_the_set_has_a_policy_that_is_not_known(loaded):
    stranger = Caller.from_arn("arn:aws:iam::555555555555:user/someone")
    assert ask(loaded, stranger, "s3:GetObject", "arn:aws:s3:::elsewhere/x") is Outcome.UNKNOWN


def test_a_trust_policy_speaks_only_of_taking_the_role(loaded):
    [reader] = loaded.find_principals("reader")
    assert loaded.policies_for(reader, reader.arn, action="sts:AssumeRole").resource.kind == "trust"
    assert loaded.policies_for(reader, reader.arn, action="iam:PassRole").resource is None


def test_a_topic_without_a_policy_serves_its_account_and_no_other(environment):
    loaded = environment({"Topic": {"Type": "AWS::SNS::Topic"}})
    [topic] = loaded.find_resources("Topic")
    own = Caller.from_arn("arn:aws:iam::111111111111:user/someone")
    stranger = Caller.from_arn("arn:aws:iam::555555555555:user/someone")
    assert ask(loaded, own, "sns:Publish", topic.arn) is Outcome.ALLOW
    assert ask(loaded, stranger, "sns:Publish", topic.arn, **{"aws:SourceOwner": "111111111111"}) is (
        Outcome.IMPLICIT_DENY
    )
