"""A small picture service, as a template that each test may alter before it is loaded."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from access.claims import Group, everyone
from access.environment import Environment
from access.load import load

ACCOUNT, REGION = "111111111111", "eu-west-1"
BUCKET = "arn:aws:s3:::pictures"
TABLE = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/Grants"
USER = "${aws:PrincipalTag/user}"


def _allow(
    action: Any, resource: Any, condition: dict[str, Any] | None = None, **more: Any
) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more,
            **({"Condition": condition} if condition else {})}  # fmt: skip


def _document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def _role(name: str, trusted: dict[str, Any], *statements: dict[str, Any], **more: Any) -> dict[str, Any]:
    action = "sts:AssumeRoleWithWebIdentity" if "Federated" in trusted else "sts:AssumeRole"
    trust = {"Effect": "Allow", "Action": action, "Principal": trusted, **more}
    policies = [{"PolicyName": "inline", "PolicyDocument": _document(*statements)}] if statements else []
    return {"Type": "AWS::IAM::Role", "Properties": {
        "RoleName": name, "AssumeRolePolicyDocument": _document(trust), "Policies": policies}}  # fmt: skip


def picture_service() -> dict[str, Any]:
    """A user's session reaches only the user's own rows, objects and wraps; a function reaches nothing."""
    return {
        "UserData": _role(
            "UserData",
            {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/id.example"},
            _allow("s3:PutObject", f"{BUCKET}/{USER}/*"),
            _allow("dynamodb:PutItem", TABLE,
                   {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": f"{USER}|*"},
                    "Null": {"dynamodb:LeadingKeys": "false"}}),
            _allow("kms:Decrypt", {"Fn::GetAtt": ["PictureKey", "Arn"]},
                   {"StringEquals": {"kms:EncryptionContext:reader": USER}}),
        ),
        "Function": _role(
            "Function", {"Service": "lambda.amazonaws.com"}, _allow("logs:PutLogEvents", "arn:aws:logs:*:*:*")
        ),
        "Administrator": _role(
            "Administrator", {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, _allow("s3:*", "*"),
            Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}},
        ),
        "Employee": {"Type": "AWS::IAM::User", "Properties": {"UserName": "employee", "Policies": [
            {"PolicyName": "inline", "PolicyDocument": _document(
                _allow("sts:AssumeRole", f"arn:aws:iam::{ACCOUNT}:role/Administrator"))}]}},
        "PictureKey": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": _document(
            {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "kms:Decrypt", "Resource": "*",
             "Condition": {"ArnEquals": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/UserData"}}})}},
        "Pictures": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "pictures"}},
        "Grants": {"Type": "AWS::DynamoDB::Table", "Properties": {"TableName": "Grants"}},
        "PicturesPolicy": {"Type": "AWS::S3::BucketPolicy", "Properties": {
            "Bucket": {"Ref": "Pictures"},
            "PolicyDocument": _document({
                "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": [BUCKET, f"{BUCKET}/*"],
                "Condition": {"Bool": {"aws:SecureTransport": "false"}}})}},
    }  # fmt: skip


@pytest.fixture
def service() -> dict[str, Any]:
    """The template's resources, free to alter."""
    return copy.deepcopy(picture_service())


@pytest.fixture
def loaded(tmp_path: Path) -> Callable[[dict[str, Any]], Environment]:
    """Load a template's resources into account 111111111111."""

    def load_resources(resources: dict[str, Any]) -> Environment:
        path = tmp_path / "service.json"
        path.write_text(json.dumps({"Resources": resources}))
        return load(path, account=ACCOUNT, region=REGION)

    return load_resources


@pytest.fixture
def role_of() -> Callable[[Environment, str], Group]:
    """The group of one named principal."""

    def find(environment: Environment, name: str) -> Group:
        group = everyone(environment).where(lambda p: p.place.logical_id == name, name)
        assert len(group.principals) == 1, name
        return group

    return find
