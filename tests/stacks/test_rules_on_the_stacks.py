"""The rules hold for what is deployed, and each turns red where a fault of its kind is planted."""

from collections.abc import Callable
from typing import Any

import pytest

from policies import catalogue
from policies.assembly import Assembly, environments
from policies.finding import judge_assembly

RULES = {entry.rule.id: entry for entry in catalogue.rules()}
IDS = (
    "SP_IAM_2",
    "SP_IAM_4",
    "SP_IAM_5",
    "SP_IAM_6",
    "SP_SSM_1",
    "SP_ALARM_1",
    "SP_ALARM_2",
    "SP_ALARM_3",
    "SP_CFN_1",
    "SP_CFN_2",
)
Body = dict[str, Any]


@pytest.fixture(scope="session")
def ours(assembly) -> dict[str, Assembly]:
    return {one.name: one for one in environments(assembly)}


def problems(assembly: Assembly, rule: str) -> list[str]:
    findings = judge_assembly(assembly, [RULES[rule]])
    assert findings, f"{rule} looked at nothing"
    return [str(one) for one in findings if one.verdict.fails]


def planted(assembly: Assembly, kind: str, change: Callable[[Body], Any], only: str = "") -> Assembly:
    """A copy with a change in the first resource of a type whose logical id begins as asked."""
    changed = assembly.copy()
    resource = next(one for one in changed.of_type(kind) if one.logical_id.startswith(only))
    change(resource.body)
    return changed


def added(assembly: Assembly, kind: str, properties: Body) -> Assembly:
    grown = assembly.copy()
    body = {"Type": kind, "Properties": properties}
    next(t for t in grown.templates if "Operations" in t.name).body["Resources"]["Planted"] = body
    return Assembly(grown.name, {one.path: one.body for one in grown.templates})


def in_properties(**values: Any) -> Callable[[Body], Any]:
    return lambda body: body["Properties"].update(values)


def without(key: str) -> Callable[[Body], Any]:
    return lambda body: body["Properties"].pop(key)


def in_target(**values: Any) -> Callable[[Body], Any]:
    return lambda body: body["Properties"]["Targets"][0].update(values)


@pytest.mark.parametrize("rule", IDS)
@pytest.mark.parametrize("name", ["development", "staging", "production"])
def test_the_rule_holds_for_what_is_deployed(ours, name, rule):
    assert not problems(ours[name], rule)


DENY = {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}


@pytest.mark.parametrize(
    ("kind", "only", "path"),
    [
        ("AWS::S3::BucketPolicy", "", ("PolicyDocument",)),
        ("AWS::KMS::Key", "OperationsKey", ("KeyPolicy",)),
        ("AWS::SQS::QueuePolicy", "", ("PolicyDocument",)),
        ("AWS::SNS::TopicPolicy", "", ("PolicyDocument",)),
        ("AWS::DynamoDB::Table", "", ("ResourcePolicy", "PolicyDocument")),
        ("AWS::EC2::VPCEndpoint", "", ("PolicyDocument",)),
        ("AWS::IAM::Role", "", ("AssumeRolePolicyDocument",)),
    ],
)
@pytest.mark.parametrize("operator", ["StringNotEquals", "ArnNotLikeIfExists", "ForAllValues:StringNotLike"])
def test_a_refusal_by_a_key_that_may_be_absent_is_seen_in_each_policy(ours, kind, only, path, operator):
    def plant(body: Body) -> None:
        document = body["Properties"]
        for step in path:
            document = document[step]
        document["Statement"].append({**DENY, "Sid": "Planted", "Condition": {operator: {"aws:Any": "x"}}})

    (problem,) = problems(planted(ours["development"], kind, plant, only), "SP_IAM_5")
    assert "Planted also refuses every request without aws:Any" in problem


def test_the_fence_of_the_storage_key_for_everyone_is_seen(ours):
    def plant(body: Body) -> None:
        for statement in body["Properties"]["KeyPolicy"]["Statement"]:
            if statement["Sid"] == "OnlyThroughTheServices":
                statement["Principal"] = "*"

    (problem,) = problems(planted(ours["development"], "AWS::KMS::Key", plant, "StorageKey"), "SP_IAM_5")
    assert "services that hold a grant" in problem


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (in_properties(ActionsEnabled=False), "ActionsEnabled is false"),
        (without("AlarmActions"), "no AlarmActions"),
        (in_properties(AlarmActions=["arn:aws:sns:eu-west-1:1:x"]), "no topic of these stacks"),
    ],
)
def test_an_alarm_that_nobody_hears_is_seen(ours, change, words):
    found = problems(planted(ours["development"], "AWS::CloudWatch::Alarm", change), "SP_ALARM_1")
    assert any(words in one for one in found)


def test_a_new_composite_alarm_that_nobody_hears_is_seen(ours):
    grown = added(ours["development"], "AWS::CloudWatch::CompositeAlarm", {"AlarmRule": "ALARM(x)"})
    (problem,) = problems(grown, "SP_ALARM_1")
    assert "no AlarmActions" in problem


@pytest.mark.parametrize(
    "change",
    [in_properties(Protocol="lambda"), in_properties(FilterPolicy={"x": ["y"]}), without("Endpoint")],
)
def test_a_topic_without_a_person_silences_every_alarm_and_every_rule(ours, change):
    silenced = planted(ours["development"], "AWS::SNS::Subscription", change)
    alarms = silenced.of_type("AWS::CloudWatch::Alarm")
    assert len(problems(silenced, "SP_ALARM_1")) == len(alarms)
    assert len(problems(silenced, "SP_ALARM_2")) == len(silenced.of_type("AWS::Events::Rule"))
    assert problems(silenced, "SP_ALARM_3")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (in_properties(State="DISABLED"), "State is DISABLED"),
        (in_target(RoleArn={"Ref": "AWS::NoValue"}), "no RoleArn for the encrypted topic"),
        (in_target(DeadLetterConfig={}), "no dead-letter queue"),
        (in_properties(Targets=[]), "no target"),
    ],
)
def test_an_event_rule_that_may_fail_unnoticed_is_seen(ours, change, words):
    found = problems(planted(ours["development"], "AWS::Events::Rule", change), "SP_ALARM_2")
    assert any(words in one for one in found)


@pytest.mark.parametrize(
    ("metric", "rule", "words"),
    [
        ("FailedInvocations", "SP_ALARM_2", "FailedInvocations"),
        ("ApproximateNumberOfMessagesVisible", "SP_ALARM_2", "no alarm looks at the messages"),
        ("NumberOfNotificationsFailed", "SP_ALARM_3", "NumberOfNotificationsFailed"),
    ],
)
def test_a_failure_that_no_alarm_looks_at_is_seen(ours, metric, rule, words):
    changed = ours["development"].copy()
    for alarm in changed.of_type("AWS::CloudWatch::Alarm"):
        if alarm.body["Properties"]["MetricName"] == metric:
            alarm.body["Properties"]["MetricName"] = "Another"
    assert any(words in one for one in problems(changed, rule))


def test_a_new_event_rule_without_anything_behind_it_is_seen(ours):
    target = {"Id": "x", "Arn": {"Fn::GetAtt": ["Undeliverable", "Arn"]}}
    schedule = {"ScheduleExpression": "rate(1 day)", "Targets": [target]}
    (problem,) = problems(added(ours["development"], "AWS::Events::Rule", schedule), "SP_ALARM_2")
    for words in ("FailedInvocations", "no topic of these stacks", "dead-letter"):
        assert words in problem


def test_everything_that_a_stack_leaves_behind_is_judged(ours):
    kept = [one for one in ours["development"].resources if one.attribute("DeletionPolicy").present]
    assert {one.type for one in kept} <= set(RULES["SP_CFN_1"].rule.resource_types)


@pytest.mark.parametrize("kind", ["AWS::S3::Bucket", "AWS::Logs::LogGroup", "AWS::Backup::BackupVault"])
def test_what_a_failed_creation_would_leave_behind_is_seen(ours, kind):
    changed = planted(ours["development"], kind, lambda body: body.update(DeletionPolicy="Retain"))
    (problem,) = problems(changed, "SP_CFN_1")
    assert "a creation that fails leaves it behind" in problem


@pytest.mark.parametrize("kind", ["AWS::DynamoDB::Table", "AWS::KMS::Key"])
def test_what_a_rollback_would_fail_to_delete_is_seen(ours, kind):
    changed = planted(
        ours["development"], kind, lambda body: body.update(DeletionPolicy="RetainExceptOnCreate")
    )
    (problem,) = problems(changed, "SP_CFN_1")
    assert "a rollback would try" in problem


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("AWS::Backup::BackupVault", "BackupVaultName"),
        ("AWS::Logs::LogGroup", "LogGroupName"),
        ("AWS::SQS::Queue", "QueueName"),
    ],
)
def test_a_name_that_blocks_the_next_attempt_is_seen(ours, kind, name):
    (problem,) = problems(
        planted(ours["development"], kind, in_properties(**{name: "soulpicks"})), "SP_CFN_1"
    )
    assert f"{name} is fixed" in problem


@pytest.mark.parametrize(
    ("kind", "name"), [("AWS::IAM::Role", "RoleName"), ("AWS::S3::Bucket", "BucketName")]
)
def test_a_name_that_forbids_a_second_region_is_seen(ours, kind, name):
    changed = planted(ours["development"], kind, in_properties(**{name: "soulpicks-development"}))
    (problem,) = problems(changed, "SP_CFN_2")
    assert "the same in every region" in problem
