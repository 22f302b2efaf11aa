"""What the roles of the bootstrap may do, must never do, and who takes them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from access.decision import Outcome
from access.environment import Environment
from access.load import load
from access.request import Caller, Context, Request
from stacks.identities import Identities
from stacks.synthesis import synthesize

# How much longer names can be than those of the example: an owner has 39 characters, a repository 100, a
# branch and a protected environment 255, a workflow 226, each up to three times in the trust of one role.
LONGEST_SETTINGS = 2_500

ISSUER = "token.actions.githubusercontent.com"


@pytest.fixture(scope="module")
def loaded(assembly) -> Environment:
    return load(assembly)


@pytest.fixture(params=range(3))
def own(request, settings) -> Identities:
    return Identities.of(settings.environments[request.param], settings.region)


def ask(loaded, who, action, resource, context=None):
    caller = Caller.session(who, "session") if who.startswith("arn:") else Caller.service(who)
    return loaded.evaluate(Request(caller, action, resource, context=Context(context or {}))).outcome


GIVING = ["CreateRole", "PutRolePermissionsBoundary", "PutRolePolicy", "UpdateAssumeRolePolicy"]


@pytest.mark.parametrize("action", GIVING)
def test_a_deployment_makes_roles_with_the_boundary_and_no_others(loaded, own, action):
    role = own.backup
    bound = {"iam:PermissionsBoundary": own.boundary}
    assert ask(loaded, own.deployer, f"iam:{action}", role, bound) is Outcome.ALLOW
    assert ask(loaded, own.deployer, f"iam:{action}", role) is Outcome.EXPLICIT_DENY
    for policy in ("aws:policy/AdministratorAccess", f"{own.account}:policy/Another"):
        other = {"iam:PermissionsBoundary": f"arn:aws:iam::{policy}"}
        assert ask(loaded, own.deployer, f"iam:{action}", role, other) is Outcome.EXPLICIT_DENY


def test_a_deployment_takes_the_boundary_from_no_role(loaded, own):
    bound = {"iam:PermissionsBoundary": own.boundary}
    action = "iam:DeleteRolePermissionsBoundary"
    assert ask(loaded, own.deployer, action, own.backup, bound) is Outcome.EXPLICIT_DENY


@pytest.mark.parametrize("action", [*GIVING, "DeleteRole", "TagRole"])
def test_a_deployment_does_not_touch_the_roles_of_the_bootstrap(loaded, own, action):
    bound = {"iam:PermissionsBoundary": own.boundary}
    for role in (own.deployer, own.delivery, own.picture_key_administrator, own.storage_key_administrator):
        assert ask(loaded, own.deployer, f"iam:{action}", role, bound) is Outcome.EXPLICIT_DENY


@pytest.mark.parametrize(
    "action", ["iam:CreatePolicyVersion", "iam:DeletePolicy", "iam:SetDefaultPolicyVersion"]
)
def test_a_deployment_does_not_change_the_boundary(loaded, own, action):
    assert ask(loaded, own.deployer, action, own.boundary) is Outcome.EXPLICIT_DENY


@pytest.mark.parametrize("action", ["iam:CreateUser", "iam:CreateAccessKey", "iam:CreateLoginProfile"])
def test_a_deployment_makes_no_people(loaded, own, action):
    user = f"arn:aws:iam::{own.account}:user/somebody"
    assert ask(loaded, own.deployer, action, user) is Outcome.EXPLICIT_DENY


def test_a_deployment_reads_no_object_and_no_row_and_opens_no_wrap(loaded, own):
    here = [one for one in loaded.resources if one.account == own.account]
    (bucket,) = [one.arn for one in here if one.type == "AWS::S3::Bucket" and "PicturesBucket" in one.name]
    tables = [one.arn for one in here if one.type == "AWS::DynamoDB::Table"]
    for action in ("GetObject", "GetObjectVersion", "PutObject", "DeleteObject"):
        assert ask(loaded, own.deployer, f"s3:{action}", f"{bucket}/a/b/c") is not Outcome.ALLOW
    for action in ("GetItem", "Query", "Scan", "BatchGetItem", "PutItem"):
        assert len(tables) == 2
        for table in tables:
            assert ask(loaded, own.deployer, f"dynamodb:{action}", table) is not Outcome.ALLOW
    keys = {one.name.rpartition(".")[2]: one.arn for one in here if one.type == "AWS::KMS::Key"}
    for via in ({}, {"kms:ViaService": f"s3.{own.region}.amazonaws.com"}):
        for key in ("PictureKey", "StorageKey"):
            assert ask(loaded, own.deployer, "kms:Decrypt", keys[key], via) is not Outcome.ALLOW


def test_the_reviewed_workflow_takes_the_role_of_the_delivery_and_no_other_does(loaded, own, settings):
    repository = settings.delivery
    environment = next(one for one in settings.environments if one.name == own.environment)
    name = f"{repository.owner}/{repository.repository}"
    branch = f"refs/heads/{repository.branch}"
    claims = {
        "aud": "sts.amazonaws.com",
        "sub": f"repo:{name}:environment:{environment.protected_environment}",
        "repository_id": repository.repository_id,
        "repository_owner_id": repository.owner_id,
        "ref": branch,
        "environment": environment.protected_environment,
        "job_workflow_ref": f"{name}/{repository.workflow}@{branch}",
    }
    provider = f"arn:aws:iam::{own.account}:oidc-provider/{ISSUER}"
    (role,) = [one for one in loaded.resources if one.arn == own.delivery]

    def taken(**changed):
        context = Context({f"{ISSUER}:{key}": value for key, value in {**claims, **changed}.items()})
        asked = Request(
            Caller.federated(provider), "sts:AssumeRoleWithWebIdentity", role.arn, context=context
        )
        return loaded.evaluate(asked).outcome

    ids = f"{repository.owner}@{repository.owner_id}/{repository.repository}@{repository.repository_id}"
    assert taken() is Outcome.ALLOW
    assert taken(sub=f"repo:{ids}:environment:{environment.protected_environment}") is Outcome.ALLOW
    for claim, value in claims.items():
        assert taken(**{claim: f"{value}x"}) is not Outcome.ALLOW, claim


def test_only_the_delivery_takes_the_roles_of_the_cdk(loaded, own):
    for task in ("deploy", "file-publishing", "lookup"):
        role = own.cdk_role(task)
        assert ask(loaded, own.delivery, "sts:AssumeRole", role) is Outcome.ALLOW
        for other in (f"arn:aws:iam::{own.account}:role/Admin", own.deployer, own.cdk_role("deploy")):
            assert ask(loaded, other, "sts:AssumeRole", role) is not Outcome.ALLOW, (task, other)


def test_the_deployer_hands_over_to_cloudformation_exactly_three_roles(loaded, own):
    passed = {"iam:PassedToService": "cloudformation.amazonaws.com"}
    deploy = own.cdk_role("deploy")
    roles = [
        one.arn for one in loaded.resources if one.type == "AWS::IAM::Role" and one.account == own.account
    ]
    may = {role for role in roles if ask(loaded, deploy, "iam:PassRole", role, passed) is Outcome.ALLOW}
    assert may == {own.deployer, own.picture_key_administrator, own.storage_key_administrator}
    for role in may:
        assert ask(loaded, "cloudformation.amazonaws.com", "sts:AssumeRole", role) is Outcome.ALLOW


def test_the_template_needs_no_bucket_to_be_deployed(assembly):
    """The file itself is sent, so its own bytes count, and the longest settings must fit as well.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
    """
    sizes = [file.stat().st_size for file in assembly.glob("Bootstrap*.template.json")]
    assert len(sizes) == 3
    assert max(sizes) < 51_200 - LONGEST_SETTINGS


def test_the_role_of_the_settings_administers_the_bootstrap_and_no_other_does(settings, tmp_path):
    first = settings.environments[0]
    other = "aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Admin_0123456789abcdef"
    changed = replace(first, bootstrap_administrator=other)
    folder = synthesize(replace(settings, environments=(changed, *settings.environments[1:])), tmp_path)
    loaded = load(folder)
    keys = [one for one in loaded.resources if one.type == "AWS::KMS::Key" and one.stack == "CDKToolkit"]
    (key,) = [one.arn for one in keys if one.account == first.account]
    named = f"arn:aws:iam::{first.account}:role/{other}"
    before = Identities.of(first, settings.region).bootstrapper
    assert Identities.of(changed, settings.region).bootstrapper == named
    assert ask(loaded, named, "kms:PutKeyPolicy", key) is Outcome.ALLOW
    assert ask(loaded, before, "kms:PutKeyPolicy", key) is not Outcome.ALLOW
