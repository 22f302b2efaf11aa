import json
from typing import Any

import pytest
from policy_sentry.querying.actions import get_action_data

from stacks.constructs.sealed_table import ROW_ACTIONS

USER = "${aws:PrincipalTag/user}"


def actions(statement: dict[str, Any]) -> set[str]:
    found = statement["Action"]
    return {found} if isinstance(found, str) else set(found)


@pytest.fixture
def role(environment) -> dict[str, Any]:
    return environment["Data"].properties("UserData")


@pytest.fixture
def permissions(role) -> dict[str, dict[str, Any]]:
    (policy,) = role["Policies"]
    return {one["Sid"]: one for one in policy["PolicyDocument"]["Statement"]}


@pytest.mark.parametrize("table", ["PicturesTable", "GrantsTable"])
def test_a_table_is_sealed_recoverable_and_cannot_be_deleted(environment, table):
    properties = environment["Data"].properties(table)
    assert properties["SSESpecification"]["SSEType"] == "KMS"
    assert "StorageKey" in properties["SSESpecification"]["KMSMasterKeyId"]["Fn::ImportValue"]
    assert properties["PointInTimeRecoverySpecification"] == {
        "PointInTimeRecoveryEnabled": True,
        "RecoveryPeriodInDays": 35,
    }
    assert properties["DeletionProtectionEnabled"] is True
    assert "TableName" not in properties
    assert "StreamSpecification" not in properties


def test_the_tables_have_the_keys_that_the_functions_use(environment):
    pictures, grants = (environment["Data"].properties(f"{name}Table") for name in ("Pictures", "Grants"))
    assert [one["AttributeName"] for one in pictures["KeySchema"]] == ["owner", "picture"]
    assert [one["AttributeName"] for one in grants["KeySchema"]] == ["owner_reader", "picture"]
    (index,) = grants["GlobalSecondaryIndexes"]
    assert index["IndexName"] == "by-reader"
    assert [one["AttributeName"] for one in index["KeySchema"]] == ["reader", "picture"]
    assert index["Projection"] == {"ProjectionType": "ALL"}


@pytest.mark.parametrize("table", ["PicturesTable", "GrantsTable"])
def test_rows_are_refused_to_whoever_is_not_a_session_of_a_person_in_our_network(environment, table):
    policy = environment["Data"].properties(table)["ResourcePolicy"]["PolicyDocument"]
    denied = {one["Sid"]: one for one in policy["Statement"]}
    assert {one["Effect"] for one in denied.values()} == {"Deny"}
    assert {one["Principal"] for one in denied.values()} == {"*"}
    assert denied["OnlyOverTls"]["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert set(denied["RowsOnlyFromOurNetwork"]["Condition"]) == {"StringNotEquals"}
    assert set(denied["RowsOnlyForSessionsOfPeople"]["Condition"]) == {"ArnNotEquals"}
    for sid in ("RowsOnlyFromOurNetwork", "RowsOnlyForSessionsOfPeople"):
        assert actions(denied[sid]) == set(ROW_ACTIONS)


# Actions on a table or an index that neither read nor write its rows for the caller.
NOT_ROWS = {
    *("CreateBackup", "StartAwsBackupJob", "UpdateContinuousBackups"),
    *("RestoreTableFromAwsBackup", "RestoreTableFromBackup", "RestoreTableToPointInTime"),
    *("CreateTable", "DeleteTable", "UpdateTable", "UpdateTimeToLive", "ImportTable"),
    *("DisableKinesisStreamingDestination", "UpdateKinesisStreamingDestination", "UpdateContributorInsights"),
    # Replicas are made by UpdateTable; what replicates then is DynamoDB itself.
    *("AssociateTableReplica", "CreateTableReplica", "DeleteTableReplica", "UpdateTableReplicaAutoScaling"),
    *("CreateGlobalTable", "UpdateGlobalTable", "UpdateGlobalTableSettings", "UpdateGlobalTableVersion"),
    *("CreateGlobalTableWitness", "DeleteGlobalTableWitness", "ReplicateSettings"),
    *("ReadDataForReplication", "WriteDataForReplication"),
    *("DeleteResourcePolicy", "GetResourcePolicy", "PutResourcePolicy"),
    *("ListTagsOfResource", "TagResource", "UntagResource"),
}


def undecided(actions_of_tables: set[str]) -> set[str]:
    """Actions that are neither refused to strangers nor known to leave the rows alone."""
    known = set(ROW_ACTIONS) | {f"dynamodb:{name}" for name in NOT_ROWS}
    return {one for one in actions_of_tables - known if not one.startswith("dynamodb:Describe")}


def test_each_action_of_dynamodb_on_a_table_is_refused_or_leaves_its_rows_alone():
    formats = ("table/${TableName}", "index/${IndexName}")
    rows = (get_action_data("dynamodb", "*") or {})["dynamodb"]
    known = {row["action"] for row in rows if row["resource_arn_format"].endswith(formats)}
    assert set(ROW_ACTIONS) <= known
    assert undecided(known) == set()


@pytest.mark.parametrize("new", ["dynamodb:VectorSearch", "dynamodb:PartiQLMerge"])
def test_a_new_action_on_a_table_is_named_until_somebody_decides(new):
    assert undecided({new, "dynamodb:GetItem"}) == {new}


def test_the_bucket_keeps_ciphertext_under_our_key_and_each_object_under_its_own_context(environment):
    properties = environment["Data"].properties("PicturesBucket")
    (rule,) = properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    assert "StorageKey" in rule["ServerSideEncryptionByDefault"]["KMSMasterKeyID"]["Fn::ImportValue"]
    assert rule["BucketKeyEnabled"] is False
    assert rule["BlockedEncryptionTypes"] == {"EncryptionType": ["SSE-C"]}
    assert set(properties["PublicAccessBlockConfiguration"].values()) == {True}
    assert properties["VersioningConfiguration"] == {"Status": "Enabled"}
    assert "BucketName" not in properties


def test_the_bucket_refuses_what_its_promises_exclude(environment):
    (policy,) = environment["Data"].of_type("AWS::S3::BucketPolicy").values()
    conditions = {one["Sid"]: one["Condition"] for one in policy["PolicyDocument"]["Statement"]}
    assert {one["Effect"] for one in policy["PolicyDocument"]["Statement"]} == {"Deny"}
    assert conditions["OnlyOverTls"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert conditions["OnlyOverTls12OrNewer"] == {"NumericLessThan": {"s3:TlsVersion": "1.2"}}
    assert set(conditions["ObjectsOnlyFromOurNetwork"]) == {"StringNotEquals"}
    assert set(conditions["ObjectsOnlyForSessionsOfPeople"]) == {"ArnNotEquals"}
    for sid, header in (("NoOtherEncryption", ""), ("NoOtherKey", "-aws-kms-key-id")):
        key = f"s3:x-amz-server-side-encryption{header}"
        # A request that names nothing gets the bucket's own: refused is only what names something else.
        assert conditions[sid]["Null"] == {key: "false"}
        assert set(conditions[sid]["StringNotEquals"]) == {key}
    assert set(conditions["NoKeyOfTheCaller"]) == {"Null"}


def test_only_a_token_of_our_tenant_and_apps_that_names_one_person_buys_a_session(role, settings, account):
    own = next(one for one in settings.environments if one.account == account)
    session, tags = role["AssumeRolePolicyDocument"]["Statement"]
    assert actions(session) == {"sts:AssumeRoleWithWebIdentity"}
    assert actions(tags) == {"sts:TagSession"}
    network = session["Condition"]["StringEquals"].pop("aws:SourceVpc")
    assert "VpcId" in network["Fn::ImportValue"]
    assert session["Condition"].pop("Bool") == {"sts:RoleAuthorizedByIdp": "true"}
    assert session["Condition"].pop("StringEquals") == {f"{own.issuer_host}:aud": list(own.client_ids)}
    for one in (session, tags):
        assert one["Principal"] == {"Federated": {"Fn::GetAtt": ["Auth0", "Arn"]}}
        assert one["Condition"] == {
            "StringLike": {"aws:RequestTag/user": "?*"},
            "StringNotLike": {"aws:RequestTag/user": ["*/*", "* *"]},
            "ForAllValues:StringEquals": {"aws:TagKeys": ["user"]},
            "Null": {"aws:RequestTag/user": "false"},
        }


def test_a_session_may_do_exactly_this(permissions):
    allowed = {sid: actions(one) for sid, one in permissions.items() if one["Effect"] == "Allow"}
    assert allowed == {
        "MakeOwnWraps": {"kms:GenerateDataKey"},
        "OpenWrapsMadeForMe": {"kms:Decrypt"},
        "WriteAndRemoveOwnObjects": {"s3:DeleteObject", "s3:PutObject"},
        "ReadObjectsByName": {"s3:GetObject"},
        "StorageLayerOfOwnObjects": {"kms:GenerateDataKey"},
        "StorageLayerOfNamedObjects": {"kms:Decrypt"},
        "StorageLayerOfTheTables": {"kms:Decrypt"},
        "OwnPictures": {
            "dynamodb:DeleteItem",
            "dynamodb:GetItem",
            "dynamodb:PutItem",
            "dynamodb:Query",
            "dynamodb:UpdateItem",
        },
        "GrantsIGive": {"dynamodb:DeleteItem", "dynamodb:PutItem"},
        "GrantsIHold": {"dynamodb:GetItem"},
        "GrantsIHoldByReader": {"dynamodb:Query"},
    }


def test_no_permission_of_a_session_is_on_everything(permissions):
    for sid, one in permissions.items():
        if one["Effect"] == "Allow":
            assert one["Resource"] != "*", sid


@pytest.mark.parametrize(
    ("sid", "operator", "value"),
    [
        ("OwnPictures", "StringEquals", USER),
        ("GrantsIGive", "StringLike", f"{USER}|*"),
        ("GrantsIHold", "StringLike", f"*|{USER}"),
        ("GrantsIHoldByReader", "StringEquals", USER),
    ],
)
def test_rows_are_reached_only_by_a_leading_key_of_the_user(permissions, sid, operator, value):
    assert permissions[sid]["Condition"] == {
        f"ForAllValues:{operator}": {"dynamodb:LeadingKeys": value},
        "Null": {"dynamodb:LeadingKeys": "false"},
    }


def test_objects_are_written_and_removed_only_below_the_users_own_prefix(permissions):
    for sid in ("WriteAndRemoveOwnObjects",):
        (_, parts) = permissions[sid]["Resource"]["Fn::Join"]
        assert parts[-1] == f"/{USER}/*"


def test_a_stolen_session_is_refused_everything_from_outside_our_network(permissions):
    fence, key = permissions["OnlyFromOurNetwork"], permissions["StorageKeyOnlyThroughItsServices"]
    assert (fence["Effect"], fence["Action"]) == ("Deny", "*")
    assert set(fence["Condition"]) == {"StringNotEquals"}
    # The one exception is closed by the other fence.
    assert fence["NotResource"] == key["Resource"]
    assert (key["Effect"], key["Action"]) == ("Deny", "*")
    assert set(key["Condition"]) == {"StringNotEquals"}


def test_backups_are_locked_for_exactly_the_promised_time_and_for_good_in_production_alone(environment):
    data = environment["Data"]
    vault = data.properties("Vault")
    final = {"ChangeableForDays": 3} if data.environment == "production" else {}
    assert vault["LockConfiguration"] == {"MinRetentionDays": 35, "MaxRetentionDays": 35, **final}
    (rule,) = data.only("AWS::Backup::BackupPlan")["BackupPlan"]["BackupPlanRule"]
    assert rule["Lifecycle"] == {"DeleteAfterDays": 35}
    selection = data.only("AWS::Backup::BackupSelection")["BackupSelection"]["Resources"]
    assert selection == [{"Fn::GetAtt": [f"{name}Table", "Arn"]} for name in ("Pictures", "Grants")]


def test_the_name_of_the_vault_is_another_one_in_another_stack(environment):
    """A vault must be given a name, and one that a failed deployment left over must not block the next."""
    name = environment["Data"].properties("Vault")["BackupVaultName"]
    assert '{"Ref": "AWS::StackId"}' in json.dumps(name)
    (_, [prefix, _]) = name["Fn::Join"]
    assert len(prefix) + 8 <= 50


def test_backup_copies_and_restores_for_this_account_only(environment, account):
    data = environment["Data"]
    roles = [
        one["AssumeRolePolicyDocument"]["Statement"]
        for one in data.of_type("AWS::IAM::Role").values()
        if "backup.amazonaws.com" in json.dumps(one["AssumeRolePolicyDocument"])
    ]
    assert len(roles) == 2
    for (trust,) in roles:
        assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": account}}


def test_nobody_may_restore_until_settings_name_somebody(environment):
    role = next(
        one
        for one in environment["Data"].of_type("AWS::IAM::Role").values()
        if one["RoleName"].endswith("-Restore")
    )
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert (trust["Effect"], trust["Principal"], trust["Action"]) == ("Deny", "*", "sts:AssumeRole")
    assert "Condition" not in trust
