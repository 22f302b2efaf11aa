"""What the CDK or an account might add without anybody having written it."""

import json
import re

# Every role there is; a new one belongs here and into a review.
ROLES = {
    ("Api", "AuthorizeRole422A63E8"),
    ("Api", "GatewayLogsRole8C5EE983"),
    ("Api", "PicturesRoleEB2AD850"),
    ("Bootstrap", "CdkRolesDeploy8531DE5A"),
    ("Bootstrap", "CdkRolesFilePublishing8AE358D8"),
    ("Bootstrap", "CdkRolesLookup58CA191C"),
    ("Bootstrap", "DeliveryRoleDD34AE81"),
    ("Bootstrap", "ExecutionRole"),
    ("Bootstrap", "KeyAdministratorsPictureKeyAdministrator24E3AAC1"),
    ("Bootstrap", "KeyAdministratorsStorageKeyAdministrator13C66570"),
    ("Data", "RestoreBackup6E702CED"),
    ("Data", "RestorePersonAC65FDFD"),
    ("Data", "UserData"),
    ("Data", "VaultRole08174E96"),
    ("Network", "FlowLogRole8B4E45EF"),
    ("Operations", "EventPathRoleEFB7252A"),
}


def test_every_role_is_one_we_wrote(environment):
    roles = {(stack, name) for stack, one in environment.items() for name in one.of_type("AWS::IAM::Role")}
    assert roles == ROLES


def test_no_role_carries_a_policy_that_is_not_in_the_template(environment):
    for stack, template in environment.items():
        for name, role in template.of_type("AWS::IAM::Role").items():
            attached = {each["Ref"] for each in role.get("ManagedPolicyArns", [])}
            assert attached <= set(template.of_type("AWS::IAM::ManagedPolicy")), (stack, name)
            assert not attached or (stack, name) == ("Bootstrap", "ExecutionRole")
            assert role["Policies"], (stack, name)
        assert stack == "Bootstrap" or not template.of_type("AWS::IAM::ManagedPolicy"), stack
        for kind in ("Policy", "RolePolicy", "User", "Group", "AccessKey"):
            assert not template.of_type(f"AWS::IAM::{kind}"), (stack, kind)


def test_no_custom_resource_acts_for_us(environment):
    for template in environment.values():
        types = {resource["Type"] for resource in template.body["Resources"].values()}
        assert not {kind for kind in types if kind.startswith(("Custom::", "AWS::CDK"))}
        assert "AWS::CloudFormation::CustomResource" not in types


def test_the_only_functions_are_our_two(environment):
    functions = {
        properties["Handler"]
        for template in environment.values()
        for properties in template.of_type("AWS::Lambda::Function").values()
    }
    assert functions == {"lambdas.authorize.handler.handle", "lambdas.pictures.handler.handle"}


def test_no_policy_names_another_account(environment, account):

    for stack, template in environment.items():
        named = set(re.findall(r"\b[0-9]{12}\b", json.dumps(template.body["Resources"])))
        assert named <= {account}, (stack, named)
