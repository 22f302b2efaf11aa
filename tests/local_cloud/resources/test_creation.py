"""What the templates ask for stands in moto as they ask for it."""

import json

import pytest

from local_cloud.errors import LocalCloudError
from local_cloud.resources.creation import create
from local_cloud.template import load

POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}],
}
KEY = {
    "Type": "AWS::KMS::Key",
    "Properties": {"KeyPolicy": POLICY, "EnableKeyRotation": True, "RotationPeriodInDays": 90},
}


@pytest.fixture
def created(backend, write_assembly):
    def call(**resources):
        environment = load(write_assembly(Data={"Resources": resources}), "development")
        return environment, create(environment, backend)

    return call


def test_a_key_keeps_its_policy_and_its_rotation(created, backend):
    created(Key=KEY)
    [key] = backend.client("kms").list_keys()["Keys"]
    stored = backend.client("kms").get_key_policy(KeyId=key["KeyId"], PolicyName="default")["Policy"]
    assert json.loads(stored) == POLICY
    assert backend.client("kms").get_key_rotation_status(KeyId=key["KeyId"])["KeyRotationEnabled"]


def test_a_bucket_keeps_encryption_versions_public_access_block_and_policy(created, backend):
    created(
        Key=KEY,
        Bucket={
            "Type": "AWS::S3::Bucket",
            "Properties": {
                "BucketEncryption": {
                    "ServerSideEncryptionConfiguration": [
                        {
                            "ServerSideEncryptionByDefault": {
                                "SSEAlgorithm": "aws:kms",
                                "KMSMasterKeyID": {"Fn::GetAtt": ["Key", "Arn"]},
                            }
                        }
                    ]
                },
                "PublicAccessBlockConfiguration": {"BlockPublicAcls": True, "BlockPublicPolicy": True},
                "VersioningConfiguration": {"Status": "Enabled"},
            },
        },
        Policy={
            "Type": "AWS::S3::BucketPolicy",
            "Properties": {"Bucket": {"Ref": "Bucket"}, "PolicyDocument": POLICY},
        },
    )
    client = backend.client("s3")
    [bucket] = client.list_buckets()["Buckets"]
    name = bucket["Name"]
    [rule] = client.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"].startswith("arn:aws:kms:")
    assert client.get_bucket_versioning(Bucket=name)["Status"] == "Enabled"
    assert client.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"]["BlockPublicAcls"]
    assert json.loads(client.get_bucket_policy(Bucket=name)["Policy"]) == POLICY
    # moto itself must not apply the policy, which it can only do without its conditions.
    client.put_object(Bucket=name, Key="k", Body=b"x")


def test_a_table_keeps_encryption_recovery_protection_and_indexes(created, backend):
    created(
        Key=KEY,
        Table={
            "Type": "AWS::DynamoDB::Table",
            "Properties": {
                "BillingMode": "PAY_PER_REQUEST",
                "AttributeDefinitions": [
                    {"AttributeName": n, "AttributeType": "S"} for n in ("owner", "reader")
                ],
                "KeySchema": [{"AttributeName": "owner", "KeyType": "HASH"}],
                "GlobalSecondaryIndexes": [
                    {
                        "IndexName": "by-reader",
                        "KeySchema": [{"AttributeName": "reader", "KeyType": "HASH"}],
                        "Projection": {"ProjectionType": "ALL"},
                    }
                ],
                "SSESpecification": {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": {"Ref": "Key"}},
                "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
                "DeletionProtectionEnabled": True,
                "ResourcePolicy": {"PolicyDocument": POLICY},
            },
        },
    )
    client = backend.client("dynamodb")
    [name] = client.list_tables()["TableNames"]
    table = client.describe_table(TableName=name)["Table"]
    assert table["SSEDescription"]["SSEType"] == "KMS"
    assert table["DeletionProtectionEnabled"]
    assert [index["IndexName"] for index in table["GlobalSecondaryIndexes"]] == ["by-reader"]
    backups = client.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"
    assert json.loads(client.get_resource_policy(ResourceArn=table["TableArn"])["Policy"]) == POLICY


def test_names_are_the_same_in_every_run(created, backend):
    environment, first = created(Topic={"Type": "AWS::SNS::Topic"}, Vpc={"Type": "AWS::EC2::VPC"})
    again = create(environment, backend)
    for name in ("Topic", "Vpc"):
        assert first.resolver.resolve({"Ref": name}, environment.stacks[0]) == again.resolver.resolve(
            {"Ref": name}, environment.stacks[0]
        )


def test_a_type_that_is_only_described_is_listed(created):
    _, found = created(Acl={"Type": "AWS::WAFv2::WebACL"}, Api={"Type": "AWS::ApiGateway::RestApi"})
    assert [resource.type for resource in found.described] == ["AWS::WAFv2::WebACL"]


BROKEN = {
    "a type that nobody here knows": (
        {"Q": {"Type": "AWS::Kinesis::Stream"}},
        "does not know AWS::Kinesis::Stream",
    ),
    "a property that nobody here knows": (
        {"K": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": POLICY, "Colour": "red"}}},
        "Colour is not known",
    ),
    "a circle": (
        {
            "A": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": {"Ref": "B"}}},
            "B": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": {"Ref": "A"}}},
        },
        "a circle",
    ),
    "a managed policy": (
        {"R": {"Type": "AWS::IAM::Role", "Properties": {"ManagedPolicyArns": ["arn:aws:iam::aws:policy/x"]}}},
        "ManagedPolicyArns is not known",
    ),
}


@pytest.mark.parametrize(("resources", "message"), BROKEN.values(), ids=BROKEN.keys())
def test_nothing_is_dropped_in_silence(resources, message, created):
    with pytest.raises(LocalCloudError, match=message):
        created(**resources)
