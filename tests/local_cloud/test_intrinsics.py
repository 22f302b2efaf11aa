"""Templates resolve to the names that things have here, or say what is missing."""

import json

import pytest

from local_cloud.errors import LocalCloudError
from local_cloud.intrinsics import Physical, Resolver
from local_cloud.template import load


@pytest.fixture
def resolve(write_assembly):
    def call(value, *, more=None, **template):
        resources = {"Thing": {"Type": "X::Y::Z", "Properties": {"Value": value}}}
        first = {"Resources": resources, **template}
        environment = load(write_assembly(First=first, **(more or {})), "development")
        resolver = Resolver(
            environment,
            lambda r: Physical(ref=f"ref-{r.logical_id}", attributes={"Arn": f"arn-{r.logical_id}"}),
        )
        return resolver.properties(next(environment.resources("X::Y::Z"))).get("Value")

    return call


RESOLVED = {
    "Ref to a resource": ({"Ref": "Thing"}, "ref-Thing"),
    "GetAtt": ({"Fn::GetAtt": ["Thing", "Arn"]}, "arn-Thing"),
    "GetAtt as a string": ({"Fn::GetAtt": "Thing.Arn"}, "arn-Thing"),
    "account and region": (
        {"Fn::Join": ["/", [{"Ref": "AWS::AccountId"}, {"Ref": "AWS::Region"}]]},
        "111111111111/eu-west-1",
    ),
    "Sub": ({"Fn::Sub": "${Thing.Arn}-${Thing}-${AWS::Partition}-${!it}"}, "arn-Thing-ref-Thing-aws-${it}"),
    "Sub with variables": ({"Fn::Sub": ["${x}", {"x": {"Ref": "Thing"}}]}, "ref-Thing"),
    "Select of Split": ({"Fn::Select": [1, {"Fn::Split": ["-", {"Fn::GetAtt": ["Thing", "Arn"]}]}]}, "Thing"),
    "zones": ({"Fn::GetAZs": ""}, ["eu-west-1a", "eu-west-1b", "eu-west-1c"]),
    "no value in a list": (["a", {"Ref": "AWS::NoValue"}], ["a"]),
    "no value": ({"Ref": "AWS::NoValue"}, None),
    "deep": ({"a": [{"b": {"Ref": "Thing"}}]}, {"a": [{"b": "ref-Thing"}]}),
}


@pytest.mark.parametrize(("value", "expected"), RESOLVED.values(), ids=RESOLVED.keys())
def test_an_intrinsic_resolves(value, expected, resolve):
    assert resolve(value) == expected


def test_a_value_of_another_stack_is_found_by_its_export(resolve):
    other = {
        "Resources": {"Key": {"Type": "Other::Type::A"}},
        "Outputs": {"Out": {"Value": {"Fn::GetAtt": ["Key", "Arn"]}, "Export": {"Name": "Second:Key"}}},
    }
    assert resolve({"Fn::ImportValue": "Second:Key"}, more={"Second": other}) == "arn-Key"


def test_a_parameter_has_its_default(resolve):
    assert resolve({"Ref": "Size"}, Parameters={"Size": {"Type": "String", "Default": "7"}}) == "7"


BROKEN = {
    "a resource that is not there": ({"Ref": "Nobody"}, "no resource Nobody"),
    "an attribute that is not there": ({"Fn::GetAtt": ["Thing", "Colour"]}, "no attribute Colour"),
    "an export that is not there": ({"Fn::ImportValue": "nothing"}, "exports 'nothing'"),
    "a function that is not understood": ({"Fn::Cidr": ["10.0.0.0/16", 1, 8]}, "Fn::Cidr is not understood"),
}


@pytest.mark.parametrize(("value", "message"), BROKEN.values(), ids=BROKEN.keys())
def test_what_does_not_resolve_is_named_with_its_resource(value, message, resolve):
    with pytest.raises(LocalCloudError, match=message) as error:
        resolve(value)
    assert "Small-First/Thing" in str(error.value)


def test_a_missing_assembly_is_one_clear_message(tmp_path):
    with pytest.raises(LocalCloudError, match=r"manifest\.json is missing: synthesize first"):
        load(tmp_path, "development")


def test_a_missing_template_is_named(write_assembly):
    directory = write_assembly(First={"Resources": {}})
    next(directory.rglob("First.template.json")).unlink()
    with pytest.raises(LocalCloudError, match=r"First\.template\.json is missing"):
        load(directory, "development")


def test_an_unknown_environment_names_those_there_are(write_assembly):
    with pytest.raises(LocalCloudError, match="no environment 'production', found: development"):
        load(write_assembly(First={"Resources": {}}), "production")


def test_stacks_come_in_the_order_in_which_they_deploy(write_assembly):
    directory = write_assembly(First={"Resources": {}}, Second={"Resources": {}})
    manifest = directory / "manifest.json"
    document = json.loads(manifest.read_text())
    document["artifacts"]["First"]["dependencies"] = ["Second"]
    manifest.write_text(json.dumps(document))
    assert [stack.name for stack in load(directory, "development").stacks] == ["Small-Second", "Small-First"]
