"""The promises that only running code shows: one run serves all, one weakened run sabotages all."""

import pytest

from compliance_tests.checks import aut_2, aut_3, enc_1, enc_5, enc_7, env_4, iso_3
from compliance_tests.marks import proves, sabotages
from compliance_tests.sabotage import Weakness, append, drop, put, restated
from compliance_tests.verdicts import must_hold
from policies.finding import summary
from policies.verdict import Status

# One worker runs them all, so that each environment is started once.
pytestmark = pytest.mark.xdist_group("run")


def must_be_broken(findings, *reasons):
    verdict = summary(findings)
    assert verdict.status is Status.BROKEN, verdict
    for reason in reasons:
        assert reason in verdict.reason


@proves("ENV-4")
def test_functions_act_on_data_only_with_the_session_of_the_person_who_asks(flow):
    must_hold(env_4.check_run(flow))


@sabotages("ENV-4")
def test_a_function_that_acts_with_its_own_role_is_reported(sabotaged_flow):
    broken = env_4.check_run(sabotaged_flow)
    must_be_broken(broken, "PicturesRole", "called dynamodb:GetItem", "AWS would refuse dynamodb:GetItem")


def deny(action, **condition):
    statement = {"Sid": "Late", "Effect": "Deny", "Principal": "*", "Action": action, "Resource": "*"}
    return {**statement, "Condition": condition} if condition else statement


OTHER_ENCRYPTION = {"StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}}
THROUGH_S3 = {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}
ONLY_LISTING = [{"Effect": "Allow", "Principal": "*", "Action": "s3:ListBucket", "Resource": "*"}]


@sabotages("ENV-4")
@pytest.mark.parametrize(
    ("resource_type", "only", "change", "reason"),
    [
        pytest.param(
            "AWS::S3::BucketPolicy",
            "PicturesBucket",
            restated("NoOtherEncryption", Condition=OTHER_ENCRYPTION),
            "s3:PutObject on arn:aws:s3:::",
            id="a Deny whose key no upload sends",
        ),
        pytest.param(
            "AWS::IAM::Role",
            "UserData",
            drop("Policies"),
            "an identity policy of the caller must allow it",
            id="a role without its permissions",
        ),
        pytest.param(
            "AWS::KMS::Key",
            "StorageKey",
            append("KeyPolicy.Statement", deny("kms:GenerateDataKey", StringEquals=THROUGH_S3)),
            "(made by s3.amazonaws.com) is EXPLICIT_DENY",
            id="a key that refuses what S3 asks for the caller",
        ),
        pytest.param(
            "AWS::KMS::Key",
            "StorageKey",
            append("KeyPolicy.Statement", deny("kms:Decrypt", Null={"aws:SourceVpc": "true"})),
            "(made by dynamodb.amazonaws.com) is EXPLICIT_DENY",
            id="a key that wants our network of services too",
        ),
        pytest.param(
            "AWS::DynamoDB::Table",
            "PicturesTable",
            append("ResourcePolicy.PolicyDocument.Statement", deny("dynamodb:Query")),
            "dynamodb:Query on arn:aws:dynamodb:",
            id="a table that refuses the listing",
        ),
        pytest.param(
            "AWS::EC2::VPCEndpoint",
            "S3Endpoint",
            put("PolicyDocument.Statement", ONLY_LISTING),
            "the VPC endpoint policy must allow it",
            id="an endpoint that is too narrow",
        ),
    ],
)
def test_policies_that_refuse_a_call_of_the_run_are_reported(
    decided_under, resource_type, only, change, reason
):
    decided = decided_under(Weakness("refuses", resource_type, change, "", only))
    verdict = env_4.all_allowed(decided)
    assert verdict.status is Status.BROKEN, verdict
    assert reason in verdict.reason


@sabotages("ENV-4")
def test_a_key_that_the_gate_cannot_tell_is_never_taken_as_absent(decided_under):
    elsewhere = deny("s3:PutObject", StringEquals={"aws:PrincipalOrgID": "o-other"})
    change = append("PolicyDocument.Statement", elsewhere)
    decided = decided_under(Weakness("unknown", "AWS::S3::BucketPolicy", change, "", "PicturesBucket"))
    verdict = env_4.all_allowed(decided)
    assert verdict.status is Status.CANNOT_TELL, verdict
    assert "asks for aws:principalorgid, which the gate cannot tell" in verdict.reason


@proves("ENC-1")
def test_every_answer_of_a_function_and_of_the_gateway_keeps_browsers_on_tls(flow):
    must_hold(enc_1.check_run(flow))


@sabotages("ENC-1")
def test_a_function_that_lets_browsers_leave_tls_is_reported(sabotaged_flow):
    must_be_broken(enc_1.check_run(sabotaged_flow), "it does not keep browsers on TLS for two years")


@proves("ENC-5")
def test_every_picture_is_sealed_with_a_data_key_that_seals_no_other(flow):
    must_hold(enc_5.check_run(flow))


@sabotages("ENC-5")
def test_a_function_that_uses_a_data_key_twice_is_reported(sabotaged_flow):
    must_be_broken(enc_5.check_run(sabotaged_flow), "one data key seals 4 pictures")


@proves("ENC-7")
def test_no_stored_byte_holds_a_data_key_or_a_piece_of_a_picture(flow):
    must_hold(enc_7.check_run(flow))


@sabotages("ENC-7")
def test_a_function_that_logs_a_data_key_is_reported(sabotaged_flow):
    must_be_broken(enc_7.check_run(sabotaged_flow), "logs://", "in the clear")


@proves("AUT-2")
def test_every_forged_token_is_refused_before_a_function_acts_on_it(attacks):
    must_hold(aut_2.check_run(attacks))


@sabotages("AUT-2")
def test_an_authorizer_that_believes_forged_tokens_is_reported(sabotaged_attacks):
    forged = "signed by another key under the provider's key id: a function acted on it"
    must_be_broken(aut_2.check_run(sabotaged_attacks), "HS256 with the public key as secret", forged)


def test_where_the_authorizer_believes_a_forged_token_sts_still_refuses_it(sabotaged_attacks):
    forged = {answer.name: answer.status for answer in sabotaged_attacks if answer.expected == 401}
    assert set(forged.values()) == {401}, forged


@proves("AUT-3")
def test_no_stored_byte_and_no_log_line_holds_a_token(flow):
    must_hold(aut_3.check_run(flow))


@sabotages("AUT-3")
def test_a_function_that_logs_its_request_is_reported(sabotaged_flow):
    must_be_broken(aut_3.check_run(sabotaged_flow), "logs://", "holds a token of alice")


@proves("ISO-3")
def test_another_person_gets_nothing_of_a_picture_but_that_it_does_not_exist(flow):
    must_hold(iso_3.check_run(flow.answers))


@sabotages("ISO-3")
def test_a_function_that_takes_everybody_for_one_person_is_reported(sabotaged_flow):
    must_be_broken(iso_3.check_run(sabotaged_flow.answers), "bob reads a picture of alice")
