"""What must be possible is allowed: a system in which nothing is possible would keep every promise of safety.

Each call is put to `access` with the policies of the assembly, the keys of the request as AWS sends them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest

from access.decision import Outcome
from access.environment import Environment, Resource
from access.evaluate import evaluate
from access.load import load
from access.request import Caller, Context, Request
from stacks.identities import Identities
from stacks.settings import ENVIRONMENTS
from stacks.synthesis import synthesize

SOMEONE = "arn:aws:iam::444444444444:user/OnCall"
TLS = {"aws:SecureTransport": "true"}


@dataclass(frozen=True)
class World:
    """One environment's policies, and the names of what they speak of."""

    access: Environment
    identities: Identities

    def found(self, stack: str, logical_id: str) -> Resource:
        name = f"Soulpicks-{self.identities.environment.capitalize()}-{stack}.{logical_id}"
        (resource,) = self.access.find_resources(name)
        return resource

    def arn(self, stack: str, logical_id: str) -> str:
        return self.found(stack, logical_id).arn.removesuffix(":*")

    def only(self, stack: str, kind: str) -> str:
        """The ARN of the one resource of a type in a stack."""
        name = f"Soulpicks-{self.identities.environment.capitalize()}-{stack}"
        (resource,) = [one for one in self.access.resources if one.stack == name and one.type == kind]
        return resource.arn

    def via(self, service: str) -> dict[str, str]:
        return {"kms:ViaService": f"{service}.{self.identities.region}.amazonaws.com"}

    def ask(self, who: str, action: str, resource: str, context: Mapping[str, Any] | None = None) -> Outcome:
        """What AWS would answer; `who` is a role, of which a session asks, or a service."""
        caller = Caller.session(who, "session") if who.startswith("arn:") else Caller.service(who)
        asked = Request(caller, action, resource, context=Context({**TLS, **(context or {})}))
        return self.access.evaluate(asked).outcome

    def ask_of_new(self, who: str, action: str, resource: str) -> Outcome:
        """The same of what no template makes: a copy has no policy, and a table is restored without one.

        https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_RestoreTableToPointInTime.html
        """
        principal = self.access.principal(who)
        assert principal is not None
        policies = replace(self.access.policies_for(principal, resource, action=action), resource=None)
        asked = Request(Caller.session(who, "session"), action, resource, self.identities.account)
        return evaluate(asked, policies).outcome


@pytest.fixture(scope="session")
def loaded(assembly) -> Environment:
    return load(assembly)


@pytest.fixture(params=ENVIRONMENTS)
def world(request, loaded, settings) -> World:
    own = next(one for one in settings.environments if one.name == request.param)
    return World(loaded, Identities.of(own, settings.region))


@pytest.fixture(scope="session")
def with_restorers(settings, tmp_path_factory) -> World:
    """Development, with one role that may restore."""
    first, *others = settings.environments
    changed = dataclasses.replace(first, restorers=(SOMEONE,))
    changed_settings = dataclasses.replace(settings, environments=(changed, *others))
    folder = synthesize(changed_settings, tmp_path_factory.mktemp("with_restorers"))
    return World(load(folder), Identities.of(changed, settings.region))


FOR_A_TABLE = [
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
]
FOR_A_VAULT = ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey", "kms:RetireGrant"]
FOR_A_SERVICE = {"kms:GrantIsForAWSResource": "true"}


@pytest.mark.parametrize("action", FOR_A_TABLE)
def test_a_deployment_makes_tables_under_the_storage_key(world, action):
    key, deployer = world.arn("StorageKeys", "StorageKey"), world.identities.deployer
    assert world.ask(deployer, action, key, world.via("dynamodb")) is Outcome.ALLOW


@pytest.mark.parametrize("action", FOR_A_VAULT)
def test_a_deployment_makes_the_vault_under_the_storage_key(world, action):
    key, deployer = world.arn("StorageKeys", "StorageKey"), world.identities.deployer
    assert world.ask(deployer, action, key, world.via("backup")) is Outcome.ALLOW


@pytest.mark.parametrize("service", ["backup", "dynamodb"])
def test_a_service_keeps_a_grant_for_what_a_deployment_makes(world, service):
    key, deployer = world.arn("StorageKeys", "StorageKey"), world.identities.deployer
    granted = {**world.via(service), **FOR_A_SERVICE}
    assert world.ask(deployer, "kms:CreateGrant", key, granted) is Outcome.ALLOW
    assert world.ask(deployer, "kms:CreateGrant", key, world.via(service)) is Outcome.IMPLICIT_DENY
    assert world.ask(deployer, "kms:CreateGrant", key, FOR_A_SERVICE) is Outcome.EXPLICIT_DENY


def test_nobody_of_the_account_uses_the_storage_key_directly(world):
    key = world.arn("StorageKeys", "StorageKey")
    own = world.identities
    for role in (own.deployer, own.user_data, own.backup, own.restore, own.backup_restore):
        assert world.ask(role, "kms:Decrypt", key) is Outcome.EXPLICIT_DENY
        assert world.ask(role, "kms:Decrypt", key, world.via("lambda")) is Outcome.EXPLICIT_DENY


@pytest.mark.parametrize("service", ["dynamodb.amazonaws.com", "backup.amazonaws.com"])
@pytest.mark.parametrize("action", ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptTo"])
def test_no_statement_refuses_a_service_that_uses_the_storage_key_for_itself(world, service, action):
    """Such a call carries no `kms:ViaService`; its grant, which no template holds, is what allows it."""
    key = world.arn("StorageKeys", "StorageKey")
    assert world.ask(service, action, key) is Outcome.IMPLICIT_DENY


def test_the_account_lets_its_people_look_at_a_key_and_no_more(world):
    auditor = f"arn:aws:iam::{world.identities.account}:role/Auditor"
    for stack, name in (
        ("StorageKeys", "StorageKey"),
        ("StorageKeys", "OperationsKey"),
        ("PictureKeys", "PictureKey"),
    ):
        key = world.arn(stack, name)
        for action in (
            "DescribeKey",
            "GetKeyPolicy",
            "GetKeyRotationStatus",
            "ListGrants",
            "ListResourceTags",
        ):
            assert world.ask(auditor, f"kms:{action}", key) is Outcome.ALLOW, (name, action)
        for action in ("PutKeyPolicy", "TagResource", "Decrypt", "CreateGrant", "RetireGrant"):
            assert world.ask(auditor, f"kms:{action}", key) is not Outcome.ALLOW, (name, action)


@pytest.mark.parametrize("table", ["PicturesTable", "GrantsTable"])
def test_backup_copies_the_tables_into_the_vault(world, table):
    own, key, vault = world.identities, world.arn("StorageKeys", "StorageKey"), world.arn("Data", "Vault")
    for action in ("DescribeTable", "ListTagsOfResource", "StartAwsBackupJob"):
        assert world.ask(own.backup, f"dynamodb:{action}", world.arn("Data", table)) is Outcome.ALLOW
    for action in ("CopyIntoBackupVault", "DescribeBackupVault"):
        assert world.ask(own.backup, f"backup:{action}", vault) is Outcome.ALLOW
    copy = f"arn:aws:backup:{own.region}:{own.account}:recovery-point:00000000-0000-4000-8000-000000000000"
    assert world.ask_of_new(own.backup, "backup:TagResource", copy) is Outcome.ALLOW
    for action in ("Decrypt", "DescribeKey", "GenerateDataKey"):
        assert world.ask(own.backup, f"kms:{action}", key, world.via("dynamodb")) is Outcome.ALLOW
    granted = {**world.via("dynamodb"), **FOR_A_SERVICE}
    assert world.ask(own.backup, "kms:CreateGrant", key, granted) is Outcome.ALLOW


ROWS = ["BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "Scan", "UpdateItem"]


@pytest.mark.parametrize("role", ["restore", "backup_restore"])
def test_who_restores_fills_a_new_table_under_the_storage_key(world, role):
    own, key = world.identities, world.arn("StorageKeys", "StorageKey")
    who, new = getattr(own, role), f"arn:aws:dynamodb:{own.region}:{own.account}:table/restored-pictures"
    for action in (*ROWS, "DescribeTable"):
        assert world.ask_of_new(who, f"dynamodb:{action}", new) is Outcome.ALLOW
    for action in FOR_A_TABLE:
        assert world.ask(who, action, key, world.via("dynamodb")) is Outcome.ALLOW
    granted = {**world.via("dynamodb"), **FOR_A_SERVICE}
    assert world.ask(who, "kms:CreateGrant", key, granted) is Outcome.ALLOW


@pytest.mark.parametrize("table", ["PicturesTable", "GrantsTable"])
def test_a_person_restores_a_table_to_a_point_in_time(world, table):
    own, source = world.identities, world.arn("Data", table)
    new = f"arn:aws:dynamodb:{own.region}:{own.account}:table/restored-1"
    for action in ("DescribeContinuousBackups", "DescribeTable", "RestoreTableToPointInTime"):
        assert world.ask(own.restore, f"dynamodb:{action}", source) is Outcome.ALLOW
    for action in ("RestoreTableToPointInTime", "DeleteTable"):
        assert world.ask_of_new(own.restore, f"dynamodb:{action}", new) is Outcome.ALLOW


def test_a_person_restores_a_copy_through_backups_own_role(world):
    own, vault = world.identities, world.arn("Data", "Vault")
    copy = f"arn:aws:backup:{own.region}:{own.account}:recovery-point:00000000-0000-4000-8000-000000000000"
    for action in ("DescribeBackupVault", "ListRecoveryPointsByBackupVault"):
        assert world.ask(own.restore, f"backup:{action}", vault) is Outcome.ALLOW
    for action in ("DescribeRecoveryPoint", "GetRecoveryPointRestoreMetadata", "StartRestoreJob"):
        assert world.ask_of_new(own.restore, f"backup:{action}", copy) is Outcome.ALLOW
    for action in ("DescribeRestoreJob", "ListRestoreJobs"):
        assert world.ask_of_new(own.restore, f"backup:{action}", "*") is Outcome.ALLOW
    handing_over = {"iam:PassedToService": "backup.amazonaws.com"}
    assert world.ask(own.restore, "iam:PassRole", own.backup_restore, handing_over) is Outcome.ALLOW
    new = f"arn:aws:dynamodb:{own.region}:{own.account}:table/restored-1"
    assert world.ask_of_new(own.backup_restore, "dynamodb:RestoreTableFromAwsBackup", new) is Outcome.ALLOW


def test_backup_may_take_both_of_its_roles_for_this_account_only(world):
    own, here = world.identities, {"aws:SourceAccount": world.identities.account}
    for role in (own.backup, own.backup_restore):
        assert world.ask("backup.amazonaws.com", "sts:AssumeRole", role, here) is Outcome.ALLOW
        elsewhere = {"aws:SourceAccount": "999999999999"}
        assert world.ask("backup.amazonaws.com", "sts:AssumeRole", role, elsewhere) is not Outcome.ALLOW


def test_who_restores_reads_no_row_in_use_and_opens_no_wrap(world):
    own = world.identities
    inside = {"aws:SourceVpc": world.found("Network", "Vpc").arn.rpartition("/")[2]}
    wrap = {f"kms:EncryptionContext:{one}": "x" for one in ("owner", "picture", "reader")}
    wrap["kms:EncryptionContextKeys"] = ["owner", "picture", "reader"]
    for role in (own.restore, own.backup_restore):
        for table in ("PicturesTable", "GrantsTable"):
            for action in ROWS:
                asked = world.ask(role, f"dynamodb:{action}", world.arn("Data", table), inside)
                assert asked is not Outcome.ALLOW
        picture_key = world.arn("PictureKeys", "PictureKey")
        assert world.ask(role, "kms:Decrypt", picture_key, {**inside, **wrap}) is not Outcome.ALLOW


def test_nobody_takes_the_restore_role_before_settings_name_somebody(world):
    mfa = {"aws:MultiFactorAuthPresent": "true", "aws:MultiFactorAuthAge": "60"}
    asked = {**mfa, "aws:RequestedRegion": world.identities.region}
    for who in (SOMEONE, world.identities.deployer, f"arn:aws:iam::{world.identities.account}:role/Any"):
        assert world.ask(who, "sts:AssumeRole", world.identities.restore, asked) is Outcome.EXPLICIT_DENY


def test_whom_settings_name_takes_the_restore_role_with_mfa_in_our_region(with_restorers):
    world, role = with_restorers, with_restorers.identities.restore
    good = {
        "aws:MultiFactorAuthPresent": "true",
        "aws:MultiFactorAuthAge": "60",
        "aws:RequestedRegion": world.identities.region,
    }
    assert world.ask(SOMEONE, "sts:AssumeRole", role, good) is Outcome.ALLOW
    other = SOMEONE.replace("OnCall", "Other")
    assert world.ask(other, "sts:AssumeRole", role, good) is not Outcome.ALLOW
    for key, bad in (
        ("aws:MultiFactorAuthPresent", "false"),
        ("aws:MultiFactorAuthAge", "3601"),
        ("aws:RequestedRegion", "us-east-1"),
    ):
        without = {name: value for name, value in good.items() if name != key}
        assert world.ask(SOMEONE, "sts:AssumeRole", role, {**good, key: bad}) is not Outcome.ALLOW
        assert world.ask(SOMEONE, "sts:AssumeRole", role, without) is not Outcome.ALLOW


def test_eventbridge_takes_its_role_and_publishes_to_the_encrypted_topic(world):
    own, topic = world.identities, world.arn("Operations", "AlarmTopic")
    key = world.arn("StorageKeys", "OperationsKey")
    assert world.ask("events.amazonaws.com", "sts:AssumeRole", own.event_alarms) is Outcome.ALLOW
    assert world.ask(own.event_alarms, "sns:Publish", topic) is Outcome.ALLOW
    for_the_topic = {**world.via("sns"), "kms:EncryptionContext:aws:sns:topicArn": topic}
    for action in ("kms:Decrypt", "kms:GenerateDataKey"):
        assert world.ask(own.event_alarms, action, key, for_the_topic) is Outcome.ALLOW
        another = {**for_the_topic, "kms:EncryptionContext:aws:sns:topicArn": f"{topic}-another"}
        assert world.ask(own.event_alarms, action, key, another) is not Outcome.ALLOW


def test_eventbridge_keeps_what_it_could_not_deliver(world):
    own, key = world.identities, world.arn("StorageKeys", "OperationsKey")
    queue = world.only("Operations", "AWS::SQS::Queue")
    of_a_rule = {"aws:SourceArn": f"arn:aws:events:{own.region}:{own.account}:rule/KeyWatch"}
    assert world.ask("events.amazonaws.com", "sqs:SendMessage", queue, of_a_rule) is Outcome.ALLOW
    for_the_queue = {"kms:EncryptionContext:aws:sqs:arn": queue}
    for action in ("kms:Decrypt", "kms:GenerateDataKey"):
        assert world.ask("events.amazonaws.com", action, key, for_the_queue) is Outcome.ALLOW


def test_cloudwatch_publishes_alarms_to_the_encrypted_topic(world):
    own, topic = world.identities, world.arn("Operations", "AlarmTopic")
    key = world.arn("StorageKeys", "OperationsKey")
    alarm = {
        "aws:SourceAccount": own.account,
        "aws:SourceArn": f"arn:aws:cloudwatch:{own.region}:{own.account}:alarm:BackupsFail",
    }
    assert world.ask("cloudwatch.amazonaws.com", "sns:Publish", topic, alarm) is Outcome.ALLOW
    for action in ("kms:Decrypt", "kms:GenerateDataKey"):
        assert world.ask("cloudwatch.amazonaws.com", action, key, alarm) is Outcome.ALLOW
        others = {**alarm, "aws:SourceAccount": "999999999999"}
        assert world.ask("cloudwatch.amazonaws.com", action, key, others) is not Outcome.ALLOW


def test_lambda_encrypts_the_packages_of_our_functions(world):
    own, key = world.identities, world.arn("StorageKeys", "OperationsKey")
    ours = {"kms:EncryptionContext:aws:lambda:FunctionArn": own.function("pictures")}
    for action in ("kms:Decrypt", "kms:GenerateDataKey"):
        assert world.ask("lambda.amazonaws.com", action, key, ours) is Outcome.ALLOW
        assert world.ask(own.deployer, action, key, world.via("lambda")) is Outcome.ALLOW
    other = {"kms:EncryptionContext:aws:lambda:FunctionArn": own.function("x").replace("soulpicks", "other")}
    assert world.ask("lambda.amazonaws.com", "kms:Decrypt", key, other) is not Outcome.ALLOW


def test_the_logs_of_the_account_are_encrypted(world):
    own, key = world.identities, world.arn("StorageKeys", "OperationsKey")
    group = {
        "kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:{own.region}:{own.account}:log-group:dns-queries"
    }
    for action in ("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptTo"):
        assert world.ask(f"logs.{own.region}.amazonaws.com", action, key, group) is Outcome.ALLOW


USER = "email:7a64adf28737ea90719cbdf0"


@pytest.fixture
def put(world):
    """A session of a person puts an object below its own prefix, from our network."""
    bucket = world.arn("Data", "PicturesBucket")
    vpc = world.found("Network", "Vpc").arn.rpartition("/")[2]

    def ask(**headers: str) -> Outcome:
        context = {
            "aws:SourceVpc": vpc,
            "aws:PrincipalTag/user": USER,
            "s3:TlsVersion": "1.3",
            **{f"s3:x-amz-server-side-encryption{name}": value for name, value in headers.items()},
        }
        return world.ask(
            world.identities.user_data, "s3:PutObject", f"{bucket}/{USER}/picture/segment", context
        )

    return ask


def test_an_object_is_put_without_any_header(put):
    assert put() is Outcome.ALLOW


def test_an_object_is_put_with_the_encryption_and_the_key_of_the_bucket(put, world):
    key = world.arn("StorageKeys", "StorageKey")
    assert put(**{"": "aws:kms"}) is Outcome.ALLOW
    assert put(**{"": "aws:kms", "-aws-kms-key-id": key}) is Outcome.ALLOW


def test_an_object_is_not_put_under_another_encryption_or_key(put, world):
    assert put(**{"": "AES256"}) is Outcome.EXPLICIT_DENY
    other = world.arn("StorageKeys", "OperationsKey")
    assert put(**{"": "aws:kms", "-aws-kms-key-id": other}) is Outcome.EXPLICIT_DENY
    assert put(**{"-customer-algorithm": "AES256"}) is Outcome.EXPLICIT_DENY


def test_s3_seals_what_a_person_puts_and_opens_what_a_person_gets(world):
    own, key = world.identities, world.arn("StorageKeys", "StorageKey")
    context = {
        **world.via("s3"),
        "aws:PrincipalTag/user": USER,
        "kms:EncryptionContext:aws:s3:arn": f"{world.arn('Data', 'PicturesBucket')}/{USER}/picture/segment",
    }
    for action in ("kms:GenerateDataKey", "kms:Decrypt"):
        assert world.ask(own.user_data, action, key, context) is Outcome.ALLOW
