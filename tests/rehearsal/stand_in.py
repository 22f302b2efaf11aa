"""The account before the first stack: a person who may do everything, and the bootstrap stack.

The bootstrap here is a stand-in with the names of the real one and every permission: it makes what the
assembly says must exist. What its execution roles may do is decided by `access.evaluate` all the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from access.environment import Principal
from access.language.policy import parse_policy
from access.place import Place
from access.request import Caller
from tests.rehearsal.account import Account
from tests.rehearsal.cloud_formation import Asker, CloudFormation
from tests.rehearsal.deployer import Artifact, Deployer
from tests.rehearsal.naming import Home

ENVIRONMENT = "development"
HOME = Home("111111111111", "eu-west-1")
BOOTSTRAP = "CDKToolkit"
QUALIFIER = "soulpicks"
EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}

_FIRST = f"arn:aws:iam::{HOME.account}:role/first-deployer"
PERSON = Asker(
    caller=Caller.session(_FIRST, "ops"),
    context={"aws:MultiFactorAuthPresent": ("true",), "aws:MultiFactorAuthAge": ("60",)},
)


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    """A policy document."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def empty_account() -> CloudFormation:
    """An account in which nothing was made yet, and one person of which may do everything."""
    place = Place("the account before it was bootstrapped")
    allowed = parse_policy(policy(EVERYTHING), place=place, kind="identity", name="everything")
    first = Principal(
        kind="role", arn=_FIRST, account=HOME.account, name="first-deployer", identity=(allowed,), place=place
    )
    return CloudFormation(account=Account(home=HOME, people=(first,)))


def bootstrap_template(stacks: Iterable[Artifact]) -> dict[str, Any]:
    """Every role that the stacks are deployed with, the bucket, and the version."""
    resources: dict[str, Any] = {}
    for index, role in enumerate(sorted({stack.role for stack in stacks})):
        resources[f"ExecutionRole{index}"] = _role(role.rpartition("/")[2], "cloudformation.amazonaws.com")
    end = f"{HOME.account}-{HOME.region}"
    for kind in ("deploy", "file-publishing", "lookup"):
        resources[f"Role{kind.replace('-', '')}"] = _role(f"cdk-{QUALIFIER}-{kind}-role-{end}", "")
    resources["StagingBucket"] = {
        "Type": "AWS::S3::Bucket",
        "Properties": {"BucketName": f"cdk-{QUALIFIER}-assets-{end}"},
    }
    resources["Version"] = {
        "Type": "AWS::SSM::Parameter",
        "Properties": {"Type": "String", "Name": f"/cdk-bootstrap/{QUALIFIER}/version", "Value": "30"},
    }
    outputs = {
        "BucketName": {"Value": {"Ref": "StagingBucket"}},
        "BucketDomainName": {"Value": {"Fn::GetAtt": ["StagingBucket", "RegionalDomainName"]}},
        "BootstrapVersion": {"Value": {"Fn::GetAtt": ["Version", "Value"]}},
    }
    return {"Resources": resources, "Outputs": outputs}


def _role(name: str, service: str) -> dict[str, Any]:
    principal = {"Service": service} if service else {"AWS": _FIRST}
    trust = policy({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"})
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "RoleName": name,
            "AssumeRolePolicyDocument": trust,
            "Policies": [{"PolicyName": "Everything", "PolicyDocument": policy(dict(EVERYTHING))}],
        },
    }


def bootstrapped(stacks: Iterable[Artifact]) -> Deployer:
    """An account after `cdk bootstrap`."""
    deployer = Deployer(cloud=empty_account(), asker=PERSON)
    deployer.deploy(Artifact(name=BOOTSTRAP, body=bootstrap_template(stacks)))
    return deployer
