"""What is known of AWS's actions comes from the service authorization reference."""

import pytest

from access.actions import action_info, arn_formats, expand


def test_a_pattern_expands_to_the_actions_it_covers_spelled_as_aws_does():
    assert expand("KMS:*decrypt*") == ("kms:Decrypt",)
    assert expand("kms:ReEncrypt*") == ("kms:ReEncryptFrom", "kms:ReEncryptTo")
    assert expand("s3:GetObjec?") == ("s3:GetObject",)
    assert expand("nothing:*") == expand("kms:Nothing") == ()


def test_the_star_is_every_action_of_every_service():
    every = expand("*")
    assert len(every) > 15_000
    assert {"s3:GetObject", "kms:Decrypt", "sts:AssumeRoleWithWebIdentity"} <= set(every)
    assert set(expand("*:Get*")) < set(every)


@pytest.mark.parametrize(
    ("action", "level", "arn", "applies"),
    [
        ("s3:getobject", "Read", "arn:aws:s3:::photos/x", True),
        ("s3:GetObject", "Read", "arn:aws:kms:eu-west-1:111111111111:key/x", False),
        ("s3:PutBucketPolicy", "Permissions management", "arn:aws:s3:::photos", True),
        ("kms:Decrypt", "Write", "arn:aws:kms:eu-west-1:111111111111:key/x", True),
        ("dynamodb:Query", "Read", "arn:aws:dynamodb:eu-west-1:111111111111:table/T/index/i", True),
    ],
)
def test_an_action_knows_its_level_and_its_resources(action, level, arn, applies):
    info = action_info(action)
    assert (info.level, info.applies_to(arn), info.wildcard_only) == (level, applies, False)


def test_an_action_without_resources_is_wildcard_only():
    assert action_info("kms:CreateKey").wildcard_only
    assert action_info("s3:ListAllMyBuckets").wildcard_only


@pytest.mark.parametrize(
    ("action", "key", "supported"),
    [
        ("kms:Decrypt", "kms:EncryptionContext:reader", True),
        ("kms:Decrypt", "kms:viaservice", True),
        ("kms:Decrypt", "dynamodb:LeadingKeys", False),
        ("dynamodb:GetItem", "dynamodb:LeadingKeys", True),
        ("kms:Decrypt", "aws:SourceVpc", True),
        ("s3:GetObject", "s3:ExistingObjectTag/class", True),
        ("s3:PutObject", "s3:RequestObjectTag/class", True),
    ],
)
def test_an_action_knows_its_condition_keys(action, key, supported):
    assert action_info(action).supports_key(key) is supported


def test_an_action_that_no_service_has_is_not_known():
    assert action_info("kms:Nothing") is action_info("nothing:x") is action_info("*") is None


def test_a_service_knows_the_formats_of_its_arns():
    assert arn_formats("KMS")["key"] == "arn:${Partition}:kms:${Region}:${Account}:key/${KeyId}"
    assert arn_formats("nothing") == {}
