"""A refusal is read with the key absent: by operator, by kind of policy, by what AWS's services send."""

import json

import pytest

from access.deciding.operators import OPERATORS, holds
from access.language.statement import Condition
from policies import catalogue
from policies.absent_key import holds_without_its_key
from policies.node import UnresolvedError
from policies.policy_documents import policy_documents, policy_statements
from policies.rules.sp_iam_5_denials_mean_absence import FENCES
from policies.verdict import Status

RULE = next(entry for entry in catalogue.rules() if entry.rule.id == "SP_IAM_5")
NEGATED = ["StringNotEquals", "StringNotEqualsIgnoreCase", "StringNotLike", "NumericNotEquals"]
NEGATED += ["DateNotEquals", "NotIpAddress", "ArnNotEquals", "ArnNotLike"]


@pytest.mark.parametrize("suffix", ["", "IfExists"])
@pytest.mark.parametrize("quantifier", [None, "ForAllValues", "ForAnyValue"])
@pytest.mark.parametrize("operator", OPERATORS)
def test_what_holds_without_the_key_is_what_the_evaluator_says(operator, quantifier, suffix):
    condition = Condition(operator, "k", ("v",), quantifier, if_exists=bool(suffix))
    written = f"{quantifier}:{operator}{suffix}" if quantifier else f"{operator}{suffix}"
    assert holds_without_its_key(written) is holds(condition, {}, variables=True)


@pytest.mark.parametrize("operator", ["StringUnequals", "ForSomeValues:StringEquals", "NullIfExists"])
def test_an_operator_that_is_not_known_is_not_passed_over(operator):
    with pytest.raises(UnresolvedError, match=operator):
        holds_without_its_key(operator)


def denial(operator, key, value="x", **more):
    statement = {"Sid": "No", "Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}
    return {**statement, "Condition": {operator: {key: value}}, **more}


def judged(template, kind, properties):
    body = {"Resources": {"It": {"Type": kind, "Properties": properties}}}
    return RULE.verdict(template(json.dumps(body)).resources[0])


def document(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


# Where policies hang, in the forms that templates have them.
PLACES = {
    "AWS::S3::BucketPolicy": lambda policy: {"Bucket": "b", "PolicyDocument": policy},
    "AWS::KMS::Key": lambda policy: {"KeyPolicy": policy},
    "AWS::SQS::QueuePolicy": lambda policy: {"Queues": ["q"], "PolicyDocument": policy},
    "AWS::SNS::TopicPolicy": lambda policy: {"Topics": ["t"], "PolicyDocument": policy},
    "AWS::DynamoDB::Table": lambda policy: {"ResourcePolicy": {"PolicyDocument": policy}},
    "AWS::EC2::VPCEndpoint": lambda policy: {"PolicyDocument": policy},
    "AWS::IAM::Role": lambda policy: {"AssumeRolePolicyDocument": policy},
    "AWS::IAM::ManagedPolicy": lambda policy: {"PolicyDocument": policy},
    "AWS::Backup::BackupVault": lambda policy: {"AccessPolicy": policy},
    "AWS::SecretsManager::ResourcePolicy": lambda policy: {"ResourcePolicy": policy},
    "AWS::Logs::ResourcePolicy": lambda policy: {"PolicyDocument": json.dumps(policy)},
    "AWS::Organizations::Policy": lambda policy: {"Type": "SERVICE_CONTROL_POLICY", "Content": policy},
    "AWS::Nobody::HasHeardOf": lambda policy: {"Deep": [{"Within": policy}]},
}


@pytest.mark.parametrize("kind", PLACES)
def test_the_refusal_of_every_upload_is_seen_in_every_kind_of_policy(template, kind):
    policy = document(denial("StringNotEqualsIfExists", "s3:x-amz-server-side-encryption", "aws:kms"))
    verdict = judged(template, kind, PLACES[kind](policy))
    assert verdict.status is Status.BROKEN
    assert "refuses every request without s3:x-amz-server-side-encryption" in verdict.reason


@pytest.mark.parametrize("kind", PLACES)
def test_the_same_refusal_of_requests_that_carry_the_key_holds(template, kind):
    key = "s3:x-amz-server-side-encryption"
    condition = {"StringNotEquals": {key: "aws:kms"}, "Null": {key: "false"}}
    policy = document(denial("", "", Condition=condition))
    assert judged(template, kind, PLACES[kind](policy)).status is Status.HOLDS


@pytest.mark.parametrize(
    "operator",
    [
        *NEGATED,
        *(f"{one}IfExists" for one in NEGATED),
        "ForAllValues:StringNotLike",
        # Not negated, and met without the key all the same.
        "ForAllValues:StringEquals",
        "BoolIfExists",
        "NumericLessThanIfExists",
    ],
)
def test_every_operator_that_an_absent_key_meets_is_seen(template, operator):
    verdict = judged(template, "AWS::SQS::QueuePolicy", {"PolicyDocument": document(denial(operator, "a:K"))})
    assert verdict.status is Status.BROKEN
    assert operator in verdict.reason


@pytest.mark.parametrize("operator", ["StringEquals", "Bool", "Null", "ForAnyValue:StringNotEquals"])
def test_an_operator_that_an_absent_key_does_not_meet_is_left_alone(template, operator):
    verdict = judged(template, "AWS::SQS::QueuePolicy", {"PolicyDocument": document(denial(operator, "a:K"))})
    assert verdict.status is Status.HOLDS


@pytest.mark.parametrize("key", FENCES)
def test_a_fence_may_refuse_absence_but_not_a_service_that_the_same_policy_lets_in(template, key):
    fence = denial("StringNotEquals", key)
    allow = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage"}
    alone = {"PolicyDocument": document(fence)}
    assert judged(template, "AWS::SQS::QueuePolicy", alone).status is Status.HOLDS
    both = {"PolicyDocument": document(allow, fence)}
    verdict = judged(template, "AWS::SQS::QueuePolicy", both)
    assert verdict.status is Status.BROKEN
    assert "events.amazonaws.com" in verdict.reason


def test_a_fence_for_our_own_account_does_not_touch_a_service(template):
    fence = denial("StringNotEquals", "kms:ViaService", Principal={"AWS": "arn:aws:iam::111111111111:root"})
    grant = {"Effect": "Allow", "Principal": {"AWS": "111111111111"}, "Action": "kms:CreateGrant"}
    assert judged(template, "AWS::KMS::Key", {"KeyPolicy": document(grant, fence)}).status is Status.HOLDS
    everyone = document(grant, {**fence, "Principal": "*"})
    verdict = judged(template, "AWS::KMS::Key", {"KeyPolicy": everyone})
    assert "services that hold a grant" in verdict.reason


def test_a_statement_that_an_intrinsic_chooses_is_not_passed_over(template):
    chosen = {"Fn::If": ["c", denial("StringNotEquals", "a:K"), {"Ref": "AWS::NoValue"}]}
    verdict = judged(template, "AWS::KMS::Key", {"KeyPolicy": document(chosen)})
    assert verdict.status is Status.CANNOT_TELL


def test_a_policy_within_a_text_that_is_joined_is_found(template):
    text = json.dumps(document(denial("StringNotEquals", "a:K", "MARK")))
    before, after = text.split("MARK")
    joined = {"Fn::Join": ["", [before, {"Ref": "AWS::AccountId"}, after]]}
    assert judged(template, "AWS::Logs::ResourcePolicy", {"PolicyDocument": joined}).status is Status.BROKEN


def test_a_text_that_begins_like_a_policy_and_is_none_is_not_passed_over(template):
    verdict = judged(template, "AWS::Logs::ResourcePolicy", {"PolicyDocument": '{"Statement": ['})
    assert verdict.status is Status.CANNOT_TELL


def test_the_statements_of_a_firewall_are_no_policy(template):
    rules = [{"Name": "a", "Statement": {"GeoMatchStatement": {"CountryCodes": ["XX"]}}}]
    body = {"Resources": {"Acl": {"Type": "AWS::WAFv2::WebACL", "Properties": {"Rules": rules}}}}
    (acl,) = template(json.dumps(body)).resources
    assert not list(policy_documents(acl))
    assert not list(policy_statements(acl))
