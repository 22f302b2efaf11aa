"""A call passes the gate only as the holder of the secret key signed it."""

import time
from dataclasses import replace

import pytest

from local_cloud.gate.refusals import Cause, Refused
from local_cloud.gate.signature import claimed, verify

CALLS = [
    ("kms", "decrypt", {"CiphertextBlob": b"x", "EncryptionContext": {"picture": "p"}}),
    ("dynamodb", "get_item", {"TableName": "T", "Key": {"owner": {"S": "u"}}}),
    (
        "s3",
        "put_object",
        {"Bucket": "b", "Key": "email:a/ü +%/00000", "Body": b"abc", "ChecksumAlgorithm": "SHA256"},
    ),
    ("s3", "get_object", {"Bucket": "b", "Key": "k"}),
    ("s3", "list_objects_v2", {"Bucket": "b", "Prefix": "a/b c", "Delimiter": "/"}),
    ("sts", "get_caller_identity", {}),
]


@pytest.fixture
def session(sessions, user_data):
    return sessions.open(user_data, "test", seconds=900)


@pytest.fixture
def signed(session, wire):
    return wire("kms", "decrypt", {"CiphertextBlob": b"x"}, session)


@pytest.mark.parametrize(("service", "operation", "parameters"), CALLS, ids=[f"{c[0]} {c[1]}" for c in CALLS])
def test_what_botocore_signs_is_accepted(service, operation, parameters, session, sessions, wire):
    request = wire(service, operation, parameters, session)
    assert verify(request, claimed(request), sessions) is session


def changed(**headers):
    return lambda request: replace(request, headers={**request.headers, **headers})


TAMPERING = {
    "another method": lambda r: replace(r, method="PUT"),
    "another path": lambda r: replace(r, path="/other"),
    "another query": lambda r: replace(r, query="a=b"),
    "another body": lambda r: replace(r, body=r.body + b" "),
    "another operation": changed(**{"x-amz-target": "TrentService.ScheduleKeyDeletion"}),
    "another host": changed(host="elsewhere"),
    "a header that was not signed": changed(**{"x-amz-grant-full-control": "id=1"}),
    "an unsigned payload outside s3": lambda r: replace(
        r, headers={**r.headers, "x-amz-content-sha256": "UNSIGNED-PAYLOAD"}, body=b"{}"
    ),
    "no date": lambda r: replace(r, headers={k: v for k, v in r.headers.items() if k != "x-amz-date"}),
    "another scheme": changed(authorization="Basic dXNlcjpwYXNz"),
}


@pytest.mark.parametrize("tamper", TAMPERING.values(), ids=TAMPERING.keys())
def test_a_request_changed_after_signing_is_refused(tamper, signed, sessions):
    def check(request):
        verify(request, claimed(request), sessions)

    with pytest.raises(Refused) as refused:
        check(tamper(signed))
    assert refused.value.cause is Cause.WRONG_SIGNATURE


def test_the_body_of_an_s3_upload_is_bound_by_its_hash(session, sessions, wire):
    signing = {"s3": {"payload_signing_enabled": True}, "request_checksum_calculation": "when_required"}
    request = wire("s3", "put_object", {"Bucket": "b", "Key": "k", "Body": b"abc"}, session, **signing)
    assert verify(request, claimed(request), sessions) is session
    altered = replace(request, body=b"abd")
    with pytest.raises(Refused) as refused:
        verify(altered, claimed(altered), sessions)
    assert refused.value.cause is Cause.WRONG_SIGNATURE


def test_an_unknown_access_key_is_refused(sessions, wire):
    request = wire("kms", "decrypt", {"CiphertextBlob": b"x"})
    with pytest.raises(Refused) as refused:
        verify(request, claimed(request), sessions)
    assert refused.value.cause is Cause.UNKNOWN_KEY


def test_the_session_token_must_belong_to_the_access_key(session, sessions, user_data, wire):
    other = sessions.open(user_data, "other", seconds=900)
    request = wire("kms", "decrypt", {"CiphertextBlob": b"x"}, replace(session, token=other.token))
    with pytest.raises(Refused) as refused:
        verify(request, claimed(request), sessions)
    assert refused.value.cause is Cause.WRONG_TOKEN


def test_expired_credentials_are_refused(sessions, user_data, wire):
    session = sessions.open(user_data, "test", seconds=0)
    request = wire("kms", "decrypt", {"CiphertextBlob": b"x"}, session)
    with pytest.raises(Refused) as refused:
        verify(request, claimed(request), sessions)
    assert refused.value.cause is Cause.EXPIRED


def test_a_request_signed_an_hour_ago_is_refused(signed, sessions, monkeypatch):
    now = time.time()
    monkeypatch.setattr("local_cloud.gate.signature.time.time", lambda: now + 3600)
    with pytest.raises(Refused) as refused:
        verify(signed, claimed(signed), sessions)
    assert refused.value.cause is Cause.WRONG_SIGNATURE


def test_secrets_do_not_show_in_a_session(session):
    assert session.secret_access_key not in repr(session)
    assert session.token not in repr(session)
