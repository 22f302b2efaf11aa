"""Starts the real code on this machine, as it is or weakened on purpose."""

from __future__ import annotations

import shutil
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from local_cloud.client import LocalCloud
from local_cloud.expected import Refusal

ROOT = Path(__file__).parents[1]

# Each is appended to a module of a copy of the functions, as a careless or a malicious change would be.
SABOTAGES = {
    "lambdas/pictures/handler.py": '''
_handle = handle


def handle(event, context):
    """Act with the own role (ENV-4), log what was sent (AUT-3), let browsers leave TLS (ENC-1)."""
    import os

    import boto3

    key = {"owner": {"S": "alice"}, "picture": {"S": "hers"}}
    boto3.client("dynamodb").get_item(TableName=os.environ["PICTURES_TABLE"], Key=key)
    print("request headers:", {k.lower(): v for k, v in event["headers"].items()})
    answer = _handle(event, context)
    del answer["multiValueHeaders"]["Strict-Transport-Security"]
    return answer
''',
    "lambdas/pictures/uploads.py": '''
_new_data_key, _first = new_data_key, []


def new_data_key(kms, *, key_arn, context):
    """Use the first data key for every picture (ENC-5), and log it (ENC-7)."""
    data_key, wrap = _new_data_key(kms, key_arn=key_arn, context=context)
    _first.append(data_key)
    print("data key:", _first[0]._octets.hex())
    return _first[0], wrap
''',
    "lambdas/pictures/people.py": '''
_signed_in, _first = People.signed_in, []


def _mistake(self, authorization, user):
    """Take everybody for whoever came first (ISO-3)."""
    person = _signed_in(self, authorization, user)
    _first.append(person)
    return _first[0]


People.signed_in = _mistake
''',
    "lambdas/authorize/handler.py": '''


def verified_user(token, *, expected, keys, now):
    """Believe what a token says, whoever signed it (AUT-2)."""
    import base64
    import json

    return json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))["sub"].replace("|", ":")
''',
}

# What those sabotages ask of AWS, and what its policies must refuse.
REFUSED = (
    Refusal(
        operation="dynamodb:GetItem",
        principal="arn:aws:sts::*:assumed-role/*PicturesRole*",
        why="a function has no permission on data of its own",
    ),
    Refusal(
        operation="sts:AssumeRoleWithWebIdentity",
        principal="anonymous",
        why="STS does not believe a forged token",
        occurs=False,
    ),
)


class Running:
    """A running environment with what the attacks need beside the client: the provider's public keys."""

    def __init__(self, cloud: LocalCloud) -> None:
        self._cloud = cloud

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cloud, name)

    def shows_data_keys(self) -> bool:
        """Whether it was started for proofs; `soulpicks up` never shows what KMS draws."""
        try:
            self._cloud.data_keys()
        except httpx.HTTPStatusError:
            return False
        return True

    def key_set(self) -> dict[str, Any]:
        """What the provider publishes at its well-known address."""
        trust = ssl.create_default_context(cafile=self._cloud.state.authority)
        address = f"{self._cloud.state.issuer_url}/.well-known/jwks.json"
        answer = httpx.get(address, verify=trust, trust_env=False).raise_for_status()
        return dict(answer.json())


@contextmanager
def started(
    assembly: Path, function_root: Path = ROOT, refused: tuple[Refusal, ...] = ()
) -> Iterator[Running]:
    """The development environment of this assembly, with the data keys that KMS draws in the open.

    refused: the calls that the code makes there, and that AWS must refuse.
    """
    with LocalCloud(
        assembly=assembly, function_root=function_root, tap_data_keys=True, refused=refused
    ) as cloud:
        yield Running(cloud)


def sabotaged(folder: Path) -> Path:
    """A copy of the functions' code with every sabotage in it; a place for `function_root`."""
    shutil.copytree(ROOT / "lambdas", folder / "lambdas", ignore=shutil.ignore_patterns("__pycache__"))
    for file, lines in SABOTAGES.items():
        with (folder / file).open("a") as module:
            module.write(lines)
    return folder
