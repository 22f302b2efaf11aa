"""An assembly's stages, stacks, nested stacks and exports become one environment."""

import json
from pathlib import Path

import pytest

from access.errors import AccessError
from access.load import load

QUEUE = {"Type": "AWS::SQS::Queue"}


def stack(template: str, environment: str = "aws://111111111111/eu-west-1", **properties):
    return {
        "type": "aws:cloudformation:stack",
        "environment": environment,
        "properties": {"templateFile": template, **properties},
    }


def write(folder: Path, artifacts: dict, **templates: dict) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "manifest.json").write_text(json.dumps({"version": "55.0.0", "artifacts": artifacts}))
    for name, template in templates.items():
        (folder / f"{name}.json").write_text(json.dumps(template))
    return folder


def queue_named(value) -> dict:
    return {"Resources": {"Queue": {**QUEUE, "Properties": {"QueueName": value}}}}


def test_stacks_of_all_stages_go_where_the_manifest_says(tmp_path):
    for stage, account in (("Development", "111111111111"), ("Production", "333333333333")):
        artifacts = {
            f"{stage}Data": stack("data.json", f"aws://{account}/eu-west-1", stackName=f"{stage}-Data")
        }
        write(tmp_path / f"assembly-{stage}", artifacts, data={"Resources": {"Queue": QUEUE}})
    stages = {
        f"assembly-{stage}": {
            "type": "cdk:cloud-assembly",
            "properties": {"directoryName": f"assembly-{stage}"},
        }
        for stage in ("Development", "Production")
    }
    loaded = load(write(tmp_path, stages))
    assert loaded.accounts == ("111111111111", "333333333333")
    assert [(r.stack, r.account) for r in loaded.resources] == [
        ("Development-Data", "111111111111"),
        ("Production-Data", "333333333333"),
    ]
    assert loaded.assumptions == ()


def test_what_one_stack_exports_another_imports(tmp_path):
    exporter = {
        "Resources": {"Key": {"Type": "AWS::KMS::Key"}},
        "Outputs": {
            "KeyArn": {
                "Value": {"Fn::GetAtt": ["Key", "Arn"]},
                "Export": {"Name": {"Fn::Sub": "${AWS::StackName}:key"}},
            }
        },
    }
    importer = queue_named({"Fn::ImportValue": "Keys:key"})
    loaded = load(write(tmp_path, {"Keys": stack("a.json"), "Data": stack("b.json")}, a=exporter, b=importer))
    [key] = loaded.find_resources("Key")
    [queue] = loaded.find_resources("Queue")
    assert queue.properties["QueueName"] == key.arn


def test_an_export_of_another_account_or_region_is_not_imported(tmp_path):
    exporter = {"Resources": {}, "Outputs": {"X": {"Value": "x", "Export": {"Name": "shared"}}}}
    importer = queue_named({"Fn::ImportValue": "shared"})
    artifacts = {"A": stack("a.json"), "B": stack("b.json", "aws://222222222222/eu-west-1")}
    loaded = load(write(tmp_path, artifacts, a=exporter, b=importer))
    assert "the ARN of AWS::SQS::Queue Queue" in loaded.unresolved[0].expression


def test_exports_that_need_each_other_are_a_named_circle(tmp_path):
    def side(name: str, other: str) -> dict:
        value = {"Fn::ImportValue": other}
        resources = queue_named(value)["Resources"]
        return {"Resources": resources, "Outputs": {"O": {"Value": value, "Export": {"Name": name}}}}

    artifacts = {"A": stack("a.json"), "B": stack("b.json")}
    with pytest.raises(AccessError, match=r"cyclic reference: .*a\.json:O\.Value.*b\.json:O\.Value"):
        load(write(tmp_path, artifacts, a=side("one", "two"), b=side("two", "one")))


def test_an_export_whose_name_is_imported_is_a_named_circle(tmp_path):
    name = {"Fn::ImportValue": "x"}
    template = queue_named(name) | {"Outputs": {"O": {"Value": "v", "Export": {"Name": name}}}}
    with pytest.raises(AccessError, match="cyclic reference: the names of exports"):
        load(write(tmp_path, {"A": stack("a.json")}, a=template))


def test_a_nested_stack_is_found_by_its_asset_and_given_its_parameters(tmp_path):
    parent = {
        "Resources": {
            "Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "photos"}},
            "Nested": {
                "Type": "AWS::CloudFormation::Stack",
                "Properties": {
                    "TemplateURL": {"Fn::Sub": "https://s3.${AWS::URLSuffix}/assets/abc.json"},
                    "Parameters": {"Name": {"Ref": "Bucket"}},
                },
            },
            "Queue": {**QUEUE, "Properties": {"QueueName": {"Fn::GetAtt": ["Nested", "Outputs.Made"]}}},
        }
    }
    child = {
        "Parameters": {"Name": {"Type": "String"}},
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": {"Ref": "Name"}}}},
        "Outputs": {"Made": {"Value": {"Fn::GetAtt": ["Topic", "TopicName"]}}},
    }
    assets = {
        "files": {
            "abc": {
                "source": {"path": "child.json", "packaging": "file"},
                "destinations": {"d": {"objectKey": "abc.json"}},
            }
        }
    }
    artifacts = {
        "Parent": stack("parent.json"),
        "Parent.assets": {"type": "cdk:asset-manifest", "properties": {"file": "assets.json"}},
    }
    loaded = load(write(tmp_path, artifacts, parent=parent, child=child, assets=assets))
    assert loaded.find_resources("Topic")[0].arn == "arn:aws:sns:eu-west-1:111111111111:photos"
    assert loaded.find_resources("Queue")[0].arn == "arn:aws:sqs:eu-west-1:111111111111:photos"
    assert not loaded.unresolved


def test_a_stack_that_nests_itself_is_refused(tmp_path):
    template = {
        "Resources": {
            "Me": {
                "Type": "AWS::CloudFormation::Stack",
                "Properties": {"TemplateURL": "https://assets/me.json"},
            }
        }
    }
    asset = {
        "source": {"path": "a.json", "packaging": "file"},
        "destinations": {"d": {"objectKey": "me.json"}},
    }
    artifacts = {
        "A": stack("a.json"),
        "A.assets": {"type": "cdk:asset-manifest", "properties": {"file": "assets.json"}},
    }
    with pytest.raises(AccessError, match=r"a\.json:Me/.*the stack nests itself"):
        load(write(tmp_path, artifacts, a=template, assets={"files": {"me": asset}}))


def test_a_nested_stack_elsewhere_is_said(tmp_path):
    nested = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "https://elsewhere/x.json"}}
    loaded = load(write(tmp_path, {"A": stack("a.json")}, a={"Resources": {"N": nested}}))
    assert "a nested stack whose template is not in the set" in [gap.expression for gap in loaded.unresolved]


@pytest.mark.parametrize(
    ("template", "says"),
    [
        (
            {"Transform": "AWS::Serverless-2016-10-31", "Resources": {}},
            "the macro AWS::Serverless-2016-10-31",
        ),
        ({"Transform": [{"Name": "Mine"}], "Resources": {}}, "the macro Mine"),
        ({"Resources": {"Fn::ForEach::Each": ["X", ["a"], {}]}}, "Fn::ForEach::Each makes"),
        ({"Resources": {"Set": {"Type": "AWS::CloudFormation::StackSet"}}}, "StackSet Set deploys"),
        ({"Resources": {"Kit": {"Type": "Our::Kit::Role::MODULE"}}}, "MODULE Kit deploys"),
    ],
)
def test_what_only_cloudformation_expands_is_said(tmp_path, template, says):
    loaded = load(write(tmp_path, {"A": stack("a.json")}, a=template))
    assert says in loaded.unresolved[0].expression


def test_a_stack_that_does_not_say_where_it_goes_is_an_assumption_until_it_is_said(tmp_path):
    folder = write(
        tmp_path, {"A": stack("a.json", "aws://unknown-account/unknown-region")}, a=queue_named("q")
    )
    unknown = load(folder)
    assert [text.split(": ")[1] for text in unknown.assumptions] == [
        "the account is not known; taken as 000000000000",
        "the region is not known; taken as xx-unknown-1",
    ]
    told = load(folder, account="444444444444", region="us-east-1")
    assert told.assumptions == ()
    assert told.resources[0].arn == "arn:aws:sqs:us-east-1:444444444444:q"


def test_a_parameter_by_default_is_an_assumption_until_it_is_given(tmp_path):
    template = queue_named({"Ref": "Name"}) | {"Parameters": {"Name": {"Type": "String", "Default": "d"}}}
    folder = write(tmp_path, {"A": stack("a.json")}, a=template)
    assert "parameter Name has its default value" in load(folder).assumptions[0]
    given = load(folder, parameters={"Name": "g"})
    assert (given.assumptions, given.resources[0].arn.rsplit(":")[-1]) == ((), "g")


def test_a_folder_gives_its_templates_and_names_what_it_left_out(tmp_path):
    (tmp_path / "a.yaml").write_text("Resources: {Queue: {Type: 'AWS::SQS::Queue'}}\n")
    (tmp_path / "package.json").write_text('{"name": "x"}')
    (tmp_path / "README.md").write_text("not read")
    loaded = load(tmp_path, account="111111111111", region="eu-west-1")
    assert [resource.stack for resource in loaded.resources] == ["a"]
    assert loaded.assumptions == (f"{tmp_path / 'package.json'}: no template, ignored",)


@pytest.mark.parametrize(
    ("artifacts", "says"),
    [
        ([], "artifacts"),
        ({"A": []}, "an artifact"),
        ({"A": {"type": "aws:cloudformation:stack"}}, "properties"),
        ({"A": stack("absent.json")}, "does not exist"),
        ({"A": stack("../outside.json")}, "a path outside the assembly"),
        ({"A": stack("a.json", "nonsense")}, "aws://account/region"),
        ({"A": stack("a.json", parameters=["x"])}, "a mapping"),
        ({"A": {"type": "cdk:cloud-assembly", "properties": {"directoryName": "."}}}, "nested too deep"),
        (
            {"A": {"type": "cdk:cloud-assembly", "properties": {"directoryName": "absent"}}},
            "does not exist",
        ),
        ({}, "no CloudFormation template"),
    ],
)
def test_a_malformed_manifest_is_one_clear_error(tmp_path, artifacts, says):
    folder = write(tmp_path / "cdk.out", artifacts, a={"Resources": {}})
    (tmp_path / "outside.json").write_text('{"Resources": {}}')
    with pytest.raises(AccessError, match=r"cdk\.out") as caught:
        load(folder)
    assert says in str(caught.value)


def test_nothing_to_load_is_an_error_and_no_empty_environment(tmp_path):
    for paths in ((), (tmp_path,), (tmp_path / "absent.json",)):
        with pytest.raises(AccessError):
            load(*paths)


def test_an_account_that_is_none_is_refused(tmp_path):
    with pytest.raises(AccessError, match="12 digits"):
        load(tmp_path, account="prod")
