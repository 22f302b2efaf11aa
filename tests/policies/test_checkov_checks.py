"""The adapter closes the ways in which Checkov fails open; each test opens one of them on purpose."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from checkov.cloudformation.checks.resource.registry import cfn_registry
from checkov.common.models.enums import CheckResult

from policies import catalogue
from policies.checkov_scan import ADAPTER, loaded_ids, scan
from policies.rule import CataloguedRule
from policies.verdict import cannot_tell

ROOT = Path(__file__).parents[2]
KEY = {"Type": "AWS::KMS::Key", "Properties": {"EnableKeyRotation": True}}


@pytest.fixture
def written(tmp_path):
    def write(resources, name="stack.template.json", **sections):
        (tmp_path / name).write_text(json.dumps({**sections, "Resources": resources}, indent=1))
        return tmp_path

    return write


@pytest.fixture
def registered(checkov_on_examples):
    """A check of ours as Checkov calls it."""
    return cfn_registry.get_check_by_id("SP_KMS_1")


def failed(folder):
    return {(r.check, r.logical_id) for r in scan(folder).failed() if r.check.startswith("SP_")}


def test_checkov_loads_exactly_the_rules_of_the_catalogue(checkov_on_examples):
    catalogued = {entry.rule.id for entry in catalogue.rules()}
    assert loaded_ids() == catalogued | {"SP_CHECKOV_1"}


def test_checkov_was_offered_every_resource_of_every_example(examples, checkov_on_examples):
    from policies.assembly import Assembly

    on_disk = {
        (path, resource.logical_id)
        for path in examples.iterdir()
        for resource in Assembly.of_file(path).resources
    }
    assert on_disk == checkov_on_examples.offered
    assert checkov_on_examples.unparsed == ()


def test_a_rule_that_crashes_fails_the_resource(registered, written, monkeypatch):
    def crash(resource):
        raise ZeroDivisionError("a defect of the rule")

    monkeypatch.setattr(registered, "rule", CataloguedRule(registered.rule.stem, registered.rule.rule, crash))
    assert ("SP_KMS_1", "Key") in failed(written({"Key": KEY}))


def test_a_rule_that_cannot_tell_fails_the_resource(registered, written, monkeypatch):
    undecided = CataloguedRule(
        registered.rule.stem, registered.rule.rule, lambda _: cannot_tell("not settled")
    )
    monkeypatch.setattr(registered, "rule", undecided)
    assert ("SP_KMS_1", "Key") in failed(written({"Key": KEY}))


def test_a_template_that_cannot_be_read_again_fails_the_resource(registered):
    gone = {"Type": "AWS::KMS::Key", "Properties": {"__file__": "/nowhere/stack.template.json"}}
    verdict = registered.run("/stack.template.json", gone, "Key", "AWS::KMS::Key", {})
    assert verdict["result"] is CheckResult.FAILED


def test_the_default_of_a_parameter_is_not_taken_for_its_value(written):
    folder = written(
        {"Key": {"Type": "AWS::KMS::Key", "Properties": {"EnableKeyRotation": {"Ref": "Rotate"}}}},
        Parameters={"Rotate": {"Type": "String", "Default": "true"}},
    )
    assert ("SP_KMS_1", "Key") in failed(folder)


def test_a_conditional_resource_that_checkov_passes_over_is_reported(written):
    folder = written(
        {"First": KEY, "Hidden": {"Type": "AWS::KMS::Key", "Condition": "Never", "Properties": {}}},
        Parameters={"Stage": {"Type": "String", "Default": "no"}},
        Conditions={"Never": {"Fn::Equals": [{"Ref": "Stage"}, "yes"]}},
    )
    result = scan(folder)
    assert (folder / "stack.template.json", "Hidden") not in result.offered
    assert ("SP_CHECKOV_1", "First") in {(r.check, r.logical_id) for r in result.failed()}


def test_a_resource_without_properties_is_judged(written):
    assert ("SP_S3_1", "Bucket") in failed(written({"Bucket": {"Type": "AWS::S3::Bucket"}}))


def test_a_key_of_the_neighbouring_stack_is_recognised(written):
    written({"Key": KEY}, "keys.template.json", Outputs={
        "Arn": {"Value": {"Fn::GetAtt": ["Key", "Arn"]}, "Export": {"Name": "keys:Arn"}}
    })  # fmt: skip
    folder = written(
        {
            "Ours": log_group({"Fn::ImportValue": "keys:Arn"}),
            "Theirs": log_group({"Fn::ImportValue": "x:Arn"}),
        },
        "data.template.json",
    )
    results = scan(folder).results("SP_LOGS_1", folder / "data.template.json")
    assert results == {"Ours": "PASSED", "Theirs": "FAILED"}


def log_group(key):
    return {"Type": "AWS::Logs::LogGroup", "Properties": {"RetentionInDays": 30, "KmsKeyId": key}}


def test_rules_that_do_not_import_fail_every_resource(written, tmp_path):
    """The adapter is copied beside a package named policies that cannot be imported."""
    home = tmp_path / "broken"
    shutil.copytree(ADAPTER, home / "checks")
    (home / "policies").mkdir()
    (home / "policies" / "__init__.py").write_text("raise RuntimeError('half installed')\n")
    folder = written({"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "q"}}})
    run = checkov("-f", str(folder / "stack.template.json"), "--external-checks-dir", str(home / "checks"),
                  path=home)  # fmt: skip
    assert run.returncode == 1, run.stdout + run.stderr
    assert "SP_CHECKOV_2" in run.stdout
    assert "half installed" in run.stdout


def test_the_command_works_as_typed_from_the_root_of_the_repository(written):
    folder = written({"Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "b"}}})
    run = checkov("-d", str(folder), "--external-checks-dir", "policies/checkov_checks")
    assert run.returncode == 1, run.stdout + run.stderr
    assert "SP_S3_1" in run.stdout


def checkov(*arguments, path=None):
    """The command line of this virtual environment; offline, and with PYTHONPATH only when asked for."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    environment |= {"PYTHONPATH": str(path)} if path else {}
    command = [str(Path(sys.executable).with_name("checkov")), *arguments, "--framework", "cloudformation"]
    command += ["--skip-download", "--quiet", "--compact"]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
