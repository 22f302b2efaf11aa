"""Templates made on the spot, so that each test shows the whole of what it loads."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from access.environment import Environment
from access.load import load

ACCOUNT, REGION = "111111111111", "eu-west-1"


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write one template as JSON; sections by keyword, `Resources` first."""

    def write_template(resources: dict[str, Any], *, name: str = "stack.json", **sections: Any) -> Path:
        path = tmp_path / name
        path.write_text(json.dumps({**sections, "Resources": resources}))
        return path

    return write_template


@pytest.fixture
def environment(write: Callable[..., Path]) -> Callable[..., Environment]:
    """Load one template into account 111111111111, region eu-west-1."""

    def load_template(resources: dict[str, Any], **sections: Any) -> Environment:
        return load(write(resources, **sections), account=ACCOUNT, region=REGION)

    return load_template


@pytest.fixture
def resolved(environment: Callable[..., Environment], trust: dict[str, Any]) -> Callable[..., Any]:
    """Resolve one value in a stack that has a role `Role`, a bucket `Bucket` and the given sections."""

    def resolve_value(value: Any, **sections: Any) -> Any:
        extra = sections.pop("Resources", {})
        resources = {
            "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": trust}},
            "Bucket": {"Type": "AWS::S3::Bucket"},
            "Probe": {"Type": "AWS::SQS::Queue", "Properties": {"Probed": value}},
            **extra,
        }
        loaded = environment(resources, **sections)
        [probe] = loaded.find_resources("Probe")
        return probe.properties.get("Probed")

    return resolve_value


@pytest.fixture
def trust() -> dict[str, Any]:
    """A trust policy for Lambda."""
    return policy(Action="sts:AssumeRole", Principal={"Service": "lambda.amazonaws.com"})


@pytest.fixture
def statement() -> Callable[..., dict[str, Any]]:
    """A policy of one statement, Allow unless said otherwise."""
    return policy


def policy(**elements: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **elements}]}
