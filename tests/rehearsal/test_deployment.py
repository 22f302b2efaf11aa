"""One environment is deployed in order; a second deployment changes nothing; faults put back make it fail."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.rehearsal.cloud_formation import CloudFormation
from tests.rehearsal.deployer import Artifact, Deployer, DeployError
from tests.rehearsal.operation import Plant
from tests.rehearsal.stand_in import BOOTSTRAP, PERSON, bootstrap_template, empty_account


def deploy_all(deployer: Deployer, stacks: tuple[Artifact, ...]) -> list[str]:
    """Returns the stacks that changed."""
    return [stack.name for stack in stacks if deployer.deploy(stack)]


def test_every_stack_of_an_environment_is_deployed_in_order(deployer, stacks):
    assert deploy_all(deployer, stacks) == [stack.name for stack in stacks]
    assert len(stacks) == 6
    made = deployer.cloud.account.resources.values()
    assert {(p.stack, p.logical_id) for p in made if p.stack != BOOTSTRAP} == {
        (stack.name, logical_id) for stack in stacks for logical_id in stack.body["Resources"]
    }


def test_a_second_deployment_changes_nothing(deployer, stacks):
    deploy_all(deployer, stacks)
    assert deploy_all(deployer, stacks) == []


def edited(stack: Artifact, change: Callable[[dict[str, Any]], None]) -> Artifact:
    body = json.loads(json.dumps(stack.body))
    change(body["Resources"])
    return stack.changed(body=body)


def first(resources: dict[str, Any], kind: str) -> dict[str, Any]:
    return next(body for body in resources.values() if body["Type"] == kind)


def keep_the_failed_vault(resources):
    vault = first(resources, "AWS::Backup::BackupVault")
    vault["DeletionPolicy"] = "Retain"
    vault["Properties"]["BackupVaultName"] = "pictures"


def keep_the_failed_log_group(resources):
    for body in resources.values():
        if body["Type"] == "AWS::Logs::LogGroup" and "LogGroupName" in body["Properties"]:
            body["DeletionPolicy"] = "Retain"


def reserve(resources):
    first(resources, "AWS::Lambda::Function")["Properties"]["ReservedConcurrentExecutions"] = 100


def unknown_property(resources):
    first(resources, "AWS::S3::Bucket")["Properties"]["Encrypted"] = True


def missing_property(resources):
    del first(resources, "AWS::IAM::Role")["Properties"]["AssumeRolePolicyDocument"]


def read_only_property(resources):
    first(resources, "AWS::KMS::Key")["Properties"]["Arn"] = "arn:aws:kms:eu-west-1:111111111111:key/mine"


def unknown_type(resources):
    resources["Stranger"] = {"Type": "AWS::Stranger::Thing"}


def unknown_attribute(resources):
    first(resources, "AWS::Lambda::Function")["Properties"]["Description"] = {
        "Fn::GetAtt": [next(n for n, b in resources.items() if b["Type"] == "AWS::IAM::Role"), "Colour"]
    }


def twice_the_name(resources):
    name = next(n for n, b in resources.items() if b["Type"] == "AWS::Backup::BackupVault")
    resources["Second"] = json.loads(json.dumps(resources[name]))


# The stack (by the end of its name), what is put back, and what the deployment then says.
IN_THE_TEMPLATE = [
    ("Api", reserve, "UnreservedConcurrentExecution"),
    ("Data", unknown_property, "Encrypted: unknown property"),
    ("Data", missing_property, "AssumeRolePolicyDocument"),
    ("PictureKeys", read_only_property, "Arn: read-only property"),
    ("Network", unknown_type, "has no resource schema"),
    ("Api", unknown_attribute, "has no attribute Colour"),
    ("Data", twice_the_name, "already exists"),
]


@pytest.mark.parametrize(("stack", "fault", "message"), IN_THE_TEMPLATE)
def test_a_fault_in_a_template_stops_its_deployment(deployer, stacks, stack, fault, message):
    faulty = tuple(edited(each, fault) if each.name.endswith(f"-{stack}") else each for each in stacks)
    with pytest.raises(DeployError, match=message):
        deploy_all(deployer, faulty)


# A fault that only a repeated first deployment meets, the stack, and a resource at which the first one fails.
AT_THE_SECOND_ATTEMPT = [
    ("Data", keep_the_failed_vault, None, "AWS::Backup::BackupPlan", "already exists"),
    ("Api", keep_the_failed_log_group, None, "AWS::ApiGateway::Stage", "already exists"),
    ("Network", None, True, "AWS::EC2::FlowLog", "TerminationProtection is enabled"),
]


@pytest.mark.parametrize(("stack", "fault", "protected", "fails_at", "message"), AT_THE_SECOND_ATTEMPT)
def test_a_fault_that_blocks_a_second_attempt_is_seen(
    deployer, stacks, stack, fault, protected, fails_at, message
):
    for each in stacks:
        if not each.name.endswith(f"-{stack}"):
            deployer.deploy(each)
            continue
        faulty = edited(each, fault or (lambda resources: None)).changed(protected=bool(protected))
        at = next(n for n, b in each.body["Resources"].items() if b["Type"] == fails_at)
        deployer.cloud.plants.append(Plant(stack=each.name, logical_id=at))
        with pytest.raises(DeployError, match="planted"):
            deployer.deploy(faulty)
        with pytest.raises(DeployError, match=message):
            deployer.deploy(faulty)
        return


def roles(resources: dict[str, Any], word: str) -> list[str]:
    return [n for n, b in resources.items() if word in str(b["Properties"].get("RoleName", ""))]


def without_the_key_administrators(resources):
    for name in roles(resources, "KeyAdministrator"):
        del resources[name]


def without_pass_role(resources):
    for name in roles(resources, "cfn-exec"):
        resources[name]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"].append(
            {"Effect": "Deny", "Action": "iam:PassRole", "Resource": "*"}
        )


def without_tables(resources):
    for name in roles(resources, "cfn-exec"):
        resources[name]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"] = [
            {"Effect": "Allow", "NotAction": "dynamodb:CreateTable", "Resource": "*"}
        ]


def trusting_another_service(resources):
    for name in roles(resources, "cfn-exec"):
        trust = resources[name]["Properties"]["AssumeRolePolicyDocument"]
        trust["Statement"][0]["Principal"] = {"Service": "lambda.amazonaws.com"}


def without_a_version(resources):
    del resources["Version"]


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (
            without_the_key_administrators,
            "KeyAdministrator is invalid or cannot be assumed: it does not exist",
        ),
        (without_pass_role, "may not iam:PassRole"),
        (without_tables, "may not dynamodb:CreateTable"),
        (trusting_another_service, "cannot be assumed"),
        (without_a_version, "Unable to fetch parameters"),
    ],
)
def test_a_fault_in_the_bootstrap_stops_the_deployment(stacks, fault, message):
    body = bootstrap_template(stacks)
    if fault is without_a_version:
        del body["Outputs"]["BootstrapVersion"]
    fault(body["Resources"])
    deployer = Deployer(cloud=empty_account(), asker=PERSON)
    deployer.deploy(Artifact(name=BOOTSTRAP, body=body))
    with pytest.raises(DeployError, match=message):
        deploy_all(deployer, stacks)


def test_what_is_copied_is_changed_on_its_own(account: CloudFormation, stacks):
    copy = account.copy()
    Deployer(cloud=copy, asker=PERSON).deploy(stacks[0])
    assert len(copy.account.resources) > len(account.account.resources)
