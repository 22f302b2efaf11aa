import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from stacks.lambda_asset import ROOT
from stacks.settings import ENVIRONMENTS, EnvironmentSettings
from stacks.synthesis import synthesize

CDK_ENVIRONMENT = {
    **os.environ,
    "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    "CDK_DISABLE_VERSION_CHECK": "1",
    "CDK_DISABLE_CLI_TELEMETRY": "1",
    "CI": "true",
}
STACKS = ["StorageKeys", "Network", "PictureKeys", "Data", "Api", "Operations"]


def files(assembly: Path) -> dict[str, bytes]:
    found = {path.relative_to(assembly).as_posix(): path for path in assembly.rglob("*.template.json")}
    return {name: path.read_bytes() for name, path in sorted(found.items())}


def deployments(assembly: Path, environment: str) -> dict[str, dict[str, Any]]:
    """How each stack of an environment is deployed, by the stack's name."""
    artifacts = json.loads((assembly / "manifest.json").read_text())["artifacts"].values()
    stacks = {one["displayName"]: one["properties"] for one in artifacts if "displayName" in one}
    ours = f"{environment.capitalize()}/"
    return {name.removeprefix(ours): one for name, one in stacks.items() if name.startswith(ours)}


def without_its_settings(text: str, environment: EnvironmentSettings) -> str:
    values = [environment.issuer_host, environment.audience, *environment.client_ids]
    values += [
        environment.account,
        environment.hosted_zone_id,
        environment.name,
        environment.name.capitalize(),
    ]
    for value in sorted(values, key=len, reverse=True):
        text = text.replace(value, "SETTING")
    # The fingerprint of an API is made from what is in it, and that names its environment.
    return re.sub(r"(PictureApiDeployment[0-9A-F]{8})[0-9a-f]{16}", r"\1", text)


def test_synthesizing_twice_gives_the_same_bytes(settings, assembly, tmp_path):
    again = files(synthesize(settings, tmp_path))
    assert len(again) == len(ENVIRONMENTS) * (len(STACKS) + 1)  # and its account's bootstrap
    assert again == files(assembly)


def test_the_command_line_writes_the_same_bytes(assembly, tmp_path):
    """What the checks judge in this process is what `cdk deploy` deploys."""
    cdk_cli = ROOT / "node_modules" / ".bin" / "cdk"
    command = [cdk_cli, "synth", "--quiet", "--no-notices", "--output", tmp_path]
    done = subprocess.run(command, cwd=ROOT, env=CDK_ENVIRONMENT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert files(tmp_path) == files(assembly)


def test_every_environment_has_the_same_stacks_in_the_order_of_deployment(templates):
    for name in ENVIRONMENTS:
        assert [one.stack for one in templates if one.environment == name] == ["Bootstrap", *STACKS]


def test_the_environments_differ_only_by_their_own_settings(settings, templates):
    bodies = {
        environment.name: {
            one.stack: without_its_settings(json.dumps(one.body, indent=1), environment)
            for one in templates
            if one.environment == environment.name
        }
        for environment in settings.environments
    }
    # One difference is decided: the lock of production's vault is final.
    (final,) = re.findall(r'\n *"ChangeableForDays": 3,', bodies["production"]["Data"])
    bodies["production"]["Data"] = bodies["production"]["Data"].replace(final, "")
    assert bodies["development"] == bodies["staging"] == bodies["production"]


def test_an_app_can_be_weakened_on_purpose_before_it_is_written(settings, assembly, tmp_path):
    def no_rotation(app: cdk.App) -> None:
        for construct in app.node.find_all():
            if getattr(construct, "cfn_resource_type", None) == "AWS::KMS::Key":
                construct.enable_key_rotation = False

    weakened = files(synthesize(settings, tmp_path, mutate=no_rotation))
    changed = {name for name, body in files(assembly).items() if weakened[name] != body}
    assert len(changed) == 3 * len(ENVIRONMENTS)
    assert all("Keys" in name or name.startswith("Bootstrap") for name in changed), changed


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_a_first_deployment_that_failed_can_be_repeated(assembly, environment):
    """The CDK's command line first deletes such a stack, which termination protection would forbid.

    docs/decisions/0017a-a-first-deployment-can-be-repeated.md
    """
    for stack, deployment in deployments(assembly, environment).items():
        assert not deployment.get("terminationProtection"), stack


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_each_key_stack_is_deployed_by_an_administrator_of_its_own(assembly, environment):
    roles = {
        stack: deployment["cloudFormationExecutionRoleArn"].rpartition("/")[2]
        for stack, deployment in deployments(assembly, environment).items()
    }
    assert roles["StorageKeys"] == "soulpicks-bootstrap-eu-west-1-StorageKeyAdministrator"
    assert roles["PictureKeys"] == "soulpicks-bootstrap-eu-west-1-PictureKeyAdministrator"
    others = {role for stack, role in roles.items() if not stack.endswith("Keys")}
    assert len(others) == 1
    assert others.isdisjoint({roles["StorageKeys"], roles["PictureKeys"]})


def test_every_stack_stands_where_the_cdk_looks_for_it(assembly):
    """`cdk diff` and `cdk deploy --all` look at the stacks of the app itself, and at no CDK stage within."""
    artifacts = json.loads((assembly / "manifest.json").read_text())["artifacts"].values()
    found = [one["displayName"] for one in artifacts if one["type"] == "aws:cloudformation:stack"]
    bootstraps = [f"Bootstrap/{name.capitalize()}" for name in ENVIRONMENTS]
    stacks = [f"{name.capitalize()}/{stack}" for name in ENVIRONMENTS for stack in STACKS]
    assert sorted(found) == sorted([*bootstraps, *stacks])
    assert [one for one in found if one not in bootstraps] == stacks
    assert not [one for one in artifacts if one["type"] == "cdk:cloud-assembly"]
