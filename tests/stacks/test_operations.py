import pytest


@pytest.fixture
def operations(environment):
    return environment["Operations"]


def test_a_person_hears_of_errors_throttles_and_failed_backups(operations):
    alarms = operations.of_type("AWS::CloudWatch::Alarm").values()
    watched = {(one["Namespace"], one["MetricName"]) for one in alarms}
    assert watched == {
        ("AWS/ApiGateway", "4XXError"),
        ("AWS/ApiGateway", "5XXError"),
        ("AWS/Backup", "NumberOfBackupJobsFailed"),
        ("AWS/DynamoDB", "ReadThrottleEvents"),
        ("AWS/DynamoDB", "WriteThrottleEvents"),
        ("AWS/Lambda", "Errors"),
        ("AWS/Lambda", "Throttles"),
    }
    for one in alarms:
        assert one["AlarmActions"] == [{"Fn::GetAtt": ["AlarmTopic", "TopicArn"]}]
        assert one["Dimensions"], one["MetricName"]


def test_an_attempt_on_any_master_key_raises_an_alarm(operations):
    pattern = operations.properties("KeyWatch")["EventPattern"]
    assert {"DisableKey", "DisableKeyRotation", "ScheduleKeyDeletion", "PutKeyPolicy", "CreateGrant"} <= set(
        pattern["detail"]["eventName"]
    )
    # Three keys, each by its ARN and by its id.
    assert len(pattern["detail"]["requestParameters"]["keyId"]) == 6


def test_the_alarm_topic_is_sealed_and_hears_only_this_account_over_tls(operations, account):
    assert "OperationsKey" in operations.properties("AlarmTopic")["KmsMasterKeyId"]["Fn::ImportValue"]
    (policy,) = operations.of_type("AWS::SNS::TopicPolicy").values()
    for one in policy["PolicyDocument"]["Statement"]:
        if one["Effect"] == "Allow":
            assert one["Condition"]["StringEquals"] == {"aws:SourceAccount": account}
        else:
            assert one["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert {one["Effect"] for one in policy["PolicyDocument"]["Statement"]} == {"Allow", "Deny"}


def test_a_refused_token_wakes_nobody(operations):
    """The authorizer refuses by raising, which Lambda counts as an error; anybody could ring that bell."""
    alarms = operations.of_type("AWS::CloudWatch::Alarm").values()
    errors = [one["Dimensions"][0]["Value"] for one in alarms if one["MetricName"] == "Errors"]
    assert [str(name).endswith("pictures") for name in errors] == [True]
