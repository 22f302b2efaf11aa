"""ENC-3: everything stored is encrypted under a key of our own."""

import pytest

from compliance_tests.checks import enc_3
from compliance_tests.marks import proves, sabotages
from compliance_tests.sabotage import Weakness, added, drop, must_be_reported, put, weaknesses
from compliance_tests.verdicts import must_hold
from policies.finding import summary
from policies.verdict import Status

BUCKET_KEY = (
    "BucketEncryption.ServerSideEncryptionConfiguration.0.ServerSideEncryptionByDefault.KMSMasterKeyID"
)


@proves("ENC-3")
def test_every_store_of_every_type_names_a_key_of_our_own(environment):
    must_hold(enc_3.check(environment))


@sabotages("ENC-3")
@weaknesses(
    Weakness("a bucket under S3's key", "AWS::S3::Bucket", drop("BucketEncryption"), "SP_S3_1"),
    Weakness("a bucket under Amazon's key", "AWS::S3::Bucket", put(BUCKET_KEY, "alias/aws/s3"), "SP_S3_1"),
    Weakness(
        "a table under DynamoDB's key", "AWS::DynamoDB::Table", drop("SSESpecification"), "SP_DYNAMODB_1"
    ),
    Weakness(
        "a table under Amazon's key",
        "AWS::DynamoDB::Table",
        drop("SSESpecification.KMSMasterKeyId"),
        "SP_DYNAMODB_1",
    ),
    Weakness("a log under Amazon's key", "AWS::Logs::LogGroup", drop("KmsKeyId"), "SP_LOGS_1"),
    Weakness(
        "a function environment under Amazon's key", "AWS::Lambda::Function", drop("KmsKeyArn"), "SP_LAMBDA_2"
    ),
    Weakness("a topic without a key", "AWS::SNS::Topic", drop("KmsMasterKeyId"), "SP_MSG_1"),
    Weakness(
        "a vault under Amazon's key", "AWS::Backup::BackupVault", drop("EncryptionKeyArn"), "SP_BACKUP_1"
    ),
)
def test_a_store_without_our_key_is_reported(environment, weakness):
    must_be_reported(enc_3.check, weakness, environment)


@sabotages("ENC-3")
@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("AWS::SQS::Queue", "KmsMasterKeyId is absent"),
        ("AWS::DynamoDB::GlobalTable", "SSESpecification.SSEEnabled is off"),
    ],
)
def test_a_new_store_without_our_key_is_reported(environment, kind, reason):
    verdict = summary(enc_3.check(added("NewStore", kind, {})(environment)))
    assert verdict.status is Status.BROKEN
    assert reason in verdict.reason


@sabotages("ENC-3")
@pytest.mark.parametrize(
    "kind", ["AWS::Kinesis::Stream", "AWS::SecretsManager::Secret", "AWS::CloudTrail::Trail"]
)
def test_a_store_that_nobody_has_looked_at_is_not_passed_over(environment, kind):
    verdict = summary(enc_3.check(added("NewStore", kind, {})(environment)))
    assert verdict.status is Status.CANNOT_TELL
    assert kind in verdict.reason
