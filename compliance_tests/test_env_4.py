"""ENV-4: each component may do only what it needs; functions hold no permission on data."""

from compliance_tests.checks import env_4
from compliance_tests.marks import proves, sabotages
from compliance_tests.sabotage import Weakness, added, append, must_be_reported, put, weaknesses
from compliance_tests.verdicts import must_hold
from policies.finding import summary
from policies.verdict import Status

STATEMENTS = "Policies.0.PolicyDocument.Statement"
READ = {"Sid": "Read", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::pictures/*"}


@proves("ENV-4")
def test_functions_hold_no_permission_on_data_and_nobody_holds_a_wildcard(environment):
    must_hold(env_4.check(environment))


@sabotages("ENV-4")
@weaknesses(
    Weakness(
        "a managed policy",
        "AWS::IAM::Role",
        put("ManagedPolicyArns", ["arn:aws:iam::aws:policy/ReadOnlyAccess"]),
        "SP_IAM_1",
    ),
    Weakness(
        "a wildcard action",
        "AWS::IAM::Role",
        append(STATEMENTS, {**READ, "Action": "s3:*"}),
        "SP_IAM_2",
        only="Pictures",
    ),
    Weakness(
        "a wildcard resource",
        "AWS::IAM::Role",
        append(STATEMENTS, {**READ, "Resource": "*"}),
        "SP_IAM_2",
        only="Pictures",
    ),
)
def test_a_permission_that_is_too_wide_is_reported(environment, weakness):
    must_be_reported(env_4.check, weakness, environment)


def reason_when(environment, kind, change, only=""):
    weakened, _ = Weakness("sabotage", kind, change, "", only).apply(environment)
    verdict = summary(env_4.check(weakened))
    assert verdict.status is Status.BROKEN
    return verdict.reason


@sabotages("ENV-4")
def test_a_function_that_may_read_objects_is_reported(environment):
    reason = reason_when(environment, "AWS::IAM::Role", append(STATEMENTS, READ), "PicturesRole")
    assert "Read allows s3:GetObject" in reason


@sabotages("ENV-4")
def test_a_data_permission_in_a_policy_attached_from_another_stack_is_reported(environment):
    role = next(r for r in environment.of_type("AWS::IAM::Role") if "PicturesRole" in r.logical_id)
    policy = {
        "PolicyName": "Late",
        "Roles": [{"Ref": role.logical_id}],
        "PolicyDocument": {"Statement": [READ]},
    }
    stack = environment.templates.index(role.template)
    reason = summary(env_4.check(added("Late", "AWS::IAM::Policy", policy, stack)(environment))).reason
    assert "Read allows s3:GetObject" in reason


@sabotages("ENV-4")
def test_a_key_that_lets_a_function_in_is_reported(environment):
    role = next(r for r in environment.of_type("AWS::IAM::Role") if "PicturesRole" in r.logical_id)
    lets_in = {
        "Sid": "LetsTheFunctionIn",
        "Effect": "Allow",
        "Principal": {"AWS": {"Fn::GetAtt": [role.logical_id, "Arn"]}},
        "Action": "kms:Decrypt",
        "Resource": "*",
    }
    stack = environment.templates.index(role.template)
    key = {"EnableKeyRotation": True, "KeyPolicy": {"Statement": [lets_in]}}
    reason = summary(env_4.check(added("AnotherKey", "AWS::KMS::Key", key, stack)(environment))).reason
    assert "no-data-permission" in reason
    assert f"{role.logical_id}: " in reason
    assert "kms:Decrypt" in reason
    assert "resource policy AnotherKey LetsTheFunctionIn" in reason


@sabotages("ENV-4")
def test_a_role_of_people_that_a_function_may_take_by_itself_is_reported(environment):
    lets_in = {
        "Sid": "AnyRoleHere",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": "sts:AssumeRole",
    }
    change = append("AssumeRolePolicyDocument.Statement", lets_in)
    reason = reason_when(environment, "AWS::IAM::Role", change, "UserData")
    assert "sts:AssumeRole on" in reason
    assert "UserData trust AnyRoleHere" in reason
