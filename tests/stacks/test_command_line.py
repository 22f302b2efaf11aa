"""The CDK's own command line finds every stack, by the names that a person types."""

import json
import os
import subprocess
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

from stacks.lambda_asset import ROOT

ENVIRONMENT = "Development"
STACKS = ("StorageKeys", "Network", "PictureKeys", "Data", "Api", "Operations")


@pytest.fixture(scope="module")
def account(settings):
    """An empty account, except that it has a bootstrap; only STS, SSM and CloudFormation are asked."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    variables = {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "nobody",
        "AWS_SECRET_ACCESS_KEY": "nothing",
        "AWS_REGION": settings.region,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    own = next(one.account for one in settings.environments if one.name == ENVIRONMENT.lower())
    endpoint = {"endpoint_url": variables["AWS_ENDPOINT_URL"], "region_name": settings.region}
    keys = {"aws_access_key_id": "nobody", "aws_secret_access_key": "nothing"}
    session = boto3.client("sts", **endpoint, **keys).assume_role(
        RoleArn=f"arn:aws:iam::{own}:role/Bootstrap", RoleSessionName="bootstrap"
    )["Credentials"]
    ssm = boto3.client(
        "ssm",
        **endpoint,
        aws_access_key_id=session["AccessKeyId"],
        aws_secret_access_key=session["SecretAccessKey"],
        aws_session_token=session["SessionToken"],
    )
    ssm.put_parameter(Name="/cdk-bootstrap/soulpicks/version", Value="33", Type="String")
    yield variables
    server.stop()


def cdk(assembly: Path, *words: str, variables: dict[str, str] | None = None) -> str:
    command = [str(ROOT / "node_modules" / ".bin" / "cdk"), *words, "--app", str(assembly), "--no-color"]
    environment = {**os.environ, **(variables or {})}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def test_cdk_ls_names_every_stack_in_the_order_of_its_deployment(assembly):
    listed = [line.split()[0] for line in cdk(assembly, "ls").splitlines() if "/" in line]
    manifest = json.loads((assembly / "manifest.json").read_text())["artifacts"].values()
    assert sorted(listed) == sorted(
        one["displayName"] for one in manifest if one["type"] == "aws:cloudformation:stack"
    )
    assert [one for one in listed if one.startswith(ENVIRONMENT)] == [f"{ENVIRONMENT}/{s}" for s in STACKS]


def test_cdk_diff_compares_every_stack_of_an_environment(assembly, account):
    said = cdk(assembly, "diff", f"{ENVIRONMENT}/*", "--method=template", variables=account)
    for stack in STACKS:
        assert f"Stack {ENVIRONMENT}/{stack} (Soulpicks-{ENVIRONMENT}-{stack})" in said
    assert "Number of stacks with differences: 6" in said
    assert "Has the environment been bootstrapped" not in said
