"""Every intrinsic gives what CloudFormation gives, a named gap, or an error with its place."""

import pytest

from access.errors import AccessError
from access.language.unresolved import Partial, Unresolved


def hole(value) -> str:
    assert isinstance(value, Unresolved), value
    return value.expression


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"Ref": "AWS::AccountId"}, "111111111111"),
        ({"Ref": "AWS::Region"}, "eu-west-1"),
        ({"Ref": "AWS::Partition"}, "aws"),
        ({"Ref": "AWS::URLSuffix"}, "amazonaws.com"),
        ({"Ref": "AWS::StackName"}, "stack"),
        ({"Ref": "AWS::NotificationARNs"}, []),
        ({"Ref": "Given"}, "given"),
        ({"Ref": "Many"}, ["a", "b"]),
        ({"Fn::Join": ["-", ["a", {"Ref": "Given"}, 3, True]]}, "a-given-3-true"),
        ({"Fn::Join": [",", {"Ref": "Many"}]}, "a,b"),
        ({"Fn::Select": ["1", ["a", "b"]]}, "b"),
        ({"Fn::Select": [0, {"Fn::Split": ["|", "x|y"]}]}, "x"),
        ({"Fn::Split": [",", "a,b,c"]}, ["a", "b", "c"]),
        ({"Fn::Sub": "${AWS::Region}/${Given}/${!aws:username}"}, "eu-west-1/given/${aws:username}"),
        ({"Fn::Sub": ["${x}-${Given}", {"x": {"Ref": "AWS::Region"}}]}, "eu-west-1-given"),
        ({"Fn::Sub": "arn:${Role.Arn}"}, "arn:arn:aws:iam::111111111111:role/stack-Role-OPAQUE"),
        ({"Fn::If": ["Yes", "a", "b"]}, "a"),
        ({"Fn::If": ["No", "a", "b"]}, "b"),
        ({"a": {"Fn::If": ["No", 1, {"Ref": "AWS::NoValue"}]}, "b": 2}, {"b": 2}),
        ([1, {"Ref": "AWS::NoValue"}, 2], [1, 2]),
        ({"Fn::FindInMap": ["Regions", {"Ref": "AWS::Region"}, "Name"]}, "Ireland"),
        ({"Fn::FindInMap": ["Regions", "nowhere", "Name", {"DefaultValue": "x"}]}, "x"),
        ({"Fn::Base64": "hi"}, "aGk="),
        ({"Fn::Cidr": ["10.0.0.0/24", 2, 5]}, ["10.0.0.0/27", "10.0.0.32/27"]),
        ({"Fn::Length": ["a", "b"]}, 2),
        ({"Fn::ToJsonString": {"a": [1, {"Ref": "Given"}]}}, '{"a":[1,"given"]}'),
        ({"Condition": {"StringEquals": {"a": "${aws:PrincipalTag/user}"}}},
         {"Condition": {"StringEquals": {"a": "${aws:PrincipalTag/user}"}}}),
    ],
)  # fmt: skip
def test_what_a_template_settles_resolves_to_exactly_that(resolved, value, expected):
    found = resolved(
        value,
        Parameters={
            "Given": {"Type": "String", "Default": "given"},
            "Many": {"Type": "CommaDelimitedList", "Default": "a, b"},
        },
        Conditions={"Yes": {"Fn::Equals": ["x", "x"]}, "No": {"Fn::Not": [{"Condition": "Yes"}]}},
        Mappings={"Regions": {"eu-west-1": {"Name": "Ireland"}}},
    )
    if isinstance(found, str) and "OPAQUE" in found:
        found = found[: found.index("OPAQUE") + 6]
    assert found == expected


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ({"Ref": "Unknown"}, "parameter Unknown"),
        ({"Ref": "FromSsm"}, "read from Systems Manager"),
        ({"Fn::ImportValue": "elsewhere"}, "no stack of the set exports it"),
        ({"Fn::ImportValue": {"Ref": "Unknown"}}, "unresolved name"),
        ({"Fn::GetAtt": ["Bucket", "NoSuchAttribute"]}, "AWS::S3::Bucket Bucket.NoSuchAttribute"),
        ({"Fn::GetAtt": ["Made", "Anything"]}, "Custom::Thing Made returns"),
        ({"Ref": "LeftOut"}, "its condition leaves out"),
        ({"Fn::Select": [0, {"Fn::GetAZs": ""}]}, "Fn::Select"),
        ({"Fn::Split": [",", {"Ref": "Unknown"}]}, "Fn::Split"),
        ({"Fn::If": ["Open", "a", "b"]}, "condition Open"),
        ({"Fn::Transform": {"Name": "AWS::Include"}}, "Fn::Transform"),
        ({"Fn::Base64": {"Ref": "Unknown"}}, "Fn::Base64"),
        ("{{resolve:ssm:/secret}}", "{{resolve:ssm:/secret}}"),
    ],
)
def test_what_only_a_deployment_knows_stays_a_gap_that_names_what_would_settle_it(resolved, value, says):
    found = resolved(
        value,
        Parameters={
            "Unknown": {"Type": "String"},
            "FromSsm": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/path"},
        },
        Conditions={"Open": {"Fn::Equals": [{"Ref": "Unknown"}, "x"]}, "Never": {"Fn::Equals": ["a", "b"]}},
        Resources={
            "Made": {"Type": "Custom::Thing"},
            "LeftOut": {"Type": "AWS::S3::Bucket", "Condition": "Never"},
        },
    )
    assert says in hole(found)


def test_a_string_keeps_its_known_parts_around_a_gap(resolved):
    found = resolved(
        {"Fn::Sub": "arn:aws:s3:::${Unknown}/{{resolve:ssm:x}}/*"}, Parameters={"Unknown": {"Type": "String"}}
    )
    assert isinstance(found, Partial)
    assert found.glob() == "arn:aws:s3:::*/*/*"
    assert [gap.expression for gap in found.holes] == ["parameter Unknown", "{{resolve:ssm:x}}"]


@pytest.mark.parametrize(
    ("operands", "truth"),
    [
        ({"Fn::Or": ["Open", "Yes"]}, "a"),
        ({"Fn::Or": ["Open", "No"]}, None),
        ({"Fn::And": ["Open", "No"]}, "b"),
        ({"Fn::And": ["Open", "Yes"]}, None),
    ],
)
def test_a_condition_is_open_only_where_its_open_operand_matters(resolved, operands, truth):
    [(function, names)] = operands.items()
    found = resolved(
        {"Fn::If": ["Asked", "a", "b"]},
        Parameters={"Unknown": {"Type": "String"}},
        Conditions={
            "Asked": {function: [{"Condition": name} for name in names]},
            "Yes": {"Fn::Equals": [1, "1"]},
            "No": {"Fn::Equals": ["x", "y"]},
            "Open": {"Fn::Equals": [{"Ref": "Unknown"}, "x"]},
        },
    )
    assert found == truth or (truth is None and hole(found) == "condition Asked")


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ({"Ref": "Nowhere"}, "Ref 'Nowhere'"),
        ({"Ref": "AWS::Nothing"}, "a pseudo parameter"),
        ({"Ref": 3}, "expected a name"),
        ({"Fn::GetAtt": ["Nowhere", "Arn"]}, "GetAtt of 'Nowhere'"),
        ({"Fn::GetAtt": "NoDot"}, "a logical id and an attribute"),
        ({"Fn::Nothing": []}, "the function 'Fn::Nothing'"),
        ({"Ref": "Role", "Beside": 1}, "alone in its mapping"),
        ({"Fn::Join": ["-"]}, "a list of 2"),
        ({"Fn::Join": ["-", "text"]}, "expected a list"),
        ({"Fn::Join": ["-", [{"a": 1}]]}, "expected text"),
        ({"Fn::Select": [2, ["a"]]}, "expected one that exists"),
        ({"Fn::Select": [-1, ["a"]]}, "expected one that exists"),
        ({"Fn::Sub": "${Nowhere}"}, "Ref 'Nowhere'"),
        ({"Fn::Sub": ["x"]}, "expected text"),
        ({"Fn::If": ["Nowhere", 1, 2]}, "the condition 'Nowhere'"),
        ({"Fn::FindInMap": ["Nowhere", "a", "b"]}, "the map 'Nowhere'"),
        ({"Fn::Cidr": ["10.0.0.0/30", 256, 8]}, "a network that can be divided so"),
        ({"Fn::Cidr": ["10.0.0.0/8", 10**400, 8]}, "a network that can be divided so"),
        ({"Fn::Split": ["", "a"]}, "a delimiter"),
    ],
)
def test_what_cloudformation_would_refuse_is_an_error_at_its_place(resolved, value, says):
    with pytest.raises(AccessError) as caught:
        resolved(value)
    assert says in str(caught.value)
    assert "stack.json:Probe/Properties/Probed" in str(caught.value)


def test_conditions_that_need_each_other_are_a_named_circle(resolved):
    conditions = {"A": {"Fn::Not": [{"Condition": "B"}]}, "B": {"Fn::Not": [{"Condition": "A"}]}}
    with pytest.raises(AccessError, match=r"cyclic reference: \S+:A → \S+:B → \S+:A"):
        resolved({"Fn::If": ["A", 1, 2]}, Conditions=conditions)


def test_names_that_need_each_other_are_a_named_circle(resolved):
    buckets = {
        a: {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": {"Fn::Sub": f"${{{b}}}-x"}}}
        for a, b in (("One", "Two"), ("Two", "One"))
    }
    with pytest.raises(AccessError, match=r"cyclic reference: .*(One → .*Two → .*One|Two → .*One → .*Two)"):
        resolved("x", Resources=buckets)


def test_joins_that_double_at_every_reference_end_before_the_memory_does(resolved):
    queues = {
        f"Q{n}": {
            "Type": "AWS::SQS::Queue",
            "Properties": {"QueueName": {"Fn::Join": ["", [{"Fn::GetAtt": [f"Q{n + 1}", "QueueName"]}] * 2]}},
        }
        for n in range(30)
    }
    queues["Q30"] = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "x" * 64}}
    with pytest.raises(AccessError, match="a string longer than"):
        resolved("x", Resources=queues)


def test_a_long_chain_of_references_is_refused_before_the_stack_ends(resolved):
    queues = {
        f"Q{n}": {
            "Type": "AWS::SQS::Queue",
            "Properties": {"QueueName": {"Fn::Sub": f"${{Q{n + 1}.QueueName}}"}},
        }
        for n in range(400)
    }
    queues["Q400"] = {"Type": "AWS::SQS::Queue"}
    with pytest.raises(
        AccessError, match=r"stack.json:Q\d+/Properties/QueueName.*deeper than can be followed"
    ):
        resolved("x", Resources=queues)


@pytest.mark.parametrize(
    ("resource", "reference", "expected"),
    [
        ({"Type": "AWS::IAM::User", "Properties": {"Path": "/team/", "UserName": "ada"}}, "Arn",
         "arn:aws:iam::111111111111:user/team/ada"),
        ({"Type": "AWS::IAM::ManagedPolicy",
          "Properties": {"ManagedPolicyName": "P", "PolicyDocument": {"Statement": []}}}, None,
         "arn:aws:iam::111111111111:policy/P"),
        ({"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "photos"}}, "Arn", "arn:aws:s3:::photos"),
        ({"Type": "AWS::DynamoDB::Table", "Properties": {"TableName": "T"}}, "Arn",
         "arn:aws:dynamodb:eu-west-1:111111111111:table/T"),
        ({"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "q"}}, None,
         "https://sqs.eu-west-1.amazonaws.com/111111111111/q"),
        ({"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "q"}}, "Arn",
         "arn:aws:sqs:eu-west-1:111111111111:q"),
        ({"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "t"}}, None,
         "arn:aws:sns:eu-west-1:111111111111:t"),
        ({"Type": "AWS::Lambda::Function", "Properties": {"FunctionName": "f"}}, "Arn",
         "arn:aws:lambda:eu-west-1:111111111111:function:f"),
        ({"Type": "AWS::Lambda::Alias",
          "Properties": {"FunctionName": "arn:aws:lambda:eu-west-1:1:function:f:7", "Name": "live"}}, None,
         "arn:aws:lambda:eu-west-1:111111111111:function:f:live"),
        ({"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/a/b"}}, "Arn",
         "arn:aws:logs:eu-west-1:111111111111:log-group:/a/b:*"),
        ({"Type": "AWS::IAM::OIDCProvider", "Properties": {"Url": "https://issuer.example/"}}, None,
         "arn:aws:iam::111111111111:oidc-provider/issuer.example/"),
        ({"Type": "AWS::SecretsManager::Secret", "Properties": {"Name": "s"}}, None,
         "arn:aws:secretsmanager:eu-west-1:111111111111:secret:s-OPAQUE"),
        ({"Type": "AWS::StepFunctions::StateMachine", "Properties": {"StateMachineName": "m"}}, None,
         "arn:aws:states:eu-west-1:111111111111:stateMachine:m"),
        ({"Type": "AWS::Events::Rule", "Properties": {"Name": "r", "EventBusName": "bus"}}, "Arn",
         "arn:aws:events:eu-west-1:111111111111:rule/bus/r"),
        ({"Type": "AWS::SSM::Parameter", "Properties": {"Name": "/a/b"}}, None, "/a/b"),
        ({"Type": "AWS::KMS::Alias", "Properties": {"AliasName": "alias/x"}}, None, "alias/x"),
    ],
)  # fmt: skip
def test_each_type_is_named_as_its_reference_page_says(resolved, resource, reference, expected):
    value = {"Fn::GetAtt": ["Thing", reference]} if reference else {"Ref": "Thing"}
    assert resolved(value, Resources={"Thing": resource}) == expected


def test_a_generated_name_equals_itself_everywhere_and_no_other(environment):
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"Seen": {"Ref": "Bucket"}}}
    loaded = environment(
        {"Bucket": {"Type": "AWS::S3::Bucket"}, "Other": {"Type": "AWS::S3::Bucket"}, "Q": queue}
    )
    bucket, other, seer = (loaded.find_resources(name)[0] for name in ("Bucket", "Other", "Q"))
    assert bucket.arn == f"arn:aws:s3:::{seer.properties['Seen']}" != other.arn
    assert bucket.arn.removeprefix("arn:aws:s3:::").startswith("stack-bucket-opaque")
    assert str(loaded.opaque[seer.properties["Seen"]]) == "stack.Bucket.name"


def test_a_generated_name_keeps_the_limit_of_its_type(resolved, trust):
    long = "L" * 100
    role = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": trust}}
    assert len(resolved({"Ref": long}, Resources={long: role})) <= 64
    assert len(resolved({"Ref": "B" * 100}, Resources={"B" * 100: {"Type": "AWS::S3::Bucket"}})) <= 63
