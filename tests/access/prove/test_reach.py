"""Permissions that are come to in several steps, and the sentence that says how."""

from typing import Any

import pytest

from access.claims import everyone
from access.reach import reach

ACCOUNT = "111111111111"


def arn(name, kind="role"):
    return f"arn:aws:iam::{ACCOUNT}:{kind}/{name}"


def allow(action: Any, resource: Any = "*", condition: Any = None) -> dict[str, Any]:
    found = {"Effect": "Allow", "Action": action, "Resource": resource}
    return {**found, "Condition": condition} if condition else found


def document(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


def role(name, trusted, *statements):
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": trusted}
    policy = {
        "PolicyName": "inline",
        "PolicyDocument": {"Version": "2012-10-17", "Statement": list(statements)},
    }
    return {"Type": "AWS::IAM::Role", "Properties": {
        "RoleName": name, "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
        "Policies": [policy] if statements else []}}  # fmt: skip


def add(service, name, *statements):
    service[name]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"].extend(statements)


@pytest.fixture
def ask(service, loaded):
    def run(can="kms:Decrypt", who="Employee"):
        environment = loaded(service)
        key = next(r for r in environment.resources if r.type == "AWS::KMS::Key")
        group = everyone(environment).where(lambda p: p.place.logical_id == who, who)
        assert group.principals
        return reach(group, can=can, on=key)

    return run


def test_an_employee_who_may_only_take_a_role_of_the_bucket_never_decrypts(ask):
    assert ask().verdict == "unreachable"


def test_the_shortest_way_is_a_sentence_that_a_person_understands(service, ask):
    service["Deploy"] = role(
        "Deploy", {"AWS": arn("employee", "user")},
        allow("iam:PassRole", arn("Execution")), allow("cloudformation:CreateStack"),
    )  # fmt: skip
    service["Execution"] = role(
        "Execution", {"Service": "cloudformation.amazonaws.com"}, allow("iam:PutRolePolicy", arn("UserData"))
    )
    found = ask()
    assert found.verdict == "reached", found
    assert str(found) == (
        "Employee assumes Deploy, which starts cloudformation (CreateStack) as Execution, "
        "which puts a policy on UserData, which may kms:Decrypt PictureKey"
    )
    assert all(step.witnesses for step in found.steps)


def test_every_request_of_a_confirmed_way_is_allowed_by_the_evaluator(service, ask):
    add(service, "Employee", allow("iam:UpdateAssumeRolePolicy", arn("UserData")))
    found = ask()
    assert found.verdict == "reached"
    assert [w.decision.allowed for step in found.steps for w in step.witnesses] == [True] * 2


def test_passing_a_role_to_another_service_than_the_condition_names_is_no_way(service, ask):
    service["Runner"] = role("Runner", {"Service": "lambda.amazonaws.com"}, allow("iam:PutRolePolicy", "*"))
    only_ec2 = {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}
    add(service, "Employee", allow("iam:PassRole", arn("Runner"), only_ec2), allow("lambda:CreateFunction"))
    assert ask().verdict == "unreachable"
    add(service, "Employee", allow("iam:PassRole", arn("Runner")))
    assert "starts lambda (CreateFunction) as Runner" in str(ask())


def test_changing_a_functions_code_is_acting_as_its_role(service, ask):
    service["Runner"] = role("Runner", {"Service": "lambda.amazonaws.com"}, allow("iam:PutRolePolicy", "*"))
    properties = {"FunctionName": "worker", "Role": {"Fn::GetAtt": ["Runner", "Arn"]}}
    service["Worker"] = {"Type": "AWS::Lambda::Function", "Properties": properties}
    add(
        service, "Employee", allow("lambda:UpdateFunctionCode", f"arn:aws:lambda:*:{ACCOUNT}:function:worker")
    )
    assert str(ask()).startswith(
        "Employee changes Worker (UpdateFunctionCode), which acts as Runner, which puts"
    )


def test_a_stack_keeps_its_role_so_updating_it_needs_no_passing(service, ask):
    service["Execution"] = role(
        "Execution",
        {"Service": "cloudformation.amazonaws.com"},
        allow("iam:AttachRolePolicy", arn("UserData")),
    )
    add(service, "Employee", allow("cloudformation:UpdateStack"))
    assert "updates a stack that acts as Execution" in str(ask())


@pytest.mark.parametrize("action", ["kms:PutKeyPolicy", "kms:CreateGrant"])
def test_whoever_changes_the_keys_policy_or_grants_it_has_come_to_it(service, ask, action):
    named = {**allow(action), "Principal": {"AWS": arn("employee", "user")}}
    service["PictureKey"]["Properties"]["KeyPolicy"]["Statement"].append(named)
    found = ask()
    assert found.verdict == "reached"
    assert str(found) == f"Employee may change who uses PictureKey ({action})"


def test_a_user_whose_access_key_someone_else_makes_is_acted_as(service, ask):
    rewrite = document(allow("iam:UpdateAssumeRolePolicy", arn("UserData")))
    policy = {"PolicyName": "inline", "PolicyDocument": rewrite}
    service["Other"] = {"Type": "AWS::IAM::User", "Properties": {"UserName": "other", "Policies": [policy]}}
    add(service, "Employee", allow("iam:CreateAccessKey", arn("other", "user")))
    assert str(ask()).startswith("Employee makes an access key of Other, which changes the trust of UserData")


def test_a_role_whose_policies_one_may_write_is_a_way_to_all_that_iam_allows(service, ask):
    add(service, "Employee", allow("iam:PutRolePolicy", arn("Administrator")))
    assert str(ask()).startswith(
        "Employee puts a policy on Administrator, which changes the trust of UserData"
    )


def test_a_boundary_limits_a_role_whose_policies_are_written_until_the_boundary_is_changed(service, ask):
    service["Fence"] = {
        "Type": "AWS::IAM::ManagedPolicy",
        "Properties": {"PolicyDocument": document(allow("s3:*"))},
    }
    service["Administrator"]["Properties"]["PermissionsBoundary"] = {"Ref": "Fence"}
    add(service, "Employee", allow("iam:PutRolePolicy", arn("Administrator")))
    assert ask().verdict == "unreachable"
    add(service, "Employee", allow("iam:DeleteRolePermissionsBoundary", arn("Administrator")))
    assert "takes the boundary from Administrator" in str(ask())


def test_a_deny_in_the_key_policy_holds_for_a_role_whose_own_policies_were_widened(service, ask):
    add(service, "Employee", allow("iam:PutRolePolicy", arn("UserData")))
    assert ask().verdict == "reached"
    service["PictureKey"]["Properties"]["KeyPolicy"]["Statement"].append(
        {"Effect": "Deny", "Principal": "*", "Action": "kms:Decrypt", "Resource": "*"}
    )
    assert ask().verdict == "unreachable"


def test_a_step_in_doubt_leaves_the_answer_unknown_and_says_what_settles_it(service, ask):
    service["Employee"]["Properties"]["ManagedPolicyArns"] = ["arn:aws:iam::aws:policy/PowerUserAccess"]
    found = ask()
    assert found.verdict == "unknown"
    assert any("PowerUserAccess" in settle for settle in found.settles)


def test_a_tag_that_a_condition_reads_stops_nobody(service, ask):
    tagged = {"StringEquals": {"aws:PrincipalTag/team": "core"}}
    add(service, "Employee", allow("iam:UpdateAssumeRolePolicy", arn("UserData"), tagged))
    assert ask().verdict == "reached"


def test_a_token_is_exchanged_by_who_signed_in_and_by_no_role_or_stranger(service, loaded):
    environment = loaded(service)
    key = next(r for r in environment.resources if r.type == "AWS::KMS::Key")
    kinds = {}
    for kind in ("federated", "foreign_account", "anonymous", "service"):
        group = everyone(environment).where(lambda p, kind=kind: p.kind == kind, kind)
        kinds[kind] = reach(group, can="kms:Decrypt", on=key).verdict
    assert kinds == {
        "federated": "reached",
        "foreign_account": "unreachable",
        "anonymous": "unreachable",
        "service": "unreachable",
    }
