"""Whatever stands in a template, loading ends in an environment or in one error that names the file."""

import json
import random
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from access.errors import AccessError
from access.load import load

TYPES = (
    *("AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::S3::Bucket"),
    *("AWS::S3::BucketPolicy", "AWS::KMS::Key", "AWS::Lambda::Permission", "AWS::SNS::TopicPolicy"),
    *(
        "AWS::Organizations::Policy",
        "AWS::Organizations::Account",
        "AWS::EC2::VPCEndpoint",
        "AWS::SQS::Queue",
    ),
    *("AWS::Logs::ResourcePolicy", "AWS::CloudFormation::Stack", "AWS::DynamoDB::GlobalTable", "Custom::X"),
    *("AWS::Events::EventBusPolicy", "AWS::Organizations::OrganizationalUnit", "AWS::New::Thing"),
)
KEYS = (
    *(
        "PolicyDocument",
        "AssumeRolePolicyDocument",
        "KeyPolicy",
        "Policies",
        "ManagedPolicyArns",
        "Roles",
        "Users",
    ),
    *(
        "Groups",
        "Bucket",
        "BucketName",
        "RoleName",
        "FunctionName",
        "Principal",
        "Statement",
        "Effect",
        "Action",
    ),
    *(
        "Resource",
        "Condition",
        "Topics",
        "Type",
        "Content",
        "TargetIds",
        "ParentIds",
        "ParentId",
        "VpcId",
        "Tags",
    ),
    *(
        "TemplateURL",
        "Parameters",
        "Replicas",
        "PermissionsBoundary",
        "Path",
        "ServiceName",
        "Version",
        "Region",
    ),
)
FUNCTIONS = (
    *("Ref", "Fn::GetAtt", "Fn::Sub", "Fn::Join", "Fn::Select", "Fn::Split", "Fn::If", "Fn::ImportValue"),
    *(
        "Fn::FindInMap",
        "Fn::GetAZs",
        "Fn::Base64",
        "Fn::Cidr",
        "Fn::ToJsonString",
        "Fn::Length",
        "Fn::Equals",
    ),
    *("Fn::Transform", "Fn::And", "Fn::Not", "Condition", "Fn::Nothing"),
)
texts = st.sampled_from(
    (
        *("A", "B", "C", "P", "Q", "Allow", "Deny", "*", "", "s3:*", "AWS::Region", "AWS::NoValue", "A.Arn"),
        *("${A}", "${!x}", "${A.Arn}-${P}", "{{resolve:ssm:x}}", "arn:aws:s3:::x/*", "2012-10-17", "{", "0"),
        *('{"Statement": []}', "\x00", "😀"),
    )
)
scalars = st.none() | st.booleans() | st.integers(-2, 10**20) | st.floats(allow_nan=False) | texts
KNOWN = {"Q": {"Fn::Equals": ["x", "x"]}}
OPEN = {"Q": {"Fn::Equals": [{"Ref": "AWS::StackId"}, {"Fn::GetAZs": ""}]}}
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(KEYS), inner, max_size=3),
        st.builds(lambda name, argument: {name: argument}, st.sampled_from(FUNCTIONS), inner),
    ),
    max_leaves=12,
)
properties = st.dictionaries(st.sampled_from(KEYS), values, max_size=5)
resources = st.builds(
    lambda kind, found, condition: {"Type": kind, "Properties": found, **condition},
    st.sampled_from(TYPES),
    properties,
    st.sampled_from([{}, {}, {"Condition": "Q"}]),
)
templates = st.fixed_dictionaries(
    {"Resources": st.dictionaries(st.sampled_from("ABC"), resources, max_size=3)},
    optional={
        "Parameters": st.just(
            {"P": {"Type": "String"}, "Q": {"Type": "CommaDelimitedList", "Default": "a,b"}}
        ),
        "Conditions": st.sampled_from([KNOWN, OPEN])
        | st.dictionaries(st.sampled_from("PQ"), values, max_size=2),
        "Mappings": st.dictionaries(st.sampled_from("AP"), values, max_size=2),
        "Outputs": st.dictionaries(
            st.sampled_from("AB"), st.fixed_dictionaries({"Value": values, "Export": values}), max_size=2
        ),
    },
)
quiet = settings(
    max_examples=250, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None
)


def ends_well(folder: Path, text: str | bytes) -> None:
    path = folder / "template.json"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    outcome = "an environment without principals"
    try:
        outcome = "loaded" if load(path).principals else outcome
    except AccessError as error:
        outcome = "refused by name" if "template.json" in str(error) else str(error)
    assert outcome in ("loaded", "refused by name")


@quiet
@given(template=templates)
def test_any_template_loads_or_is_refused_by_name(tmp_path_factory, template):
    ends_well(tmp_path_factory.getbasetemp(), json.dumps(template))


@quiet
@given(document=values)
def test_any_json_loads_or_is_refused_by_name(tmp_path_factory, document):
    ends_well(tmp_path_factory.getbasetemp(), json.dumps(document))


@quiet
@given(text=st.text(alphabet="{}[]:,-!&*#'\"| \nRefSub\tTypesourc0\x00é", max_size=200))
def test_any_text_loads_or_is_refused_by_name(tmp_path_factory, text):
    ends_well(tmp_path_factory.getbasetemp(), "Resources:\n  A:\n    Type: T\n    Properties: " + text)


def test_a_good_template_damaged_anywhere_loads_or_is_refused_by_name(tmp_path, statement, trust):
    document = json.dumps(
        {
            "Parameters": {"P": {"Type": "String", "Default": "x"}},
            "Conditions": {"C": {"Fn::Equals": [{"Ref": "P"}, "x"]}},
            "Resources": {
                "Role": {
                    "Type": "AWS::IAM::Role",
                    "Condition": "C",
                    "Properties": {
                        "AssumeRolePolicyDocument": trust,
                        "Policies": [
                            {
                                "PolicyName": "p",
                                "PolicyDocument": statement(
                                    Action="s3:*", Resource={"Fn::Sub": "${Bucket.Arn}/*"}
                                ),
                            }
                        ],
                    },
                },
                "Bucket": {"Type": "AWS::S3::Bucket"},
            },
        }
    ).encode()
    ends_well(tmp_path, document)
    random_bytes = random.Random(7)
    for position in range(0, len(document), 2):
        damaged = bytearray(document)
        damaged[position] = random_bytes.choice(b'{}[]",:\\ax0\x00\xff')
        ends_well(tmp_path, bytes(damaged))
        ends_well(tmp_path, document[:position])


def test_an_absurd_number_of_everything_ends(tmp_path):
    document = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "a:b", "Resource": "*"}] * 5000,
    }
    roles = {f"K{n}": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": document}} for n in range(2)}
    ends_well(tmp_path, json.dumps({"Resources": roles}))
    ends_well(
        tmp_path, json.dumps({"Resources": {f"B{n}": {"Type": "AWS::S3::Bucket"} for n in range(3000)}})
    )
    ends_well(
        tmp_path,
        json.dumps(
            {"Resources": {"A": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "x" * 10**6}}}}
        ),
    )
