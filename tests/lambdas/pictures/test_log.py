"""Nothing of a person, a token, a key or a picture is in the log, even with everything logged at DEBUG."""

import base64
import json

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError

ALICE, BOB = "email:a11ce0000000000000000001", "email:b0b000000000000000000002"


def test_a_whole_flow_leaves_no_secret_and_nobody_in_the_log(
    api, stores, log, make_picture, make_token, monkeypatch
):
    data_keys, credentials = [], []
    really = BaseClient._make_api_call

    def tapped(client, operation, parameters):
        answer = really(client, operation, parameters)
        data_keys.extend([answer["Plaintext"]] if "Plaintext" in answer else [])
        credentials.extend([answer["Credentials"]] if "Credentials" in answer else [])
        return answer

    monkeypatch.setattr(BaseClient, "_make_api_call", tapped)
    # An operator who wants to see everything must not come to see this either.
    monkeypatch.setenv("POWERTOOLS_LOG_LEVEL", "DEBUG")
    monkeypatch.setenv("POWERTOOLS_LOGGER_LOG_EVENT", "true")
    monkeypatch.setenv("POWERTOOLS_DEV", "true")
    content = make_picture(filling=b"canary in the picture")
    metadata = f"filename {base64.b64encode(b'canary-name.png').decode()}"
    tokens = make_token(ALICE), make_token(BOB)
    picture = api.upload_id(content, metadata=metadata, user=ALICE, token=tokens[0])
    assert api.call("GET", f"/pictures/{picture}", user=ALICE, token=tokens[0]).status == 200
    assert api.call("GET", f"/pictures/{picture}", user=BOB, token=tokens[1]).status == 404
    assert api.call("GET", "/pictures", user=ALICE, token=tokens[0]).status == 200
    assert api.upload(b"canary <html>", user=ALICE, token=tokens[0]).status == 415
    assert api.call("GET", f"/pictures/{picture}", user=BOB, token=tokens[0]).status == 401

    assert len(data_keys) == 2
    assert len(credentials) == 2
    secrets = {"a11ce", "b0b000", "canary", picture, base64.b64encode(content[:30]).decode()}
    secrets |= {part for token in tokens for part in token.split(".")[1:]}
    secrets |= {given[name] for given in credentials for name in ("SecretAccessKey", "SessionToken")}
    for key in data_keys:
        secrets |= {key.hex(), base64.b64encode(key).decode(), repr(bytes(key))[2:-1]}
    written = log.getvalue()
    lines = [json.loads(line) for line in written.splitlines() if line.startswith("{")]
    assert sum(line["message"] == "answered" for line in lines) == 6
    assert {line["request_id"] for line in lines} == {"6b1f6b5e-0000-4000-8000-000000000000"}
    assert "chosen-by-the-caller" not in written
    found = {secret for secret in secrets if secret in written}
    assert not found


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (RuntimeError("canary in a message"), 500),
        (ClientError({"Error": {"Code": "AccessDenied", "Message": "canary"}}, "Query"), 500),
        (ClientError({"Error": {"Code": "Throttling", "Message": "canary"}}, "Query"), 503),
    ],
    ids=["a mistake of ours", "a refusal by AWS", "a throttle"],
)
def test_an_error_is_logged_by_its_kind_and_told_by_its_status(
    api, log, monkeypatch, make_token, error, status
):
    token = make_token(ALICE)
    api.call("GET", "/pictures", token=token)

    def broken(client, operation, parameters):
        raise error

    monkeypatch.setattr(BaseClient, "_make_api_call", broken)
    answer = api.call("GET", "/pictures", token=token)
    assert (answer.status, answer.headers["content-type"]) == (status, "application/problem+json")
    assert "canary" not in answer.body.decode() + log.getvalue()
    kind = error.response["Error"]["Code"] if isinstance(error, ClientError) else "RuntimeError"
    assert kind in log.getvalue()


def test_a_missing_setting_is_our_fault_and_names_nothing(api, log, monkeypatch):
    monkeypatch.delenv("PICTURE_KEY_ARN")
    assert api.call("GET", "/pictures").status == 500
    assert "KeyError" in log.getvalue()
