"""Every kind of resource policy reaches the resource that it binds."""

import json

import pytest

from access.errors import AccessError
from access.language.statement import Effect


def policy_of(environment, logical_id):
    [resource] = environment.find_resources(logical_id)
    return resource.policy


@pytest.fixture
def public(statement):
    return statement(Sid="public", Action="*", Resource="*", Principal="*")


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("AWS::KMS::Key", ["KeyPolicy"]),
        ("AWS::DynamoDB::Table", ["ResourcePolicy", "PolicyDocument"]),
        ("AWS::ApiGateway::RestApi", ["Policy"]),
        ("AWS::ECR::Repository", ["RepositoryPolicyText"]),
        ("AWS::Backup::BackupVault", ["AccessPolicy"]),
        ("AWS::EFS::FileSystem", ["FileSystemPolicy"]),
        ("AWS::Events::EventBus", ["Policy"]),
        ("AWS::Logs::LogGroup", ["ResourcePolicyDocument"]),
        ("AWS::OpenSearchService::Domain", ["AccessPolicies"]),
        ("AWS::S3::AccessPoint", ["Policy"]),
    ],
)
def test_a_resource_holds_its_own_policy(environment, public, kind, path):
    document = public
    for key in reversed(path):
        document = {key: document}
    policy = policy_of(environment({"Thing": {"Type": kind, "Properties": document}}), "Thing")
    assert policy.statements[0].sid == "public"
    assert policy.kind == ("key" if kind == "AWS::KMS::Key" else "resource")


@pytest.mark.parametrize(
    ("kind", "attachment", "target", "reference", "key"),
    [
        ("AWS::S3::Bucket", "AWS::S3::BucketPolicy", "Bucket", {"Ref": "Thing"}, "PolicyDocument"),
        ("AWS::SQS::Queue", "AWS::SQS::QueuePolicy", "Queues", [{"Ref": "Thing"}], "PolicyDocument"),
        ("AWS::SNS::Topic", "AWS::SNS::TopicPolicy", "Topics", [{"Ref": "Thing"}], "PolicyDocument"),
        ("AWS::SNS::Topic", "AWS::SNS::TopicInlinePolicy", "TopicArn", {"Ref": "Thing"}, "PolicyDocument"),
        (
            "AWS::SecretsManager::Secret",
            "AWS::SecretsManager::ResourcePolicy",
            "SecretId",
            {"Ref": "Thing"},
            "ResourcePolicy",
        ),
        (
            "AWS::Kinesis::Stream",
            "AWS::Kinesis::ResourcePolicy",
            "ResourceArn",
            {"Fn::GetAtt": ["Thing", "Arn"]},
            "ResourcePolicy",
        ),
    ],
)
def test_a_policy_that_names_its_target_reaches_it(
    environment, public, kind, attachment, target, reference, key
):
    loaded = environment(
        {
            "Thing": {"Type": kind},
            "Policy": {"Type": attachment, "Properties": {target: reference, key: public}},
        }
    )
    assert policy_of(loaded, "Thing").statements[0].sid == "public"
    assert not loaded.unresolved


def test_a_global_table_has_the_policy_of_its_replica_in_the_stacks_region(environment, public):
    replicas = [
        {"Region": "eu-central-1"},
        {"Region": "eu-west-1", "ResourcePolicy": {"PolicyDocument": public}},
    ]
    loaded = environment({"T": {"Type": "AWS::DynamoDB::GlobalTable", "Properties": {"Replicas": replicas}}})
    assert policy_of(loaded, "T").statements[0].sid == "public"


def test_a_lambda_permission_becomes_the_statement_that_lambda_writes(environment):
    loaded = environment(
        {
            "F": {"Type": "AWS::Lambda::Function", "Properties": {"FunctionName": "f"}},
            "P": {
                "Type": "AWS::Lambda::Permission",
                "Properties": {
                    "Action": "lambda:InvokeFunction",
                    "FunctionName": {"Fn::GetAtt": ["F", "Arn"]},
                    "Principal": "apigateway.amazonaws.com",
                    "SourceArn": "arn:aws:execute-api:eu-west-1:111111111111:api/*",
                },
            },
            "Url": {
                "Type": "AWS::Lambda::Permission",
                "Properties": {
                    "Action": "lambda:InvokeFunctionUrl",
                    "FunctionName": "f:live",
                    "Principal": "*",
                    "FunctionUrlAuthType": "NONE",
                },
            },
        }
    )
    gateway, anyone = policy_of(loaded, "F").statements
    assert (gateway.principals.patterns[0].type, gateway.conditions[0].key) == ("Service", "aws:SourceArn")
    assert anyone.resource.patterns == ("arn:aws:lambda:eu-west-1:111111111111:function:f:live",)
    assert str(anyone.conditions[0]) == "StringEquals lambda:FunctionUrlAuthType = NONE"


def test_an_account_wide_log_policy_binds_every_log_group_even_as_text_with_gaps(environment, public):
    text = json.dumps(public).replace('"Resource": "*"', '"Resource": "arn:aws:logs:*:*:log-group:${Name}:*"')
    loaded = environment(
        {
            "Group": {"Type": "AWS::Logs::LogGroup"},
            "Policy": {
                "Type": "AWS::Logs::ResourcePolicy",
                "Properties": {"PolicyName": "p", "PolicyDocument": {"Fn::Sub": text}},
            },
        },
        Parameters={"Name": {"Type": "String"}},
    )
    [statement] = policy_of(loaded, "Group").statements
    assert statement.effect is Effect.ALLOW
    assert statement.resource.maybe == ("arn:aws:logs:*:*:log-group:*:*",)


def test_text_whose_gap_could_be_any_part_of_the_document_is_wholly_unknown(environment):
    loaded = environment(
        {
            "Group": {"Type": "AWS::Logs::LogGroup"},
            "Policy": {
                "Type": "AWS::Logs::ResourcePolicy",
                "Properties": {"PolicyName": "p", "PolicyDocument": {"Fn::Sub": '{"Statement": [${Rest}]}'}},
            },
        },
        Parameters={"Rest": {"Type": "String"}},
    )
    [statement] = policy_of(loaded, "Group").statements
    assert statement.effect is None


def test_an_event_bus_policy_is_read_in_both_its_forms(environment, public):
    loaded = environment(
        {
            "Bus": {"Type": "AWS::Events::EventBus", "Properties": {"Name": "bus"}},
            "New": {
                "Type": "AWS::Events::EventBusPolicy",
                "Properties": {
                    "EventBusName": "bus",
                    "StatementId": "n",
                    "Statement": public["Statement"][0],
                },
            },
            "Old": {
                "Type": "AWS::Events::EventBusPolicy",
                "Properties": {
                    "EventBusName": {"Ref": "Bus"},
                    "StatementId": "o",
                    "Principal": "222222222222",
                    "Action": "events:PutEvents",
                    "Condition": {"Type": "StringEquals", "Key": "aws:PrincipalOrgID", "Value": "o-1"},
                },
            },
        }
    )
    assert [statement.sid for statement in policy_of(loaded, "Bus").statements] == ["public", "o"]


def test_an_apis_short_resource_means_its_own_arn(environment, statement):
    document = statement(Action="execute-api:Invoke", Principal="*", Resource="execute-api:/*/GET/x")
    loaded = environment({"Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Policy": document}}})
    [api] = loaded.find_resources("Api")
    assert api.policy.statements[0].resource.patterns == (f"{api.arn}/*/GET/x",)


def test_what_aws_adds_when_a_template_says_nothing_is_in_the_model(environment):
    loaded = environment({"Key": {"Type": "AWS::KMS::Key"}, "Topic": {"Type": "AWS::SNS::Topic"}})
    assert (
        policy_of(loaded, "Key").statements[0].principals.patterns[0].value
        == "arn:aws:iam::111111111111:root"
    )
    assert policy_of(loaded, "Topic").statements[0].conditions[0].values == ("111111111111",)


def test_a_policy_for_a_bucket_not_known_may_be_any_buckets(environment, public):
    loaded = environment(
        {
            "Bucket": {"Type": "AWS::S3::Bucket"},
            "Policy": {
                "Type": "AWS::S3::BucketPolicy",
                "Properties": {"Bucket": {"Ref": "Name"}, "PolicyDocument": public},
            },
        },
        Parameters={"Name": {"Type": "String"}},
    )
    assert policy_of(loaded, "Bucket").statements[0].effect is None
    assert "a AWS::S3::Bucket that is not known" in loaded.unresolved[0].expression


def test_a_policy_for_a_bucket_elsewhere_is_said(environment, public):
    properties = {"Bucket": "elsewhere", "PolicyDocument": public}
    loaded = environment({"Policy": {"Type": "AWS::S3::BucketPolicy", "Properties": properties}})
    assert "'elsewhere', which is not in the set" in loaded.unresolved[0].expression


def test_a_policy_of_a_type_that_nothing_reads_is_said_as_object_and_as_text(environment, public):
    for document in (public, json.dumps(public), {"Fn::Sub": json.dumps(public)}):
        loaded = environment(
            {"X": {"Type": "AWS::Glue::Something", "Properties": {"PolicyInJson": document}}}
        )
        assert "AWS::Glue::Something, not modelled" in loaded.unresolved[0].expression


def test_a_permission_set_of_people_elsewhere_is_said(environment):
    loaded = environment({"Admins": {"Type": "AWS::SSO::PermissionSet"}})
    assert "what AWS::SSO::PermissionSet Admins gives to whom" in loaded.unresolved[0].expression


def test_an_endpoint_has_its_policy_or_the_open_one_of_aws(environment, public):
    loaded = environment(
        {
            "Vpc": {"Type": "AWS::EC2::VPC"},
            **{
                name: {
                    "Type": "AWS::EC2::VPCEndpoint",
                    "Properties": {
                        "VpcId": {"Ref": "Vpc"},
                        "ServiceName": f"com.amazonaws.eu-west-1.{name}",
                        **more,
                    },
                }
                for name, more in (("kms", {"PolicyDocument": public}), ("s3", {}))
            },
        }
    )
    kms, s3 = loaded.endpoints
    assert (kms.service, kms.policy.statements[0].sid) == ("kms", "public")
    assert (s3.service, s3.policy.statements[0].action.patterns) == ("s3", ("*",))
    assert kms.vpc == s3.vpc == loaded.find_resources("Vpc")[0].arn.rsplit("/", 1)[-1]


@pytest.mark.parametrize(
    ("resource", "says"),
    [
        ({"Type": "AWS::S3::BucketPolicy", "Properties": {"Bucket": "x"}}, "no PolicyDocument"),
        (
            {
                "Type": "AWS::S3::BucketPolicy",
                "Properties": {"Bucket": [1], "PolicyDocument": {"Statement": []}},
            },
            "the name of AWS::S3::Bucket",
        ),
        ({"Type": "AWS::Lambda::Permission", "Properties": {"FunctionName": "x"}}, "no Principal"),
        ({"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": []}}, "an object"),
        ({"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": "{"}}, "JSON"),
    ],
)
def test_a_malformed_policy_is_an_error_at_its_place(environment, resource, says):
    with pytest.raises(AccessError, match=r"stack\.json:Thing") as caught:
        environment({"Thing": resource})
    assert says in str(caught.value)


def test_two_buckets_of_one_name_are_refused(environment):
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "same"}}
    with pytest.raises(AccessError, match=r"arn:aws:s3:::same is also made by .*One"):
        environment({"One": bucket, "Two": bucket})
