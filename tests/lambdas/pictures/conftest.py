"""One environment in moto, with the function in front of it as API Gateway would call it."""

import base64
import io
import json
import logging
import os
import struct
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import boto3
import pytest
from moto import mock_aws

from lambdas.pictures import handler
from lambdas.pictures.log import logger

REGION = "eu-west-1"
ALICE, BOB = "email:a11ce0000000000000000001", "email:b0b000000000000000000002"
ORIGIN = "https://pictures.soulpicks.example"
ROLE = "arn:aws:iam::123456789012:role/soulpicks-development-UserData"

# One for all tests: it keeps the services' models, which take longer to read than a test takes.
SESSION = boto3.Session(aws_access_key_id="testing", aws_secret_access_key="testing", region_name=REGION)


def picture(width: int = 640, height: int = 480, *, filling: bytes = b"") -> bytes:
    """A PNG of one colour; `filling` lies in it as a text chunk."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = zlib.compress(b"".join(b"\0" + b"\x80" * width for _ in range(height)))
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)),
            chunk(b"tEXt", b"Comment\0" + filling),
            chunk(b"IDAT", rows),
            chunk(b"IEND", b""),
        )
    )


def token_of(user: str, *, expires_in: float = 3600, serial: int = 0) -> str:
    """A token as far as the function itself looks at one; STS is who verifies it."""
    claims = {"sub": user.replace(":", "|"), "exp": time.time() + expires_in, "serial": serial}
    parts = (json.dumps(part).encode() for part in ({"alg": "RS256"}, claims))
    return ".".join(
        base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in (*parts, b"canary-signature")
    )


@dataclass
class Answer:
    """An answer of the function, as the client of the API gets it."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Api:
    """Calls the function with the events of a REST API."""

    events: list[dict[str, Any]] = field(default_factory=list)

    def call(
        self,
        method: str,
        path: str,
        *,
        user: str | None = ALICE,
        token: str | None = None,
        headers: dict[str, str] | None = None,
        query: dict[str, str] | None = None,
        body: bytes | None = None,
    ) -> Answer:
        token = token or token_of(user or ALICE)
        event = {
            "resource": "/pictures" if path == "/pictures" else "/pictures/{id}",
            "path": path,
            "httpMethod": method,
            "headers": {"Authorization": f"Bearer {token}", **(headers or {})},
            "multiValueHeaders": {},
            "queryStringParameters": query,
            "multiValueQueryStringParameters": None,
            "pathParameters": None,
            "requestContext": {
                "path": path,
                "requestId": "chosen-by-the-caller",
                "extendedRequestId": "6b1f6b5e-0000-4000-8000-000000000000",
                "authorizer": {"user": user, "principalId": user} if user else None,
            },
            "body": None if body is None else base64.b64encode(body).decode(),
            "isBase64Encoded": body is not None,
        }
        self.events.append(event)
        given = json.loads(json.dumps(handler.handle(event, SimpleNamespace())))
        content = given["body"] or ""
        body = base64.b64decode(content) if given["isBase64Encoded"] else content.encode()
        headers = {name.lower(): ", ".join(values) for name, values in given["multiValueHeaders"].items()}
        return Answer(given["statusCode"], headers, body)

    def upload(
        self, content: bytes, *, metadata: str = "", headers: dict[str, str] | None = None, **caller: Any
    ) -> Answer:
        announced = {
            "Tus-Resumable": "1.0.0",
            "Upload-Length": str(len(content)),
            "Content-Type": "application/offset+octet-stream",
            "Upload-Metadata": metadata,
        }
        announced = {
            name: value for name, value in (announced | (headers or {})).items() if value is not None
        }
        return self.call("POST", "/pictures", headers=announced, body=content, **caller)

    def upload_id(self, content: bytes, **options: Any) -> str:
        answer = self.upload(content, **options)
        assert answer.status == 201, answer
        return answer.headers["location"].removeprefix("/pictures/")


@dataclass
class Stores:
    """What lies in the environment's stores, read behind the function's back."""

    dynamodb: Any
    s3: Any
    kms: Any
    key_arn: str

    def rows(self, table: str) -> list[dict[str, Any]]:
        return self.dynamodb.scan(TableName=table)["Items"]

    def objects(self) -> list[str]:
        return [entry["Key"] for entry in self.s3.list_objects_v2(Bucket="pictures").get("Contents", [])]

    def everything(self) -> list[bytes]:
        """Every stored byte: all object versions and all rows."""
        versions = self.s3.list_object_versions(Bucket="pictures").get("Versions", [])
        bodies = [
            self.s3.get_object(Bucket="pictures", Key=v["Key"], VersionId=v["VersionId"])["Body"].read()
            for v in versions
        ]
        return [
            *bodies,
            *(repr(row).encode() for table in ("Pictures", "Grants") for row in self.rows(table)),
        ]

    def empty(self) -> None:
        """Remove every row, object version and delete marker."""
        for table, partition in (("Pictures", "owner"), ("Grants", "owner_reader")):
            for row in self.rows(table):
                key = {name: row[name] for name in (partition, "picture")}
                self.dynamodb.delete_item(TableName=table, Key=key)
        listed = self.s3.list_object_versions(Bucket="pictures")
        for entry in [*listed.get("Versions", []), *listed.get("DeleteMarkers", [])]:
            self.s3.delete_object(Bucket="pictures", Key=entry["Key"], VersionId=entry["VersionId"])

    def share(self, picture: str, owner: str, reader: str) -> None:
        """Do what sharing does: the owner's wrap, re-encrypted for the reader, in a row of its own."""
        key = {"owner_reader": {"S": f"{owner}|{owner}"}, "picture": {"S": picture}}
        wrap = self.dynamodb.get_item(TableName="Grants", Key=key)["Item"]["wrapped_key"]["B"]
        context = {"picture": picture, "owner": owner, "reader": owner}
        shared = self.kms.re_encrypt(
            CiphertextBlob=wrap,
            SourceEncryptionContext=context,
            DestinationKeyId=self.key_arn,
            DestinationEncryptionContext=context | {"reader": reader},
        )["CiphertextBlob"]
        self.dynamodb.put_item(
            TableName="Grants",
            Item={
                "owner_reader": {"S": f"{owner}|{reader}"},
                "picture": {"S": picture},
                "owner": {"S": owner},
                "reader": {"S": reader},
                "wrapped_key": {"B": shared},
                "wrapped_at": {"S": "2026-01-01T00:00:00Z"},
            },
        )


def _table(dynamodb: Any, name: str, partition: str, **more: Any) -> None:
    names = [partition, "picture", *(["reader"] if more else [])]
    dynamodb.create_table(
        TableName=name,
        KeySchema=[
            {"AttributeName": partition, "KeyType": "HASH"},
            {"AttributeName": "picture", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[{"AttributeName": each, "AttributeType": "S"} for each in names],
        BillingMode="PAY_PER_REQUEST",
        **more,
    )


@pytest.fixture(scope="module")
def made() -> Iterator[Stores]:
    """Tables, bucket and key, made once for a module: that takes longer than most tests."""
    by_reader = {
        "IndexName": "by-reader",
        "KeySchema": [
            {"AttributeName": "reader", "KeyType": "HASH"},
            {"AttributeName": "picture", "KeyType": "RANGE"},
        ],
        "Projection": {"ProjectionType": "ALL"},
    }
    with mock_aws():
        dynamodb, s3, kms = (SESSION.client(name) for name in ("dynamodb", "s3", "kms"))
        _table(dynamodb, "Pictures", "owner")
        _table(dynamodb, "Grants", "owner_reader", GlobalSecondaryIndexes=[by_reader])
        s3.create_bucket(Bucket="pictures", CreateBucketConfiguration={"LocationConstraint": REGION})
        s3.put_bucket_versioning(Bucket="pictures", VersioningConfiguration={"Status": "Enabled"})
        yield Stores(dynamodb, s3, kms, kms.create_key()["KeyMetadata"]["Arn"])


@pytest.fixture
def stores(made) -> Stores:
    """The stores, empty before every test."""
    made.empty()
    assert made.everything() == []
    return made


@pytest.fixture
def api(stores) -> Iterator[Api]:
    variables = {
        "AWS_REGION": REGION,
        "PICTURES_TABLE": "Pictures",
        "GRANTS_TABLE": "Grants",
        "GRANTS_BY_READER_INDEX": "by-reader",
        "PICTURES_BUCKET": "pictures",
        "PICTURE_KEY_ARN": stores.key_arn,
        "USER_DATA_ROLE_ARN": ROLE,
        "WEB_ORIGINS": ORIGIN,
    }
    with patch.dict(os.environ, variables):
        handler._people.cache_clear()
        yield Api()
        handler._people.cache_clear()


@pytest.fixture
def log(monkeypatch) -> io.StringIO:
    """What the function and everything under it writes to the log, down to DEBUG."""
    written = io.StringIO()
    for stream in logger.handlers:
        monkeypatch.setattr(stream, "stream", written)
    root = logging.getLogger()
    listener = logging.StreamHandler(written)
    root.addHandler(listener)
    before = root.level
    root.setLevel(logging.DEBUG)
    yield written
    root.setLevel(before)
    root.removeHandler(listener)


@pytest.fixture
def make_picture() -> Callable[..., bytes]:
    return picture


@pytest.fixture
def make_token() -> Callable[..., str]:
    return token_of
