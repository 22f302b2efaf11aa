"""An account is bound by every level above it, and by nothing that is not."""

import json

import pytest

from access.load import load

POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Sid": "s", "Effect": "Deny", "Action": "*", "Resource": "*"}],
}


def policy(*targets, kind="SERVICE_CONTROL_POLICY"):
    properties = {"Name": "p", "Type": kind, "Content": POLICY, "TargetIds": list(targets)}
    return {"Type": "AWS::Organizations::Policy", "Properties": properties}


def unit(parent):
    return {
        "Type": "AWS::Organizations::OrganizationalUnit",
        "Properties": {"Name": "Unit", "ParentId": parent},
    }


def account(parent):
    return {
        "Type": "AWS::Organizations::Account",
        "Properties": {"AccountName": "production", "Email": "p@x.example", "ParentIds": [parent]},
    }


ROOT = {"Fn::GetAtt": ["Org", "RootId"]}
TREE = {
    "Org": {"Type": "AWS::Organizations::Organization"},
    "Unit": unit(ROOT),
    "Inner": unit({"Ref": "Unit"}),
    "Production": account({"Ref": "Inner"}),
}


def attached(levels) -> list[list[str]]:
    return [[p.name for p in level.policies] for level in levels]


def only_account(loaded) -> str:
    [found] = loaded.scps
    return found


def test_every_level_from_the_root_to_the_account_binds_with_full_access_beside(environment):
    loaded = environment(
        {
            **TREE,
            "AtRoot": policy(ROOT),
            "AtUnit": policy({"Ref": "Unit"}),
            "AtAccount": policy({"Ref": "Production"}),
        }
    )
    assert attached(loaded.scps[only_account(loaded)]) == [
        ["FullAWSAccess", "AtRoot"],
        ["FullAWSAccess", "AtUnit"],
        ["FullAWSAccess"],
        ["FullAWSAccess", "AtAccount"],
    ]


def test_resource_control_policies_are_levels_of_their_own(environment):
    loaded = environment({**TREE, "Rcp": policy({"Ref": "Unit"}, kind="RESOURCE_CONTROL_POLICY")})
    of = only_account(loaded)
    assert attached(loaded.rcps[of])[1] == ["RCPFullAWSAccess", "Rcp"]
    assert attached(loaded.scps[of])[1] == ["FullAWSAccess"]


def test_the_management_account_is_not_bound(environment):
    loaded = environment({**TREE, "AtRoot": policy(ROOT)})
    assert "111111111111" in loaded.accounts
    assert "111111111111" not in loaded.scps


def test_a_created_account_gets_the_id_that_is_told(write):
    path = write({**TREE, "AtAccount": policy({"Ref": "Production"})})
    for key in ("production", "Production"):
        loaded = load(path, account="111111111111", account_ids={key: "333333333333"})
        assert attached(loaded.scps["333333333333"])[-1] == ["FullAWSAccess", "AtAccount"]


def test_a_policy_on_an_account_by_its_number_binds_the_stacks_there(tmp_path):
    artifacts = {
        name: {
            "type": "aws:cloudformation:stack",
            "environment": f"aws://{account}/eu-west-1",
            "properties": {"templateFile": f"{name}.json"},
        }
        for name, account in (("org", "111111111111"), ("data", "222222222222"), ("else", "333333333333"))
    }
    (tmp_path / "manifest.json").write_text(json.dumps({"artifacts": artifacts}))
    (tmp_path / "org.json").write_text(json.dumps({"Resources": {"Direct": policy("222222222222")}}))
    for name in ("data", "else"):
        (tmp_path / f"{name}.json").write_text(json.dumps({"Resources": {}}))
    loaded = load(tmp_path)
    assert attached(loaded.scps["222222222222"]) == [["FullAWSAccess", "Direct"]]
    assert "333333333333" not in loaded.scps
    assert [gap.expression for gap in loaded.unresolved] == [
        "the place of account 333333333333 in the organization"
    ]


@pytest.mark.parametrize("kind", ["TAG_POLICY", "BACKUP_POLICY"])
def test_policies_that_grant_and_deny_nothing_are_left_out(environment, kind):
    loaded = environment({**TREE, "Tags": policy(ROOT, kind=kind)})
    assert attached(loaded.scps[only_account(loaded)])[0] == ["FullAWSAccess"]


def test_a_target_that_is_not_known_is_said(environment):
    loaded = environment({**TREE, "P": policy({"Ref": "Where"})}, Parameters={"Where": {"Type": "String"}})
    assert "the target of policy P" in [gap.expression for gap in loaded.unresolved]


def test_without_an_organization_nothing_is_bound(environment):
    loaded = environment({"Queue": {"Type": "AWS::SQS::Queue"}})
    assert (loaded.scps, loaded.rcps) == ({}, {})
