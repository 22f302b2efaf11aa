import json

import pytest
from moto.events.models import EventPattern

WATCHED = {
    ("AWS/ApiGateway", "4XXError"),
    ("AWS/ApiGateway", "5XXError"),
    ("AWS/Backup", "NumberOfBackupJobsAborted"),
    ("AWS/Backup", "NumberOfBackupJobsCompleted"),
    ("AWS/Backup", "NumberOfBackupJobsExpired"),
    ("AWS/Backup", "NumberOfBackupJobsFailed"),
    ("AWS/Backup", "NumberOfRecoveryPointsExpired"),
    ("AWS/Backup", "NumberOfRecoveryPointsPartial"),
    ("AWS/DynamoDB", "ReadThrottleEvents"),
    ("AWS/DynamoDB", "WriteThrottleEvents"),
    ("AWS/Events", "FailedInvocations"),
    ("AWS/Events", "InvocationsFailedToBeSentToDlq"),
    ("AWS/Lambda", "Errors"),
    ("AWS/Lambda", "Throttles"),
    ("AWS/SNS", "NumberOfNotificationsFailed"),
    ("AWS/SQS", "ApproximateNumberOfMessagesVisible"),
}


@pytest.fixture
def operations(environment):
    return environment["Operations"]


def test_a_person_hears_of_errors_throttles_copies_and_of_alarms_that_were_not_delivered(operations):
    alarms = operations.of_type("AWS::CloudWatch::Alarm").values()
    assert {(one["Namespace"], one["MetricName"]) for one in alarms} == WATCHED
    for one in alarms:
        assert one["AlarmActions"] == [{"Ref": "AlarmTopic"}] or one["AlarmActions"] == [
            {"Fn::GetAtt": ["AlarmTopic", "TopicArn"]}
        ]
        assert one["Dimensions"], one["MetricName"]
        assert one.get("ActionsEnabled", True) is True


def test_the_addresses_of_the_settings_are_subscribed(operations, settings, account):
    own = next(one for one in settings.environments if one.account == account)
    subscribed = operations.of_type("AWS::SNS::Subscription").values()
    assert [(one["Protocol"], one["Endpoint"]) for one in subscribed] == [
        ("email", address) for address in own.alarm_addresses
    ]


def test_no_copy_in_the_longest_time_between_two_raises_an_alarm_and_silence_counts_as_none(environment):
    (alarm,) = [
        one
        for one in environment["Operations"].of_type("AWS::CloudWatch::Alarm").values()
        if one["MetricName"] == "NumberOfBackupJobsCompleted"
    ]
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("LessThanThreshold", 1)
    assert alarm["TreatMissingData"] == "breaching"
    (rule,) = environment["Data"].only("AWS::Backup::BackupPlan")["BackupPlan"]["BackupPlanRule"]
    longest = 24 * 3600 + rule["CompletionWindowMinutes"] * 60
    assert alarm["Period"] * alarm["EvaluationPeriods"] == longest == 30 * 3600


def test_every_rule_publishes_with_a_role_and_keeps_what_it_could_not_deliver(operations):
    rules = operations.of_type("AWS::Events::Rule")
    assert len(rules) == 4
    for name, rule in rules.items():
        (target,) = rule["Targets"]
        assert target["RoleArn"] == {"Fn::GetAtt": ["EventPathRoleEFB7252A", "Arn"]}, name
        assert target["DeadLetterConfig"] == {
            "Arn": {"Fn::GetAtt": ["EventPathUndeliveredC5007B43", "Arn"]}
        }, name


def test_undelivered_events_wait_under_our_key_over_tls_from_our_rules(operations, account):
    queue = operations.only("AWS::SQS::Queue")
    assert "OperationsKey" in queue["KmsMasterKeyId"]["Fn::ImportValue"]
    assert queue["MessageRetentionPeriod"] == 14 * 24 * 3600
    allow, deny = operations.only("AWS::SQS::QueuePolicy")["PolicyDocument"]["Statement"]
    assert allow["Principal"] == {"Service": "events.amazonaws.com"}
    assert f":{account}:rule/*" in allow["Condition"]["ArnLike"]["aws:SourceArn"]
    assert (deny["Effect"], deny["Action"]) == ("Deny", "sqs:*")
    assert deny["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_the_alarm_topic_is_sealed_and_hears_only_this_account_over_tls(operations, account):
    assert "OperationsKey" in operations.properties("AlarmTopic")["KmsMasterKeyId"]["Fn::ImportValue"]
    allow, deny = operations.only("AWS::SNS::TopicPolicy")["PolicyDocument"]["Statement"]
    assert allow["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert allow["Condition"]["StringEquals"] == {"aws:SourceAccount": account}
    assert deny["Effect"] == "Deny"
    assert deny["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_a_refused_token_raises_no_alarm(operations):
    """The authorizer refuses by raising, which Lambda counts as an error; anybody could cause that alarm."""
    alarms = operations.of_type("AWS::CloudWatch::Alarm").values()
    errors = [one["Dimensions"][0]["Value"] for one in alarms if one["MetricName"] == "Errors"]
    assert [str(name).endswith("pictures") for name in errors] == [True]


KEY_ID = "11111111-2222-4333-8444-555555555555"


@pytest.fixture
def matches(operations):
    """Whether a rule's pattern matches an event, by moto's matcher; the first of our keys has KEY_ID."""

    def of(construct_id, event):
        (rule,) = [
            properties
            for name, properties in operations.of_type("AWS::Events::Rule").items()
            if name.startswith(construct_id)
        ]
        pattern = json.loads(json.dumps(rule["EventPattern"]))
        asked = pattern["detail"]["requestParameters"]
        if "keyId" in asked:
            asked["keyId"] = [KEY_ID, *(f"key {index}" for index in range(1, len(asked["keyId"])))]
        return EventPattern(None, pattern).matches_event(event)

    return of


def call(service, name, parameters, **identity):
    return {
        "source": f"aws.{service}",
        "detail-type": "AWS API Call via CloudTrail",
        "detail": {
            "eventSource": f"{service}.amazonaws.com",
            "eventName": name,
            "requestParameters": parameters,
            "userIdentity": {"type": "AssumedRole", **identity},
        },
    }


@pytest.mark.parametrize(
    "name", ["DisableKey", "DisableKeyRotation", "ScheduleKeyDeletion", "PutKeyPolicy", "CreateGrant"]
)
def test_an_attempt_on_a_master_key_raises_an_alarm(matches, name):
    assert matches("KeyWatch", call("kms", name, {"keyId": KEY_ID}))
    assert not matches("KeyWatch", call("kms", name, {"keyId": "another"}))


@pytest.mark.parametrize("service", ["dynamodb", "backup", "lambda"])
def test_a_grant_that_a_deployment_makes_raises_none(matches, service):
    granted = call("kms", "CreateGrant", {"keyId": KEY_ID}, invokedBy=f"{service}.amazonaws.com")
    assert not matches("KeyWatch", granted)


def test_a_grant_by_any_other_service_and_a_change_by_the_same_one_raise_an_alarm(matches):
    asked = {"keyId": KEY_ID}
    assert matches("KeyWatch", call("kms", "CreateGrant", asked, invokedBy="ec2.amazonaws.com"))
    assert matches("KeyWatch", call("kms", "PutKeyPolicy", asked, invokedBy="dynamodb.amazonaws.com"))


def test_looking_at_a_key_raises_no_alarm(matches):
    assert not matches("KeyWatch", call("kms", "DescribeKey", {"keyId": KEY_ID}))


def test_taking_the_restore_role_raises_an_alarm_though_cloudtrail_calls_it_read_only(operations):
    rules = operations.of_type("AWS::Events::Rule")
    (rule,) = [one for name, one in rules.items() if name.startswith("RestoreWatch")]
    assert rule["EventPattern"]["detail"]["eventName"] == ["AssumeRole"]
    (role,) = rule["EventPattern"]["detail"]["requestParameters"]["roleArn"]
    assert "Restore" in json.dumps(role)
    assert rule["State"] == "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"


@pytest.mark.parametrize(
    ("name", "heard"),
    [
        ("Soulpicks-{0}-Data", True),
        ("arn:aws:cloudformation:eu-west-1:{1}:stack/Soulpicks-{0}-Data/abc", True),
        ("Soulpicks-Another-Data", False),
        ("CDKToolkit", False),
    ],
)
def test_deleting_a_stack_of_the_environment_raises_an_alarm(matches, operations, account, name, heard):
    asked = {"stackName": name.format(operations.environment.capitalize(), account)}
    assert matches("StackWatch", call("cloudformation", "DeleteStack", asked)) is heard
