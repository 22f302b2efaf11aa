"""ENC-5: every picture has its own key."""

from compliance_tests.checks import enc_5
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

OPEN = {"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}}


def also(action):
    """Let sessions of people make a wrap in another way, under the same conditions."""

    def change(body):
        policies = body["Properties"].get(
            "Policies", [{"PolicyDocument": body["Properties"].get("KeyPolicy")}]
        )
        for statement in policies[0]["PolicyDocument"]["Statement"]:
            if statement["Effect"] == "Allow" and "kms:GenerateDataKey" in statement["Action"]:
                statement["Action"] = ["kms:GenerateDataKey", action]
                return

    return change


@proves("ENC-5")
def test_under_the_picture_key_only_kms_itself_draws_a_key(environment):
    must_hold(enc_5.check(environment))


@sabotages("ENC-5")
@weaknesses(
    Weakness(
        "a session that may wrap a key of its choice",
        "AWS::IAM::Role",
        also("kms:Encrypt"),
        "one-way-to-a-wrap",
        only="UserData",
    ),
    Weakness(
        "a key policy that allows a wrap without its key",
        "AWS::KMS::Key",
        also("kms:GenerateDataKeyWithoutPlaintext"),
        "one-way-to-a-wrap",
        only="PictureKey",
    ),
    Weakness(
        "a role that may do everything with every key",
        "AWS::IAM::Role",
        append(
            "Policies.0.PolicyDocument.Statement",
            {"Sid": "AllKeys", "Effect": "Allow", "Action": "kms:*", "Resource": "*"},
        ),
        "one-way-to-a-wrap",
        only="PicturesRole",
    ),
)
def test_another_way_to_make_a_wrap_is_reported(environment, weakness):
    must_be_reported(enc_5.check, weakness, environment)


@sabotages("ENC-5")
def test_a_session_whose_wrap_of_a_chosen_key_would_be_taken_is_reported(environment):
    role = Weakness("the role", "AWS::IAM::Role", also("kms:Encrypt"), "", "UserData")
    key = Weakness("the key", "AWS::KMS::Key", also("kms:Encrypt"), "", "PictureKey")
    endpoint = Weakness(
        "the endpoint", "AWS::EC2::VPCEndpoint", put("PolicyDocument", OPEN), "", "KmsEndpoint"
    )
    words = "UserData/session kms:Encrypt"
    must_be_refuted(enc_5.check, environment, "nobody-wraps-otherwise", words, role, key, endpoint)


@sabotages("ENC-5")
def test_a_grant_on_the_picture_key_is_reported(environment):
    def grants_allowed(body):
        for sid in (
            "NoGrants",
            "OnlySessionsOfPeopleUseThisKey",
            "OnlyFromOurNetwork",
            "AdministratorsDoNotUse",
        ):
            restated(sid, Action="kms:Sign")(body)
        restated("Administration", Action=["kms:CreateGrant", "kms:PutKeyPolicy"])(body)

    key = Weakness("", "AWS::KMS::Key", grants_allowed, "", "PictureKey")
    # The administrator's own policy, in the bootstrap, is a second lock.
    too = {"Sid": "Too", "Effect": "Allow", "Action": "kms:CreateGrant", "Resource": "*"}
    may = append("Policies.0.PolicyDocument.Statement", too)
    role = Weakness("", "AWS::IAM::Role", may, "", "PictureKeyAdministrator")
    must_be_refuted(enc_5.check, environment, "nobody-wraps-otherwise", "kms:CreateGrant", key, role)
