"""What the bootstrap says about who enters, word for word: one statement more is a fault."""

from __future__ import annotations

import pytest

CLAIMS = {"aud", "sub", "repository_id", "repository_owner_id", "ref", "environment", "job_workflow_ref"}
ISSUER = "token.actions.githubusercontent.com"


@pytest.fixture(params=range(3))
def bootstrap(request, templates):
    """The resources of one bootstrap."""
    return [one for one in templates if one.stack == "Bootstrap"][request.param].body["Resources"]


def role(bootstrap, ending: str) -> dict:
    (found,) = (
        body["Properties"]
        for body in bootstrap.values()
        if body["Type"] == "AWS::IAM::Role" and ending in str(body["Properties"]["RoleName"])
    )
    return found


def trust(of: dict) -> list[dict]:
    return of["AssumeRolePolicyDocument"]["Statement"]


def test_two_statements_let_somebody_be_the_delivery(bootstrap):
    workflow, first = trust(role(bootstrap, "-Delivery"))
    assert set(workflow["Condition"]) == {"StringEquals"}
    assert set(workflow["Condition"]["StringEquals"]) == {f"{ISSUER}:{claim}" for claim in CLAIMS}
    condition, statement, otherwise = first["Fn::If"]
    assert (condition, otherwise) == ("SomebodyDeploysFirst", {"Ref": "AWS::NoValue"})
    assert statement["Principal"] == {"AWS": {"Ref": "FirstDeployers"}}
    assert statement["Condition"] == {
        "Bool": {"aws:MultiFactorAuthPresent": "true"},
        "NumericLessThanEquals": {"aws:MultiFactorAuthAge": "3600"},
    }


def test_the_delivery_takes_three_roles(bootstrap):
    ((statement,),) = (one["PolicyDocument"]["Statement"] for one in role(bootstrap, "-Delivery")["Policies"])
    assert statement["Action"] == "sts:AssumeRole"
    tasks = [arn.split("cdk-soulpicks-")[1].split("-role")[0] for arn in statement["Resource"]]
    assert tasks == ["deploy", "file-publishing", "lookup"]


@pytest.mark.parametrize("task", ["deploy", "file-publishing", "lookup"])
def test_the_delivery_alone_takes_the_roles_of_the_cdk(bootstrap, task):
    (statement,) = trust(role(bootstrap, f"cdk-soulpicks-{task}-role"))
    (name,) = (
        name for name, body in bootstrap.items() if "Delivery" in str(body["Properties"].get("RoleName"))
    )
    assert statement["Principal"] == {"AWS": {"Fn::GetAtt": [name, "Arn"]}}


@pytest.mark.parametrize("ending", ["cfn-exec-role", "-PictureKeyAdministrator", "-StorageKeyAdministrator"])
def test_cloudformation_alone_takes_the_roles_that_make_things(bootstrap, ending):
    (statement,) = trust(role(bootstrap, ending))
    assert statement["Principal"] == {"Service": "cloudformation.amazonaws.com"}


def test_there_are_no_other_roles(bootstrap):
    assert sum(body["Type"] == "AWS::IAM::Role" for body in bootstrap.values()) == 7


def test_the_boundary_lets_no_role_change_who_may_do_what(bootstrap):
    (boundary,) = (
        body["Properties"]["PolicyDocument"]["Statement"]
        for body in bootstrap.values()
        if "boundary" in str(body["Properties"].get("ManagedPolicyName", "")).lower()
    )
    giving = {
        (action, str(statement["Resource"]).rpartition("-")[2])
        for statement in boundary
        for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
        if action.split(":")[0] in ("*", "iam", "sts", "cloudformation", "organizations")
    }
    assert giving == {("iam:PassRole", "BackupRestore")}


def test_looking_changes_nothing(bootstrap):
    statements = [
        one
        for each in role(bootstrap, "lookup-role")["Policies"]
        for one in each["PolicyDocument"]["Statement"]
    ]
    for statement in statements:
        resource = str(statement["Resource"])
        assert ":stack/Soulpicks-" in resource or ":parameter/cdk-bootstrap/" in resource
        for action in statement["Action"]:
            assert action.split(":")[1].startswith(("Describe", "Get", "List"))


def test_outside_the_bootstrap_nothing_depends_on_a_condition(templates):
    """A resource that a condition can leave out supports nothing, and no rule asks for it."""
    conditional = [
        f"{one.environment}/{one.stack}/{name}"
        for one in templates
        if one.stack != "Bootstrap"
        for name, body in one.body["Resources"].items()
        if "Condition" in body
    ]
    assert conditional == []
