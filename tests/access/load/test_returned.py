"""Templates are read with the names that a deployment gave, and another deployment is refused."""

import json

import pytest

from access.errors import AccessError
from access.load import load

ACCOUNT, REGION = "111111111111", "eu-west-1"
TEMPLATE = {
    "Resources": {
        "Bucket": {"Type": "AWS::S3::Bucket", "Properties": {}},
        "Key": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": {"Statement": []}}},
    }
}
KEY_ID = "0ab8dd63-34e2-41df-8830-35cb1a67d4c5"
KEY_ARN = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{KEY_ID}"


@pytest.fixture
def read(tmp_path):
    file = tmp_path / "Small.template.json"
    file.write_text(json.dumps(TEMPLATE))
    return lambda returned: load(file, account=ACCOUNT, region=REGION, returned=returned)


def test_resources_are_called_as_the_deployment_called_them(read):
    environment = read(
        {
            ("Small", "Bucket"): {"Ref": "pictures-1", "Arn": "arn:aws:s3:::pictures-1"},
            ("Small", "Key"): {"Ref": KEY_ID, "Arn": KEY_ARN},
        }
    )
    assert {"arn:aws:s3:::pictures-1", KEY_ARN} <= {resource.arn for resource in environment.resources}


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        ({("Small", "Other"): {"Ref": "x"}}, "has Small.Other, which no stack of the set makes"),
        (
            {("Small", "Bucket"): {"Ref": "pictures-1", "Arn": "arn:aws:s3:::other"}},
            "the deployment gave the ARN arn:aws:s3:::other, the template says arn:aws:s3:::pictures-1",
        ),
    ],
    ids=["a resource that no template makes", "an ARN that is not of the name"],
)
def test_another_deployment_is_refused(read, returned, message):
    with pytest.raises(AccessError, match=message):
        read(returned)
