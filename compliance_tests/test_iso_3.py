"""ISO-3: a user's pictures are private: the part that is proved over all sessions and all requests."""

import pytest

from compliance_tests.checks import iso_3
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

ROLE, KEY, ENDPOINT = "AWS::IAM::Role", "AWS::KMS::Key", "AWS::EC2::VPCEndpoint"
STATEMENTS = "Policies.0.PolicyDocument.Statement"
PRESENT = {"Null": {"dynamodb:LeadingKeys": "false"}}
ANY_USER = {"Null": {"kms:EncryptionContext:reader": "false"}}


def leading(value):
    return {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": value}, **PRESENT}


def every(reported_by, *changes):
    return [Weakness(name, ROLE, change, reported_by, only="UserData") for name, change in changes]


@proves("ISO-3")
def test_every_session_reaches_the_rows_objects_and_wraps_of_its_own_person_only(environment):
    must_hold(iso_3.check(environment))


@sabotages("ISO-3")
@weaknesses(
    *every(
        "own-rows",
        ("everybody's pictures", restated("OwnPictures", Condition=None)),
        (
            "requests without a key",
            restated(
                "OwnPictures", Condition={"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": iso_3.USER}}
            ),
        ),
        ("grants in another's name", restated("GrantsIGive", Condition=leading(f"*{iso_3.USER}|*"))),
        ("grants made for others", restated("GrantsIHold", Condition=leading("*|*"))),
        ("everybody's index", restated("GrantsIHoldByReader", Condition=leading("*"))),
    ),
    *every(
        "own-objects",
        ("another's objects", restated("WriteAndRemoveOwnObjects", Resource="*")),
    ),
    *every(
        "own-storage",
        ("a storage key for any object", restated("StorageLayerOfOwnObjects", Condition=None)),
    ),
    *every(
        "nothing-else",
        (
            "messages to people on duty",
            append(STATEMENTS, {"Sid": "Ring", "Effect": "Allow", "Action": "sns:Publish", "Resource": "*"}),
        ),
    ),
    *every(
        "session-of-one-person",
        (
            "tokens of any tenant's app",
            put("AssumeRolePolicyDocument.Statement.0.Condition.StringEquals", {}),
        ),
        (
            "names that begin another's",
            put(
                "AssumeRolePolicyDocument.Statement.0.Condition.StringNotLike", {"aws:RequestTag/user": "* *"}
            ),
        ),
    ),
)
def test_a_session_that_reaches_what_is_not_its_own_is_reported(environment, weakness):
    must_be_reported(iso_3.check, weakness, environment)


# Each of these takes more than one mistake: the policies behind one another are the point.
ALLOWED_TOO = {"Sid": "Too", "Effect": "Allow", "Resource": "*"}
OPEN = {"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}}


def open_endpoint(name):
    return Weakness(f"an open endpoint of {name}", ENDPOINT, put("PolicyDocument", OPEN), "", name)


@sabotages("ISO-3")
@pytest.mark.parametrize(
    ("endpoint", "action"), [("DynamodbEndpoint", "dynamodb:Scan"), ("S3Endpoint", "s3:ListBucket")]
)
def test_a_session_that_may_list_what_there_is_is_reported(environment, endpoint, action):
    also = append(STATEMENTS, {**ALLOWED_TOO, "Action": action})
    by = "own-rows" if endpoint == "DynamodbEndpoint" else "own-objects"
    # The boundary of every role, in the bootstrap, is one lock more.
    bound = append("PolicyDocument.Statement", {**ALLOWED_TOO, "Action": action})
    boundary = Weakness("the boundary", "AWS::IAM::ManagedPolicy", bound, "", "Boundary")
    weak = (Weakness("the role", ROLE, also, "", "UserData"), boundary, open_endpoint(endpoint))
    must_be_refuted(iso_3.check, environment, by, f"UserData/session {action}", *weak)


@sabotages("ISO-3")
def test_a_wrap_that_opens_for_any_reader_is_reported(environment):
    must_be_refuted(
        iso_3.check,
        environment,
        "own-wraps",
        "UserData/session kms:Decrypt",
        Weakness("the role", ROLE, restated("OpenWrapsMadeForMe", Condition=ANY_USER), "", "UserData"),
        Weakness("the key", KEY, restated("ReadersOpenTheirWraps", Condition=ANY_USER), "", "PictureKey"),
    )


@sabotages("ISO-3")
def test_objects_that_others_reach_are_reported(environment):
    nobody = restated("ObjectsOnlyForSessionsOfPeople", Action="s3:PutObject")
    weak = (
        Weakness("the bucket", "AWS::S3::BucketPolicy", nobody, "", "PicturesBucket"),
        open_endpoint("S3Endpoint"),
    )
    must_be_refuted(iso_3.check, environment, "sessions-only", "another principal of", *weak)


@sabotages("ISO-3")
def test_rows_that_others_reach_are_reported(environment):
    nobody = restated("RowsOnlyForSessionsOfPeople", Action="dynamodb:PutItem")
    weak = (Weakness("the table", "AWS::DynamoDB::Table", nobody, ""), open_endpoint("DynamodbEndpoint"))
    must_be_refuted(iso_3.check, environment, "sessions-only", "another principal of", *weak)


@sabotages("ISO-3")
def test_a_role_that_nobody_could_use_at_all_is_not_passed_over(environment):
    nobody, _ = Weakness("", ROLE, put("Policies", []), "", "UserData").apply(environment)
    assert summary(iso_3.check(nobody)).status is Status.CANNOT_TELL
