"""Every byte that the environment has stored, wherever it lies: what the tests of a secret search through."""

import json
from collections.abc import Iterator
from typing import Any

from local_cloud.backend import Backend

Stored = tuple[str, bytes]


def stored_bytes(backend: Backend) -> Iterator[Stored]:
    """Yield place and content: objects of every version, items, log events, keys, roles."""
    yield from _objects(backend)
    yield from _items(backend)
    yield from _logs(backend)
    yield from _keys(backend)
    yield from _roles(backend)


def _objects(backend: Backend) -> Iterator[Stored]:
    client = backend.client("s3")
    for bucket in client.list_buckets()["Buckets"]:
        name = bucket["Name"]
        for page in client.get_paginator("list_object_versions").paginate(Bucket=name):
            for version in page.get("Versions", []):
                place = f"s3://{name}/{version['Key']}?versionId={version['VersionId']}"
                found = client.get_object(Bucket=name, Key=version["Key"], VersionId=version["VersionId"])
                yield place, found["Body"].read()
                yield f"{place}#headers", _json(found["ResponseMetadata"]["HTTPHeaders"])
        yield from _unfinished_uploads(backend, name)


def _unfinished_uploads(backend: Backend, bucket: str) -> Iterator[Stored]:
    """Parts of uploads that were never completed: no API reads them, moto's own objects do."""
    from moto.s3.models import s3_backends

    uploads = s3_backends[backend.account]["aws"].buckets[bucket].multiparts
    for upload_id, upload in uploads.items():
        for number, part in upload.parts.items():
            yield f"s3://{bucket}/{upload.key_name}?uploadId={upload_id}&partNumber={number}", part.value


def _items(backend: Backend) -> Iterator[Stored]:
    client = backend.client("dynamodb")
    for table in client.list_tables()["TableNames"]:
        schema = client.describe_table(TableName=table)["Table"]["KeySchema"]
        for page in client.get_paginator("scan").paginate(TableName=table):
            for item in page["Items"]:
                key = "/".join(str(next(iter(item[part["AttributeName"]].values()))) for part in schema)
                for name, value in item.items():
                    yield f"dynamodb://{table}/{key}#{name}", _attribute(value)


def _attribute(value: dict[str, Any]) -> bytes:
    [(kind, content)] = value.items()
    return bytes(content) if kind == "B" else content.encode() if kind in ("S", "N") else _json(content)


def _logs(backend: Backend) -> Iterator[Stored]:
    client = backend.client("logs")
    for group in client.describe_log_groups()["logGroups"]:
        name = group["logGroupName"]
        for stream in client.describe_log_streams(logGroupName=name)["logStreams"]:
            for number, event in enumerate(_events(client, name, stream["logStreamName"])):
                yield f"logs://{name}/{stream['logStreamName']}#{number}", event["message"].encode()


def _events(client: Any, group: str, stream: str) -> Iterator[dict[str, Any]]:
    token: dict[str, str] = {}
    while True:
        page = client.get_log_events(logGroupName=group, logStreamName=stream, startFromHead=True, **token)
        yield from page["events"]
        # The end is where the next token is the one just used.
        if not page["events"] or token.get("nextToken") == page["nextForwardToken"]:
            return
        token = {"nextToken": page["nextForwardToken"]}


def _keys(backend: Backend) -> Iterator[Stored]:
    client = backend.client("kms")
    for key in client.list_keys()["Keys"]:
        place = f"kms://{key['KeyId']}"
        yield place, _json(client.describe_key(KeyId=key["KeyId"])["KeyMetadata"])
        yield (
            f"{place}#policy",
            client.get_key_policy(KeyId=key["KeyId"], PolicyName="default")["Policy"].encode(),
        )
        yield f"{place}#tags", _json(client.list_resource_tags(KeyId=key["KeyId"])["Tags"])
        yield f"{place}#grants", _json(client.list_grants(KeyId=key["KeyId"])["Grants"])


def _roles(backend: Backend) -> Iterator[Stored]:
    client = backend.client("iam")
    for role in client.list_roles()["Roles"]:
        yield f"iam://{role['RoleName']}", _json(role)
        for policy in client.list_role_policies(RoleName=role["RoleName"])["PolicyNames"]:
            document = client.get_role_policy(RoleName=role["RoleName"], PolicyName=policy)["PolicyDocument"]
            yield f"iam://{role['RoleName']}#{policy}", _json(document)


def _json(value: Any) -> bytes:
    return json.dumps(value, default=str, sort_keys=True).encode()
