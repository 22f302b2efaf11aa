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


@pytest.fixture(scope="module")
def small_template() -> dict:
    """A whole environment in one template: an API, its authorizer, a function, a role, a provider."""
    return json.loads(Path(__file__).with_name("small.template.json").read_text())


def write_environment(directory: Path, templates: dict[str, dict], region: str = REGION) -> Path:
    """Write templates as an assembly whose stacks are those of development."""
    directory.mkdir(parents=True)
    artifacts = {}
    for name, template in templates.items():
        (directory / f"{name}.template.json").write_text(json.dumps(template))
        artifacts[name] = {
            "type": "aws:cloudformation:stack",
            "environment": f"aws://{ACCOUNT}/{region}",
            "properties": {
                "templateFile": f"{name}.template.json",
                "stackName": f"Small-{name}",
                "tags": {"soulpicks:environment": "development"},
            },
        }
    (directory / "manifest.json").write_text(json.dumps({"artifacts": artifacts}))
    return directory


@pytest.fixture
def write_assembly(tmp_path):
    return lambda region=REGION, **templates: write_environment(tmp_path / "cdk.out", templates, region)


@pytest.fixture(scope="module")
def small_assembly(tmp_path_factory, small_template) -> Path:
    return write_environment(tmp_path_factory.mktemp("small") / "cdk.out", {"Small": small_template})
