"""ENC-8: the master key rotates, and nobody can turn it off or delete the key."""

import re

from compliance_tests.checks import enc_8
from compliance_tests.checks.enc_8 import ENDING
from compliance_tests.marks import proves, sabotages
from compliance_tests.sabotage import Weakness, append, attribute, must_be_reported, put, weaknesses
from compliance_tests.verdicts import must_hold
from policies.finding import summary
from policies.verdict import Status

KEY = "AWS::KMS::Key"


def forget(action):
    """Take one action out of every denial of the key's policy."""

    def change(body):
        for statement in body["Properties"]["KeyPolicy"]["Statement"]:
            actions = statement["Action"]
            if statement["Effect"] == "Deny" and action in actions:
                statement["Action"] = [a for a in actions if a != action] if isinstance(actions, list) else []

    return change


def let_administrators_end_it(body):
    """One role may end the key, and every denial of that is gone."""
    statements = body["Properties"]["KeyPolicy"]["Statement"]
    for action in ENDING:
        forget(action)(body)
    (administration,) = (s for s in statements if s["Sid"] == "Administration")
    administration["Action"] = [*administration["Action"], *ENDING]


@proves("ENC-8")
def test_every_master_key_rotates_within_a_year_and_cannot_be_turned_off(environment):
    must_hold(enc_8.check(environment))


@sabotages("ENC-8")
@weaknesses(
    Weakness("rotation off", KEY, put("EnableKeyRotation", False), "SP_KMS_1"),
    Weakness("rotation every seven years", KEY, put("RotationPeriodInDays", 2560), "SP_KMS_2"),
    Weakness("a key that goes with its stack", KEY, attribute("DeletionPolicy", "Delete"), "SP_KMS_4"),
    Weakness("deletion not denied", KEY, forget("kms:ScheduleKeyDeletion"), "SP_KMS_4"),
    Weakness("disabling not denied", KEY, forget("kms:DisableKey"), "SP_KMS_4"),
    Weakness("the end of rotation not denied", KEY, forget("kms:DisableKeyRotation"), "SP_KMS_4"),
    Weakness("an administrator who may end it", KEY, let_administrators_end_it, "nobody-ends-a-key"),
)
def test_a_key_that_stays_old_or_goes_away_is_reported(environment, weakness):
    must_be_reported(enc_8.check, weakness, environment)


@sabotages("ENC-8")
def test_who_may_end_a_key_is_named_with_the_request(environment):
    weakened, _ = Weakness("", KEY, let_administrators_end_it, "", "PictureKey").apply(environment)
    # The administrator's own policy, in the bootstrap, is a second lock.
    also = {"Sid": "Too", "Effect": "Allow", "Action": list(ENDING), "Resource": "*"}
    may = append("Policies.0.PolicyDocument.Statement", also)
    weakened, _ = Weakness("", "AWS::IAM::Role", may, "", "PictureKeyAdministrator").apply(weakened)
    verdict = summary(enc_8.check(weakened))
    assert verdict.status is Status.BROKEN
    assert re.search(
        r"role/soulpicks-bootstrap-eu-west-1-PictureKeyAdministrator/session kms:[A-Z]\w+ on arn:aws:kms",
        verdict.reason,
    )


@sabotages("ENC-8")
def test_a_key_policy_that_the_templates_do_not_settle_is_not_passed_over(environment):
    weakened, _ = Weakness("", KEY, put("KeyPolicy", {"Fn::ImportValue": "elsewhere"}), "").apply(environment)
    assert summary(enc_8.check(weakened)).status is not Status.HOLDS
