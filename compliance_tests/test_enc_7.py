"""ENC-7: picture keys are stored only encrypted under the master key."""

import pytest

from compliance_tests.checks import enc_7
from compliance_tests.marks import proves, sabotages
from compliance_tests.sabotage import Weakness, append, must_be_reported, weaknesses
from compliance_tests.verdicts import must_hold


def not_demanding(name):
    """Take the demand for one key of the context away wherever a statement has it."""

    def change(body):
        document = body["Properties"].get("KeyPolicy") or body["Properties"]["Policies"][0]["PolicyDocument"]
        for statement in document["Statement"]:
            statement.get("Condition", {}).get("Null", {}).pop(f"kms:EncryptionContext:{name}", None)

    return change


@proves("ENC-7")
def test_no_use_of_a_key_goes_without_a_context(environment):
    must_hold(enc_7.check(environment))


@sabotages("ENC-7")
@pytest.mark.parametrize("name", enc_7.CONTEXT)
@pytest.mark.parametrize(("kind", "only"), [("AWS::KMS::Key", "PictureKey"), ("AWS::IAM::Role", "UserData")])
def test_a_wrap_that_does_not_say_what_it_is_for_is_reported(environment, kind, only, name):
    weakness = Weakness(f"without {name}", kind, not_demanding(name), "whole-context", only)
    must_be_reported(enc_7.check, weakness, environment)


@sabotages("ENC-7")
@weaknesses(
    Weakness(
        "a role that opens any wrap",
        "AWS::IAM::Role",
        append(
            "Policies.0.PolicyDocument.Statement",
            {"Sid": "OpenAll", "Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*"},
        ),
        "SP_KMS_5",
        only="UserData",
    ),
)
def test_a_use_without_a_context_is_reported(environment, weakness):
    must_be_reported(enc_7.check, weakness, environment)
