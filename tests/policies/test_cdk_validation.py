"""A synthesis that breaks a rule fails, and says which."""

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms

from policies.cdk_validation import RulesAtSynthesis

NOBODY = {"Effect": "Deny", "Principal": "*", "Action": "kms:*", "Resource": "*"}


@pytest.fixture
def synthesize(tmp_path):
    def run(**key):
        app = cdk.App(outdir=str(tmp_path / "cdk.out"), analytics_reporting=False)
        stack = cdk.Stack(cdk.Stage(app, "Stage"), "Keys", synthesizer=cdk.LegacyStackSynthesizer())
        made = kms.CfnKey(stack, "Key", key_policy={"Statement": [NOBODY]}, **key)
        made.apply_removal_policy(cdk.RemovalPolicy.RETAIN)
        cdk.Validations.of(app).add_plugins(RulesAtSynthesis())
        app.synth()

    return run


def test_a_template_that_holds_every_rule_is_synthesized(synthesize):
    synthesize(enable_key_rotation=True)


def test_a_template_that_breaks_a_rule_is_refused_by_name(synthesize):
    with pytest.raises(RuntimeError) as refused:
        synthesize(enable_key_rotation=False)
    assert "ValidationFailed" in str(refused.value)
    assert "SP_KMS_1" in str(refused.value)
    assert "Stage/Keys/Key" in str(refused.value)


def test_a_value_that_the_template_does_not_settle_is_refused_too(synthesize):
    rotates = cdk.Token.as_any({"Fn::If": ["IsProduction", True, False]})
    with pytest.raises(RuntimeError, match="CANNOT_TELL"):
        synthesize(enable_key_rotation=rotates)
