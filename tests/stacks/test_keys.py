from typing import Any

import pytest

from stacks.constructs.master_key import CRYPTOGRAPHIC_ACTIONS

STACK_OF = {"PictureKey": "PictureKeys", "StorageKey": "StorageKeys", "OperationsKey": "StorageKeys"}
CONTEXT = {
    "kms:EncryptionContextKeys",
    *(f"kms:EncryptionContext:{one}" for one in ("owner", "picture", "reader")),
}
USER = "${aws:PrincipalTag/user}"


@pytest.fixture(params=STACK_OF)
def key(request, environment) -> dict[str, Any]:
    return environment[STACK_OF[request.param]].properties(request.param)


@pytest.fixture
def picture_key(environment) -> dict[str, Any]:
    return environment["PictureKeys"].properties("PictureKey")


def statements(key: dict[str, Any], effect: str) -> list[dict[str, Any]]:
    return [one for one in key["KeyPolicy"]["Statement"] if one["Effect"] == effect]


def actions(statement: dict[str, Any]) -> set[str]:
    found = statement["Action"]
    return {found} if isinstance(found, str) else set(found)


def test_a_key_rotates_every_90_days_and_would_take_30_to_delete(key):
    assert key["EnableKeyRotation"] is True
    assert key["RotationPeriodInDays"] == 90
    assert key["PendingWindowInDays"] == 30


def test_nobody_at_all_may_end_a_key(key):
    (ending,) = [one for one in statements(key, "Deny") if one["Sid"] == "NobodyEndsThisKey"]
    assert ending["Principal"] == "*"
    assert ending["Resource"] == "*"
    assert "Condition" not in ending
    assert actions(ending) == {
        "kms:DeleteImportedKeyMaterial",
        "kms:DisableKey",
        "kms:DisableKeyRotation",
        "kms:ScheduleKeyDeletion",
    }


LOOKING = {
    "kms:DescribeKey",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListGrants",
    "kms:ListKeyRotations",
    "kms:ListResourceTags",
}


def test_the_account_is_trusted_to_look_and_with_more_only_where_a_condition_names_a_role(key, account):
    for one in statements(key, "Allow"):
        principal = one["Principal"]
        if one["Sid"] == "TheAccountMayLetPeopleLook":
            assert actions(one) == LOOKING
        elif principal == {"AWS": f"arn:aws:iam::{account}:root"}:
            assert "aws:PrincipalArn" in one["Condition"]["ArnEquals"], one["Sid"]
        else:
            assert set(principal) == {"Service"}, one["Sid"]
            assert one["Condition"], one["Sid"]


def test_no_permission_of_a_key_is_for_every_action(key):
    for one in statements(key, "Allow"):
        assert not actions(one) & {"*", "kms:*"}, one["Sid"]


def test_the_administrator_changes_the_policy_and_is_refused_every_use(key):
    (may,) = [one for one in statements(key, "Allow") if "kms:PutKeyPolicy" in actions(one)]
    (may_not,) = [one for one in statements(key, "Deny") if one["Sid"] == "AdministratorsDoNotUse"]
    assert may["Condition"] == may_not["Condition"]
    assert may["Condition"]["ArnEquals"]["aws:PrincipalArn"].endswith("KeyAdministrator")
    assert actions(may_not) == set(CRYPTOGRAPHIC_ACTIONS)
    assert not actions(may) & actions(may_not)


def test_the_two_factors_have_different_administrators(environment):
    administrators = {
        next(
            one["Condition"]["ArnEquals"]["aws:PrincipalArn"]
            for one in environment[stack].properties(name)["KeyPolicy"]["Statement"]
            if one["Sid"] == "Administration"
        )
        for name, stack in (("PictureKey", "PictureKeys"), ("StorageKey", "StorageKeys"))
    }
    assert len(administrators) == 2


def test_the_picture_key_makes_wraps_for_their_owner_and_opens_them_for_their_reader(picture_key, account):
    uses = {
        frozenset(actions(one)): one["Condition"]
        for one in statements(picture_key, "Allow")
        if one["Sid"] not in ("Administration", "TheAccountMayLetPeopleLook")
    }
    assert set(uses) == {frozenset({"kms:GenerateDataKey"}), frozenset({"kms:Decrypt"})}
    for condition in uses.values():
        role = condition["ArnEquals"]["aws:PrincipalArn"]
        assert role.startswith(f"arn:aws:iam::{account}:role/soulpicks-")
        assert role.endswith("-UserData")
        assert condition["Null"] == dict.fromkeys(CONTEXT, "false")
        assert set(condition["ForAllValues:StringEquals"]["kms:EncryptionContextKeys"]) == {
            "owner",
            "picture",
            "reader",
        }
    making, opening = uses[frozenset({"kms:GenerateDataKey"})], uses[frozenset({"kms:Decrypt"})]
    assert making["StringEquals"] == {
        "kms:EncryptionContext:owner": USER,
        "kms:EncryptionContext:reader": USER,
    }
    assert opening["StringEquals"] == {"kms:EncryptionContext:reader": USER}


def test_whoever_is_not_a_session_of_a_person_in_our_network_is_refused_the_picture_key(picture_key):
    denied = {one["Sid"]: one for one in statements(picture_key, "Deny")}
    for sid, key in (
        ("OnlySessionsOfPeopleUseThisKey", "aws:PrincipalArn"),
        ("OnlyFromOurNetwork", "aws:SourceVpc"),
    ):
        assert denied[sid]["Principal"] == "*"
        assert actions(denied[sid]) == set(CRYPTOGRAPHIC_ACTIONS)
        ((operator, keys),) = denied[sid]["Condition"].items()
        # Without IfExists: a request that lacks the key is refused as well.
        assert operator in ("ArnNotEquals", "StringNotEquals")
        assert set(keys) == {key}
    assert actions(denied["NoGrants"]) == {"kms:CreateGrant"}
    assert "Condition" not in denied["NoGrants"]


def test_people_reach_the_storage_key_only_through_s3_and_dynamodb(environment, settings):
    key = environment["StorageKeys"].properties("StorageKey")
    via = {
        one["Condition"]["StringEquals"]["kms:ViaService"]
        for one in statements(key, "Allow")
        if str(one.get("Condition", {}).get("ArnEquals", {}).get("aws:PrincipalArn", "")).endswith(
            "-UserData"
        )
    }
    assert via == {f"{name}.{settings.region}.amazonaws.com" for name in ("s3", "dynamodb")}


def test_a_grant_on_a_key_is_only_ever_for_an_aws_service(key):
    for one in statements(key, "Allow"):
        if "kms:CreateGrant" in actions(one):
            assert one["Condition"]["Bool"] == {"kms:GrantIsForAWSResource": "true"}, one["Sid"]


def test_the_fence_of_the_storage_key_is_for_our_own_account_and_for_no_service(environment, account):
    """For everyone it would refuse what DynamoDB and AWS Backup do for themselves, under their grants."""
    key = environment["StorageKeys"].properties("StorageKey")
    (fence,) = [one for one in statements(key, "Deny") if one["Sid"] == "OnlyThroughTheServices"]
    assert fence["Principal"] == {"AWS": f"arn:aws:iam::{account}:root"}
    assert actions(fence) == set(CRYPTOGRAPHIC_ACTIONS)
    assert set(fence["Condition"]) == {"StringNotEquals"}


def test_eventbridge_uses_the_operations_key_for_itself_only_to_keep_what_it_could_not_deliver(environment):
    key = environment["StorageKeys"].properties("OperationsKey")
    for_itself = [
        one for one in statements(key, "Allow") if one["Principal"] == {"Service": "events.amazonaws.com"}
    ]
    assert [one["Sid"] for one in for_itself] == ["UndeliveredEventsAreKept"]
    # The three source keys are not supported where EventBridge meets an encrypted topic.
    assert set(for_itself[0]["Condition"]["ArnLike"]) == {"kms:EncryptionContext:aws:sqs:arn"}
