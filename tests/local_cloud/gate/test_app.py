"""The gate forwards what it has verified and understood, records it, and answers everything else itself."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from joserfc.jwk import KeySet

from local_cloud.gate.app import Gate
from local_cloud.gate.context import OUTSIDE, Door
from local_cloud.gate.records import Records
from local_cloud.gate.web_identity import WebIdentity

VPC = Door(vpc="vpc-1", endpoints={"s3": "vpce-s3", "kms": "vpce-kms"})


@pytest.fixture
def session(sessions, user_data):
    return sessions.open(user_data, "alice", seconds=900, tags={"user": "email:1"})


@pytest.fixture
def gate(backend, sessions):
    sts = WebIdentity(roles={}, providers=(), sessions=sessions, key_set=lambda _: KeySet([]))
    with ThreadPoolExecutor(max_workers=1) as executor:
        yield Gate(backend=backend, sessions=sessions, web_identity=sts, records=Records(), executor=executor)


@pytest.fixture
def send(gate, wire, session):
    def call(service, operation, parameters, *, door=OUTSIDE, gate=gate, session=session, change=lambda r: r):
        request = change(wire(service, operation, parameters, session))
        return asyncio.run(gate.handle(request, door, "1.3"))

    return call


@pytest.fixture
def bucket(backend):
    backend.client("s3").create_bucket(
        Bucket="pictures", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    return "pictures"


def test_an_object_goes_in_as_it_was_sent_and_comes_out_so(send, bucket, backend):
    content = bytes(range(256)) * 100
    key = "email:1/ü +/00000"
    put = {"Bucket": bucket, "Key": key, "Body": content, "ChecksumAlgorithm": "SHA256", "IfNoneMatch": "*"}
    assert send("s3", "put_object", put).status == 200
    assert backend.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read() == content
    assert send("s3", "get_object", {"Bucket": bucket, "Key": key}).body == content
    assert send("s3", "put_object", put).status == 412


def test_a_call_is_recorded_with_its_principal_and_where_it_came_from(send, bucket, gate):
    send("s3", "list_objects_v2", {"Bucket": bucket}, door=VPC)
    [record] = gate.records
    assert record.operation == "s3:ListObjectsV2"
    assert record.principal == "arn:aws:sts::111111111111:assumed-role/UserData/alice"
    assert record.accesses[0].action == "s3:ListBucket"
    assert record.context["aws:sourcevpc"] == ("vpc-1",)
    assert record.context["aws:sourcevpce"] == ("vpce-s3",)
    assert record.context["aws:principaltag/user"] == ("email:1",)
    assert record.context["aws:principalarn"] == ("arn:aws:iam::111111111111:role/UserData",)
    assert "aws:sourceip" not in record.context
    assert record.status == 200


def test_a_call_from_outside_has_an_address_and_no_vpc(send, bucket, gate):
    send("s3", "list_objects_v2", {"Bucket": bucket})
    [record] = gate.records
    assert record.context["aws:sourceip"] == ("127.0.0.1",)
    assert "aws:sourcevpc" not in record.context


REFUSED = {
    "s3": ("list_objects_v2", {"Bucket": "pictures"}, 403, b"<Code>InvalidAccessKeyId</Code>"),
    "kms": ("list_keys", {}, 403, b'"UnrecognizedClientException"'),
    "dynamodb": ("scan", {"TableName": "T"}, 403, b'"UnrecognizedClientException"'),
    "sts": ("get_caller_identity", {}, 403, b"<Code>InvalidClientTokenId</Code>"),
}


@pytest.mark.parametrize("service", REFUSED)
def test_an_unknown_key_is_refused_in_the_words_of_the_service(service, send, bucket, gate):
    operation, parameters, status, code = REFUSED[service]
    answer = send(service, operation, parameters, session=None)
    assert answer.status == status
    assert code in answer.body
    assert list(gate.records) == []


def test_an_unsigned_call_is_refused(send, bucket):
    def unsigned(request):
        return replace(request, headers={k: v for k, v in request.headers.items() if k != "authorization"})

    answer = send("s3", "get_object", {"Bucket": bucket, "Key": "k"}, change=unsigned)
    assert answer.status == 403


def test_a_service_without_an_endpoint_cannot_be_reached_from_the_vpc(send):
    assert send("dynamodb", "scan", {"TableName": "T"}, door=VPC).status == 503


@pytest.mark.parametrize(("service", "operation"), [("sqs", "list_queues"), ("iam", "list_users")])
def test_a_service_that_does_not_run_here_is_refused(service, operation, send):
    answer = send(service, operation, {})
    assert answer.status == 400
    assert b"does not run here" in answer.body


def test_sts_answers_nothing_but_web_identities(send):
    answer = send("sts", "assume_role", {"RoleArn": "arn:aws:iam::1:role/R" * 2, "RoleSessionName": "me"})
    assert answer.status == 400


def test_a_decision_to_refuse_stops_the_call_before_it_is_forwarded(send, bucket, gate, backend):
    asked = []

    def decide(call):
        asked.append(call.accesses[0].action)
        return "no statement allows it"

    guarded = replace(gate, decide=decide)
    answer = send("s3", "put_object", {"Bucket": bucket, "Key": "k", "Body": b"x"}, gate=guarded)
    assert answer.status == 403
    assert b"<Code>AccessDenied</Code>" in answer.body
    assert asked == ["s3:PutObject"]
    assert [record.refused for record in gate.records] == ["no statement allows it"]
    assert "Contents" not in backend.client("s3").list_objects_v2(Bucket=bucket)


def test_data_keys_are_kept_only_when_they_are_tapped(send, backend, gate):
    key = backend.client("kms").create_key()["KeyMetadata"]["Arn"]
    tapped = []
    request = {"KeyId": key, "KeySpec": "AES_256"}
    send("kms", "generate_data_key", request)
    assert tapped == []
    send("kms", "generate_data_key", request, gate=replace(gate, tap=tapped.append))
    assert len(tapped) == 1
    assert b"Plaintext" in tapped[0]
