"""Each thing that the bootstrap must never allow is seen to fail where somebody weakens the template.

The assertions are those of `test_bootstrap.py` themselves, asked again of a weakened assembly.
"""

from __future__ import annotations

import pytest

from access.load import load
from policies import catalogue
from policies.assembly import environments
from policies.finding import judge_assembly
from stacks.identities import Identities
from tests.stacks import test_bootstrap as asserted
from tests.stacks.weakened import (
    all_of,
    statement,
    statements,
    weakened,
    without_condition,
    without_statement,
)

BOOTSTRAP = "Bootstrap/Development"


@pytest.fixture(scope="module")
def own(settings) -> Identities:
    return Identities.of(settings.environments[0], settings.region)


def fails(check, *given) -> bool:
    """Whether one assertion is red."""
    try:
        check(*given)
    except AssertionError:
        return True
    return False


def gives(action, resource="*"):
    """The execution role is allowed one thing more."""

    def change(body):
        (stores,) = [
            each["Properties"]["PolicyDocument"]["Statement"]
            for each in body["Resources"].values()
            if each["Type"] == "AWS::IAM::ManagedPolicy"
            and each["Properties"]["ManagedPolicyName"].endswith("-Stores")
        ]
        stores.append({"Sid": "More", "Effect": "Allow", "Action": action, "Resource": resource})

    return change


def no_denial(body):
    """Nothing is refused by a resource's own policy any more, and everybody of the account is let in."""
    account = "arn:aws:iam::111111111111:root"
    for each in list(statements(body)):
        if each["Effect"] == "Deny" and "Principal" in each:
            each.update(Sid="Opened", Effect="Allow", Principal={"AWS": account}, Action="*")
            each.pop("NotAction", None)
            each.pop("Condition", None)
            each["Resource"] = "*"


def boundary_of_another(body):
    wanted = statement(body, "NoRoleWithoutTheBoundary")["Condition"]["StringNotEquals"]
    wanted["iam:PermissionsBoundary"] = "arn:aws:iam::aws:policy/AdministratorAccess"


@pytest.mark.parametrize(
    "change",
    [
        without_statement("NoRoleWithoutTheBoundary"),
        without_condition("NoRoleWithoutTheBoundary"),
        boundary_of_another,
        without_statement("MakeRolesWithTheBoundary"),
    ],
)
def test_roles_without_the_boundary(assembly, tmp_path, own, change):
    changed = load(weakened(assembly, tmp_path, {BOOTSTRAP: change}))
    check = asserted.test_a_deployment_makes_roles_with_the_boundary_and_no_others
    assert [action for action in asserted.GIVING if fails(check, changed, own, action)] == asserted.GIVING


def test_roles_and_policies_of_the_bootstrap(assembly, tmp_path, own):
    changed = load(weakened(assembly, tmp_path, {BOOTSTRAP: without_statement("TheBootstrapIsNotTouched")}))
    roles = asserted.test_a_deployment_does_not_touch_the_roles_of_the_bootstrap
    assert all(fails(roles, changed, own, action) for action in [*asserted.GIVING, "DeleteRole", "TagRole"])
    boundary = asserted.test_a_deployment_does_not_change_the_boundary
    for action in ("iam:CreatePolicyVersion", "iam:DeletePolicy", "iam:SetDefaultPolicyVersion"):
        assert fails(boundary, changed, own, action)


def test_people(assembly, tmp_path, own):
    changed = load(weakened(assembly, tmp_path, {BOOTSTRAP: without_statement("NoPeople")}))
    for action in ("iam:CreateUser", "iam:CreateAccessKey", "iam:CreateLoginProfile"):
        assert fails(asserted.test_a_deployment_makes_no_people, changed, own, action)


@pytest.mark.parametrize(
    ("action", "stack"),
    [
        ("s3:GetObject", "Data"),
        ("s3:DeleteObject", "Data"),
        ("dynamodb:Query", "Data"),
        ("dynamodb:PutItem", "Data"),
        ("kms:Decrypt", "PictureKeys"),
        ("kms:Decrypt", "StorageKeys"),
    ],
)
def test_objects_rows_and_wraps(assembly, tmp_path, own, action, stack):
    check = asserted.test_a_deployment_reads_no_object_and_no_row_and_opens_no_wrap
    changes = {BOOTSTRAP: gives(action), f"Development/{stack}": no_denial}
    assert fails(check, load(weakened(assembly, tmp_path, changes)), own)


CLAIMS = (
    *("aud", "sub", "repository_id", "repository_owner_id", "ref", "environment"),
    "job_workflow_ref",
)


@pytest.mark.parametrize("claim", CLAIMS)
def test_a_claim_of_the_workflow(assembly, tmp_path, own, settings, claim):
    change = without_condition("TheReviewedWorkflow", f"{asserted.ISSUER}:{claim}")
    changed = load(weakened(assembly, tmp_path, {BOOTSTRAP: change}))
    check = asserted.test_the_reviewed_workflow_takes_the_role_of_the_delivery_and_no_other_does
    assert fails(check, changed, own, settings)


def test_a_claim_is_compared_with_a_wildcard(assembly, tmp_path, own, settings):
    def change(body):
        found = statement(body, "TheReviewedWorkflow")["Condition"]
        subject = found["StringEquals"].pop(f"{asserted.ISSUER}:sub")
        found["StringLike"] = {f"{asserted.ISSUER}:sub": [f"{each}*" for each in subject]}

    changed = load(weakened(assembly, tmp_path, {BOOTSTRAP: change}))
    check = asserted.test_the_reviewed_workflow_takes_the_role_of_the_delivery_and_no_other_does
    assert fails(check, changed, own, settings)


def the_account_takes(task):
    def change(body):
        (role,) = [
            each["Properties"]
            for each in body["Resources"].values()
            if f"cdk-soulpicks-{task}-role" in str(each["Properties"].get("RoleName"))
        ]
        trust = role["AssumeRolePolicyDocument"]["Statement"]
        trust[0]["Principal"] = {"AWS": "arn:aws:iam::111111111111:root"}

    return change


@pytest.mark.parametrize("task", ["deploy", "file-publishing", "lookup"])
def test_who_takes_the_roles_of_the_cdk(assembly, tmp_path, own, task):
    changed = load(weakened(assembly, tmp_path, {BOOTSTRAP: the_account_takes(task)}))
    assert fails(asserted.test_only_the_delivery_takes_the_roles_of_the_cdk, changed, own)


def every_role_is_handed_over(body):
    statement(body, "HandOverToCloudFormation")["Resource"] = "*"


def one_role_less(body):
    statement(body, "HandOverToCloudFormation")["Resource"].pop()


def one_role_that_cloudformation_does_not_take(body):
    first = next(each for each in statements(body) if each["Sid"] == "CloudFormationOfThisAccount")
    first["Principal"]["Service"] = "codebuild.amazonaws.com"


@pytest.mark.parametrize(
    "change", [every_role_is_handed_over, one_role_less, one_role_that_cloudformation_does_not_take]
)
def test_which_roles_are_handed_over(assembly, tmp_path, own, change):
    changed = load(weakened(assembly, tmp_path, {BOOTSTRAP: change}))
    assert fails(asserted.test_the_deployer_hands_over_to_cloudformation_exactly_three_roles, changed, own)


def a_long_description(body):
    body["Description"] = "x" * 20_000


def test_a_template_that_is_too_long(assembly, tmp_path):
    changed = weakened(assembly, tmp_path, {BOOTSTRAP: a_long_description})
    assert fails(asserted.test_the_template_needs_no_bucket_to_be_deployed, changed)


def somebody_by_default(body):
    body["Parameters"]["FirstDeployers"]["Default"] = "arn:aws:iam::111111111111:role/Somebody"


def any_text(body):
    del body["Parameters"]["FirstDeployers"]["AllowedPattern"]


def a_whole_account(body):
    body["Parameters"]["FirstDeployers"]["AllowedPattern"] = "(arn:aws:iam::[0-9]{12}:.+)?"


def everybody(body):
    body["Parameters"]["FirstDeployers"]["AllowedPattern"] = ".*"


@pytest.mark.parametrize("change", [somebody_by_default, any_text, a_whole_account, everybody])
def test_who_deploys_first(assembly, tmp_path, change):
    (rule,) = [each for each in catalogue.rules() if each.rule.id == "SP_IAM_4"]

    def problems(folder):
        (ours,) = [one for one in environments(folder) if one.name == "development"]
        return [str(one) for one in judge_assembly(ours, [rule]) if one.verdict.fails]

    assert problems(assembly) == []
    (found,) = problems(weakened(assembly, tmp_path, {BOOTSTRAP: change}))
    assert "FirstDeployers" in found


def test_the_same_assertions_hold_when_nothing_is_weakened(assembly, tmp_path, own, settings):
    """A copy that is only written anew is judged as before: the copying itself breaks nothing."""

    def described(body):
        body["Description"] = "Another description."

    same = load(weakened(assembly, tmp_path, {BOOTSTRAP: all_of(described)}))
    asserted.test_a_deployment_reads_no_object_and_no_row_and_opens_no_wrap(same, own)
    asserted.test_only_the_delivery_takes_the_roles_of_the_cdk(same, own)
    asserted.test_the_deployer_hands_over_to_cloudformation_exactly_three_roles(same, own)
    asserted.test_the_reviewed_workflow_takes_the_role_of_the_delivery_and_no_other_does(same, own, settings)
    for action in asserted.GIVING:
        asserted.test_a_deployment_makes_roles_with_the_boundary_and_no_others(same, own, action)
