"""Every call becomes the actions, resources and condition keys that AWS documents for it."""

import json

import pytest

from local_cloud.gate import dynamodb, kms, s3
from local_cloud.gate.operation import resolve
from local_cloud.gate.refusals import Cause, Refused

TABLE_ARN = "arn:aws:dynamodb:eu-west-1:111111111111:table/Grants"
BUCKET = {"Bucket": "b", "Key": "alice/p/00000"}
OBJECT_ARN = "arn:aws:s3:::b/alice/p/00000"

S3 = [
    ("get_object", BUCKET, [("s3:GetObject", OBJECT_ARN)]),
    ("get_object", {**BUCKET, "VersionId": "v1"}, [("s3:GetObjectVersion", OBJECT_ARN)]),
    ("head_object", BUCKET, [("s3:GetObject", OBJECT_ARN)]),
    ("put_object", {**BUCKET, "Body": b"x"}, [("s3:PutObject", OBJECT_ARN)]),
    (
        "put_object",
        {**BUCKET, "Body": b"x", "ACL": "public-read", "Tagging": "a=b"},
        [("s3:PutObject", OBJECT_ARN), ("s3:PutObjectAcl", OBJECT_ARN), ("s3:PutObjectTagging", OBJECT_ARN)],
    ),
    ("put_object_acl", {**BUCKET, "ACL": "private"}, [("s3:PutObjectAcl", OBJECT_ARN)]),
    (
        "copy_object",
        {**BUCKET, "CopySource": "other/bob/q/00000"},
        [("s3:PutObject", OBJECT_ARN), ("s3:GetObject", "arn:aws:s3:::other/bob/q/00000")],
    ),
    ("delete_object", BUCKET, [("s3:DeleteObject", OBJECT_ARN)]),
    ("delete_object", {**BUCKET, "VersionId": "v1"}, [("s3:DeleteObjectVersion", OBJECT_ARN)]),
    ("create_multipart_upload", BUCKET, [("s3:PutObject", OBJECT_ARN)]),
    (
        "upload_part",
        {**BUCKET, "PartNumber": 1, "UploadId": "u", "Body": b""},
        [("s3:PutObject", OBJECT_ARN)],
    ),
    ("abort_multipart_upload", {**BUCKET, "UploadId": "u"}, [("s3:AbortMultipartUpload", OBJECT_ARN)]),
    ("list_objects_v2", {"Bucket": "b"}, [("s3:ListBucket", "arn:aws:s3:::b")]),
    ("list_objects", {"Bucket": "b"}, [("s3:ListBucket", "arn:aws:s3:::b")]),
    ("list_object_versions", {"Bucket": "b"}, [("s3:ListBucketVersions", "arn:aws:s3:::b")]),
    ("get_bucket_policy", {"Bucket": "b"}, [("s3:GetBucketPolicy", "arn:aws:s3:::b")]),
    ("get_bucket_encryption", {"Bucket": "b"}, [("s3:GetEncryptionConfiguration", "arn:aws:s3:::b")]),
]


@pytest.mark.parametrize(("operation", "parameters", "expected"), S3, ids=[f"{c[0]} {len(c[1])}" for c in S3])
def test_an_s3_request_needs_these_actions(operation, parameters, expected, wire):
    request = wire("s3", operation, parameters)
    needed = s3.accesses(resolve("s3", request), request, account="111111111111", tls_version="1.3")
    assert [(each.action, each.resource) for each in needed] == expected


def test_an_s3_request_carries_what_its_headers_say(wire):
    parameters = {
        **BUCKET,
        "Body": b"x",
        "ServerSideEncryption": "aws:kms",
        "SSEKMSKeyId": "k",
        "IfNoneMatch": "*",
    }
    request = wire("s3", "put_object", parameters)
    [needed] = s3.accesses(resolve("s3", request), request, account="111111111111", tls_version="1.2")
    assert needed.context["s3:tlsversion"] == ("1.2",)
    assert needed.context["s3:x-amz-server-side-encryption"] == ("aws:kms",)
    assert needed.context["s3:x-amz-server-side-encryption-aws-kms-key-id"] == ("k",)
    assert needed.context["s3:if-none-match"] == ("*",)


def test_an_s3_listing_carries_prefix_and_delimiter(wire):
    request = wire("s3", "list_objects_v2", {"Bucket": "b", "Prefix": "alice/", "Delimiter": "/"})
    [needed] = s3.accesses(resolve("s3", request), request, account="111111111111", tls_version="1.3")
    assert needed.context["s3:prefix"] == ("alice/",)
    assert needed.context["s3:delimiter"] == ("/",)


@pytest.mark.parametrize("operation", ["list_buckets", "get_bucket_cors", "put_bucket_replication"])
def test_an_s3_operation_that_is_not_understood_is_refused(operation, wire):
    parameters = {
        "get_bucket_cors": {"Bucket": "b"},
        "put_bucket_replication": {"Bucket": "b", "ReplicationConfiguration": {"Role": "r", "Rules": []}},
    }.get(operation, {})
    request = wire("s3", operation, parameters)
    with pytest.raises(Refused) as refused:
        s3.accesses(resolve("s3", request), request, account="111111111111", tls_version="1.3")
    assert refused.value.cause is Cause.NOT_UNDERSTOOD


@pytest.fixture
def tables(backend):
    backend.client("dynamodb").create_table(
        TableName="Grants",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"} for name in ("owner_reader", "picture", "reader")
        ],
        KeySchema=[
            {"AttributeName": "owner_reader", "KeyType": "HASH"},
            {"AttributeName": "picture", "KeyType": "RANGE"},
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-reader",
                "KeySchema": [{"AttributeName": "reader", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )
    return backend


KEY = {"owner_reader": {"S": "a|b"}, "picture": {"S": "p"}}
OTHER = {"owner_reader": {"S": "c|d"}, "picture": {"S": "p"}}
TABLE = {"TableName": "Grants"}
DYNAMODB = [
    ("get_item", {**TABLE, "Key": KEY}, [("GetItem", "", ("a|b",))]),
    ("put_item", {**TABLE, "Item": {**KEY, "x": {"N": "1"}}}, [("PutItem", "", ("a|b",))]),
    ("delete_item", {**TABLE, "Key": KEY}, [("DeleteItem", "", ("a|b",))]),
    (
        "query",
        {
            **TABLE,
            "KeyConditionExpression": "#k = :v AND begins_with(picture, :p)",
            "ExpressionAttributeNames": {"#k": "owner_reader"},
            "ExpressionAttributeValues": {":v": {"S": "a|b"}, ":p": {"S": "x"}},
        },
        [("Query", "", ("a|b",))],
    ),
    (
        "query",
        {
            **TABLE,
            "IndexName": "by-reader",
            "KeyConditionExpression": "reader = :v",
            "ExpressionAttributeValues": {":v": {"S": "bob"}},
        },
        [("Query", "/index/by-reader", ("bob",))],
    ),
    ("scan", TABLE, [("Scan", "", None)]),
    (
        "transact_write_items",
        {
            "TransactItems": [
                {"Put": {**TABLE, "Item": KEY}},
                {"Delete": {**TABLE, "Key": OTHER}},
                {"ConditionCheck": {**TABLE, "Key": KEY, "ConditionExpression": "attribute_exists(x)"}},
            ]
        },
        [("PutItem", "", ("a|b",)), ("DeleteItem", "", ("c|d",)), ("ConditionCheckItem", "", ("a|b",))],
    ),
    (
        "batch_write_item",
        {"RequestItems": {"Grants": [{"PutRequest": {"Item": KEY}}, {"DeleteRequest": {"Key": OTHER}}]}},
        [("BatchWriteItem", "", ("a|b", "c|d"))],
    ),
    ("batch_get_item", {"RequestItems": {"Grants": {"Keys": [KEY]}}}, [("BatchGetItem", "", ("a|b",))]),
]


@pytest.mark.parametrize(("operation", "parameters", "expected"), DYNAMODB, ids=[c[0] for c in DYNAMODB])
def test_a_dynamodb_request_needs_these_actions_on_these_leading_keys(
    operation, parameters, expected, wire, tables
):
    needed = dynamodb.accesses(resolve("dynamodb", wire("dynamodb", operation, parameters)), tables)
    found = [(each.action, each.resource, each.context.get("dynamodb:leadingkeys")) for each in needed]
    assert found == [
        (f"dynamodb:{action}", f"{TABLE_ARN}{suffix}", keys) for action, suffix, keys in expected
    ]


def test_a_dynamodb_request_names_all_attributes_that_it_touches(wire, tables):
    parameters = {
        **TABLE,
        "Key": KEY,
        "UpdateExpression": "SET #s = :v REMOVE gone",
        "ConditionExpression": "attribute_exists(picture) AND size(x) > :n",
        "ExpressionAttributeNames": {"#s": "state"},
        "ExpressionAttributeValues": {":v": {"S": "y"}, ":n": {"N": "1"}},
        "ReturnValues": "ALL_OLD",
    }
    [needed] = dynamodb.accesses(resolve("dynamodb", wire("dynamodb", "update_item", parameters)), tables)
    assert needed.context["dynamodb:attributes"] == ("gone", "owner_reader", "picture", "state", "x")
    assert needed.context["dynamodb:returnvalues"] == ("ALL_OLD",)


def test_partiql_is_refused(wire, tables):
    request = wire("dynamodb", "execute_statement", {"Statement": 'SELECT * FROM "Grants"'})
    with pytest.raises(Refused) as refused:
        dynamodb.accesses(resolve("dynamodb", request), tables)
    assert refused.value.cause is Cause.NOT_UNDERSTOOD


@pytest.fixture
def key(backend):
    return backend.client("kms").create_key()["KeyMetadata"]


CONTEXT = {"picture": "p", "owner": "alice", "reader": "alice"}


@pytest.mark.parametrize("named", ["Arn", "KeyId"])
def test_a_kms_request_carries_its_encryption_context_however_the_key_is_named(named, wire, backend, key):
    request = wire(
        "kms", "generate_data_key", {"KeyId": key[named], "KeySpec": "AES_256", "EncryptionContext": CONTEXT}
    )
    [needed] = kms.accesses(resolve("kms", request), backend)
    assert (needed.action, needed.resource) == ("kms:GenerateDataKey", key["Arn"])
    assert needed.context["kms:encryptioncontextkeys"] == ("owner", "picture", "reader")
    assert needed.context["kms:encryptioncontext:owner"] == ("alice",)


def test_a_decrypt_that_names_no_key_is_for_the_key_of_its_ciphertext(wire, backend, key):
    blob = backend.client("kms").encrypt(KeyId=key["KeyId"], Plaintext=b"x")["CiphertextBlob"]
    [needed] = kms.accesses(resolve("kms", wire("kms", "decrypt", {"CiphertextBlob": blob})), backend)
    assert (needed.action, needed.resource) == ("kms:Decrypt", key["Arn"])


def test_reencrypt_is_asked_twice_with_the_context_of_each_side(wire, backend, key):
    blob = backend.client("kms").encrypt(KeyId=key["KeyId"], Plaintext=b"x", EncryptionContext=CONTEXT)[
        "CiphertextBlob"
    ]
    request = wire(
        "kms",
        "re_encrypt",
        {
            "CiphertextBlob": blob,
            "SourceEncryptionContext": CONTEXT,
            "DestinationKeyId": key["Arn"],
            "DestinationEncryptionContext": {**CONTEXT, "reader": "bob"},
        },
    )
    source, target = kms.accesses(resolve("kms", request), backend)
    assert (source.action, source.context["kms:encryptioncontext:reader"]) == (
        "kms:ReEncryptFrom",
        ("alice",),
    )
    assert (target.action, target.context["kms:encryptioncontext:reader"]) == ("kms:ReEncryptTo", ("bob",))
    assert target.context["kms:reencryptonsamekey"] == ("true",)


def test_a_disabled_key_opens_nothing(wire, backend, key):
    backend.client("kms").disable_key(KeyId=key["KeyId"])
    request = wire("kms", "generate_data_key", {"KeyId": key["Arn"], "KeySpec": "AES_256"})
    with pytest.raises(Refused) as refused:
        kms.accesses(resolve("kms", request), backend)
    assert refused.value.cause is Cause.INVALID_STATE


def test_an_operation_that_the_service_does_not_have_is_refused(wire):
    request = wire("kms", "decrypt", {"CiphertextBlob": b"x"})
    request.headers["x-amz-target"] = "TrentService.GiveMeTheKey"
    with pytest.raises(Refused) as refused:
        resolve("kms", request)
    assert refused.value.cause is Cause.NOT_UNDERSTOOD


def test_records_hold_no_body_token_or_key(wire, sessions, user_data, tmp_path):
    from access.request import Caller
    from local_cloud.gate.call import Access, Call
    from local_cloud.gate.records import Records

    session = sessions.open(user_data, "test", seconds=900, tags={"user": "alice"})
    records = Records(tmp_path / "calls.jsonl")
    access = Access(action="kms:Decrypt", resource="k", context={"kms:encryptioncontext:owner": ("alice",)})
    caller = Caller.session(user_data.arn, session.name)
    call = Call(operation="kms:Decrypt", caller=caller, accesses=(access,), context={})
    records.add(call, status=200)
    records.close()
    written = (tmp_path / "calls.jsonl").read_text()
    assert json.loads(written)["accesses"][0]["action"] == "kms:Decrypt"
    assert Call.from_record(json.loads(written)) == call
    assert session.token not in written
    assert session.secret_access_key not in written
