"""Two versions of one template, and what the change between them means."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from access.compare import Comparison, compare
from access.load import load

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}


@pytest.fixture
def save(tmp_path: Path) -> Callable[..., Path]:
    """Write one version of the template into a folder of its own."""

    def write(version: str, resources: dict[str, Any], **sections: Any) -> Path:
        folder = tmp_path / version
        folder.mkdir()
        path = folder / "stack.json"
        path.write_text(json.dumps({**sections, "Resources": resources}))
        return path

    return write


@pytest.fixture
def change(save: Callable[..., Path]) -> Callable[..., Comparison]:
    """Compare two versions of the resources, in account 111111111111."""

    def compared(before: dict[str, Any], after: dict[str, Any], **sections: Any) -> Comparison:
        old, new = (
            load(save(name, found, **sections), account="111111111111", region="eu-west-1", relative=True)
            for name, found in (("before", before), ("after", after))
        )
        return compare(old, new)

    return compared


@pytest.fixture
def role() -> Callable[..., dict[str, Any]]:
    """A role with the given statements as its only policy."""

    def make(*statements: dict[str, Any], **properties: Any) -> dict[str, Any]:
        document = {"Version": "2012-10-17", "Statement": list(statements)}
        policies = [{"PolicyName": "p", "PolicyDocument": document}] if statements else []
        return {
            "Type": "AWS::IAM::Role",
            "Properties": {"AssumeRolePolicyDocument": TRUST, "Policies": policies, **properties},
        }

    return make


@pytest.fixture
def allow() -> Callable[..., dict[str, Any]]:
    """An Allow statement."""

    def make(action: str | list[str], resource: Any = "*", **more: Any) -> dict[str, Any]:
        return {"Effect": "Allow", "Action": action, "Resource": resource, **more}

    return make
