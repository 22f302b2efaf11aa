"""One moto backend for each test, and an assembly small enough to read."""

import json
from pathlib import Path

import pytest

from local_cloud.backend import Backend
from local_cloud.gate.sessions import Role, Sessions

ACCOUNT, REGION = "111111111111", "eu-west-1"


@pytest.fixture
def backend() -> Backend:
    from moto.moto_api._internal.models import moto_api_backend

    moto_api_backend.reset()
    return Backend(account=ACCOUNT, region=REGION)


@pytest.fixture
def sessions() -> Sessions:
    return Sessions(ACCOUNT)


@pytest.fixture
def user_data() -> Role:
    return Role(
        name="UserData", arn=f"arn:aws:iam::{ACCOUNT}:role/UserData", unique_id="AROAEXAMPLE", trust={}
    )


@pytest.fixture
def small_template() -> dict:
    """A whole environment in one template: an API, its authorizer, a function, a role, a provider."""
    return json.loads(Path(__file__).with_name("small.template.json").read_text())


@pytest.fixture
def write_assembly(tmp_path):
    """Write templates as the nested assembly of a stage called Development."""

    def write(**templates: dict) -> Path:
        directory = tmp_path / "cdk.out"
        stage = directory / "assembly-Development"
        stage.mkdir(parents=True)
        outer = {
            "assembly-Development": {
                "type": "cdk:cloud-assembly",
                "properties": {"directoryName": stage.name},
            }
        }
        (directory / "manifest.json").write_text(json.dumps({"artifacts": outer}))
        inner = {}
        for name, template in templates.items():
            (stage / f"{name}.template.json").write_text(json.dumps(template))
            inner[name] = {
                "type": "aws:cloudformation:stack",
                "environment": f"aws://{ACCOUNT}/{REGION}",
                "properties": {"templateFile": f"{name}.template.json", "stackName": f"Small-{name}"},
            }
        (stage / "manifest.json").write_text(json.dumps({"artifacts": inner}))
        return directory

    return write
