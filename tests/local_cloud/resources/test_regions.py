"""Whatever region the settings accept, its resources can be created here."""

import pytest

from local_cloud.backend import Backend
from local_cloud.resources.creation import CREATED, create
from local_cloud.template import load
from stacks.settings import REGIONS

POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}],
}
# One of each type that is created; a test compares them with CREATED.
RESOURCES = {
    "Key": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": POLICY, "EnableKeyRotation": True}},
    "Alias": {
        "Type": "AWS::KMS::Alias",
        "Properties": {"AliasName": "alias/key", "TargetKeyId": {"Fn::GetAtt": ["Key", "Arn"]}},
    },
    "Bucket": {
        "Type": "AWS::S3::Bucket",
        "Properties": {"VersioningConfiguration": {"Status": "Enabled"}},
    },
    "Table": {
        "Type": "AWS::DynamoDB::Table",
        "Properties": {
            "AttributeDefinitions": [{"AttributeName": "owner", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "owner", "KeyType": "HASH"}],
            "BillingMode": "PAY_PER_REQUEST",
            "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
        },
    },
    "Logs": {
        "Type": "AWS::Logs::LogGroup",
        "Properties": {"RetentionInDays": 30, "KmsKeyId": {"Fn::GetAtt": ["Key", "Arn"]}},
    },
    "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": POLICY}},
    "Provider": {
        "Type": "AWS::IAM::OIDCProvider",
        "Properties": {"Url": "https://issuer.example", "ClientIdList": ["client"]},
    },
}


def test_one_of_each_created_type_is_tried():
    assert {each["Type"] for each in RESOURCES.values()} == CREATED.keys()


@pytest.mark.parametrize("region", REGIONS)
def test_the_resources_of_an_environment_can_be_created_in_every_region(write_assembly, backend, region):
    assembly = write_assembly(region=region, Data={"Resources": RESOURCES})
    environment = load(assembly, "development")
    there = Backend(account=environment.account, region=environment.region)
    create(environment, there)
    [bucket] = there.client("s3").list_buckets()["Buckets"]
    # S3 names us-east-1 by leaving it out.
    # https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html
    location = there.client("s3").get_bucket_location(Bucket=bucket["Name"])["LocationConstraint"]
    assert (location or "us-east-1") == region
    for service, listing in (
        ("dynamodb", "list_tables"),
        ("kms", "list_keys"),
        ("logs", "describe_log_groups"),
    ):
        answer = getattr(there.client(service), listing)()
        assert any(isinstance(value, list) and value for value in answer.values()), service
