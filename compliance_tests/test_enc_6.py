"""ENC-6: pictures are protected by two independent factors."""

import pytest

from compliance_tests.checks import enc_6
from compliance_tests.marks import proves, sabotages
from compliance_tests.sabotage import (
    Weakness,
    append,
    must_be_refuted,
    must_be_reported,
    put,
    restated,
    weaknesses,
)
from compliance_tests.verdicts import must_hold
from policies.finding import summary
from policies.verdict import Status

KEY, STATEMENTS = "AWS::KMS::Key", "KeyPolicy.Statement"
ANYONE_HERE = {"Sid": "AnyoneHere", "Effect": "Allow", "Principal": {"AWS": "*"}, "Resource": "*"}
ADMINISTRATORS = {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/soulpicks-*KeyAdministrator"}}


def open_to(*locks, action="kms:Decrypt"):
    """Anyone may do it, and these denials are gone."""

    def change(body):
        for sid in locks:
            restated(sid, Action="kms:Sign")(body)
        append(STATEMENTS, {**ANYONE_HERE, "Action": action})(body)

    return change


@proves("ENC-6")
def test_only_sessions_of_people_use_both_keys_and_no_administrator_has_two(environment):
    must_hold(enc_6.check(environment))


@sabotages("ENC-6")
@weaknesses(
    Weakness(
        "objects whose storage key opens for all",
        KEY,
        append(STATEMENTS, {**ANYONE_HERE, "Action": "kms:Decrypt"}),
        "storage-for-sessions-only",
        "StorageKey",
    ),
    Weakness(
        "a storage key that opens without a service",
        KEY,
        open_to("OnlyThroughTheServices"),
        "storage-for-sessions-only",
        "StorageKey",
    ),
    Weakness(
        "a picture key that another principal changes",
        KEY,
        append(STATEMENTS, {**ANYONE_HERE, "Action": "kms:PutKeyPolicy"}),
        "two-administrators",
        "PictureKey",
    ),
)
def test_a_factor_that_is_not_independent_is_reported(environment, weakness):
    must_be_reported(enc_6.check, weakness, environment)


@sabotages("ENC-6")
def test_a_picture_key_that_opens_for_others_is_reported(environment):
    locks = ("OnlySessionsOfPeopleUseThisKey", "OnlyFromOurNetwork")
    weak = Weakness("", KEY, open_to(*locks), "", "PictureKey")
    must_be_refuted(enc_6.check, environment, "wraps-for-sessions-only", "kms:Decrypt", weak)


@sabotages("ENC-6")
def test_one_administrator_for_both_keys_is_reported(environment):
    weak = [
        Weakness("", KEY, restated("Administration", Condition=ADMINISTRATORS), "", name)
        for name in ("PictureKey", "StorageKey")
    ]
    must_be_refuted(enc_6.check, environment, "two-administrators", "KeyAdministrator", *weak)


@sabotages("ENC-6")
def test_an_administrator_who_uses_a_key_is_reported(environment):
    def administered_by_the_deployer(body):
        statements = {s["Sid"]: s for s in body["Properties"]["KeyPolicy"]["Statement"]}
        deployer = statements["TheVaultIsMade"]["Condition"]["ArnEquals"]
        restated("Administration", Condition={"ArnEquals": dict(deployer)})(body)

    weak = Weakness("", KEY, administered_by_the_deployer, "", "StorageKey")
    # The deployer's own policies, in the bootstrap, are a second lock.
    also = {"Sid": "Too", "Effect": "Allow", "Action": "kms:PutKeyPolicy", "Resource": "*"}
    may = Weakness(
        "", "AWS::IAM::Role", append("Policies.0.PolicyDocument.Statement", also), "", "ExecutionRole"
    )
    words = "administers a key and uses one"
    must_be_refuted(enc_6.check, environment, "two-administrators", words, weak, may)


@sabotages("ENC-6")
@pytest.mark.parametrize("name", ["PictureKey", "StorageKey"])
def test_a_key_that_nobody_administers_is_not_passed_over(environment, name):
    nobody, _ = Weakness("", KEY, restated("Administration", Action="kms:DescribeKey"), "", name).apply(
        environment
    )
    assert summary(enc_6.check(nobody)).status is Status.CANNOT_TELL


@sabotages("ENC-6")
def test_a_bucket_without_a_key_of_its_own_is_not_passed_over(environment):
    plain, _ = Weakness("", "AWS::S3::Bucket", put("BucketEncryption", {}), "", "PicturesBucket").apply(
        environment
    )
    assert summary(enc_6.check(plain)).status is Status.CANNOT_TELL
