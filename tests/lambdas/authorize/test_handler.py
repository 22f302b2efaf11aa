"""What the authorizer answers, and what it leaves in the log."""

import json
import time

import pytest

from lambdas.authorize import handler
from lambdas.authorize.access_token import LEEWAY_SECONDS, TOKEN_BYTES
from lambdas.authorize.key_set import KeySet, KeySetUnavailable


def test_a_token_of_an_app_admits_its_user_to_the_whole_stage(authorize, issuer):
    assert authorize(f"Bearer {issuer.token()}") == {
        "principalId": "email:0123456789abcdef01234567",
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Action": "execute-api:Invoke",
                    "Resource": "arn:aws:execute-api:eu-west-1:111111111111:a1b2c3d4e5/v1/*/*",
                }
            ],
        },
        "context": {"user": "email:0123456789abcdef01234567"},
    }


@pytest.mark.parametrize("changes", [{"aud": "https://api.test.soulpicks.example"}, {"azp": "app-android"}])
def test_a_single_audience_and_every_registered_app_are_accepted(authorize, issuer, changes):
    assert authorize(f"Bearer {issuer.token(**changes)}")["principalId"]


@pytest.mark.parametrize("kind", ["JWT", "jwt", "at+jwt", "AT+JWT", "application/at+jwt"])
def test_a_token_may_call_itself_an_access_token_or_a_plain_one(authorize, issuer, kind):
    assert authorize(f"Bearer {issuer.sign(issuer.header(typ=kind), issuer.claims())}")["principalId"]


def test_an_issuer_whose_clock_runs_a_little_ahead_is_believed(authorize, issuer):
    ahead = int(time.time()) + LEEWAY_SECONDS - 5
    assert authorize(f"Bearer {issuer.token(iat=ahead, nbf=ahead)}")["principalId"]


def test_a_token_of_exactly_the_largest_size_is_read(authorize, issuer):
    def padded(length: int) -> str:
        return issuer.token(padding="a" * length)

    length = next(n for n in range(5000, TOKEN_BYTES) if len(padded(n)) >= TOKEN_BYTES - 1)
    assert len(padded(length)) <= TOKEN_BYTES
    assert authorize(f"Bearer {padded(length)}")["principalId"]


def test_an_accepted_token_leaves_no_line_in_the_log(authorize, issuer, log):
    authorize(f"Bearer {issuer.token()}")
    assert log.getvalue() == ""


def test_nothing_of_a_refused_token_is_logged(authorize, issuer, log):
    token = issuer.token(azp="canary-client", sub="email|canary")
    with pytest.raises(Exception, match="Unauthorized"):
        authorize(f"Bearer {token}")
    line = log.getvalue()
    assert line
    assert not any(secret in line for secret in [*token.split("."), "canary"])


def test_without_a_key_set_nobody_is_let_in_and_the_caller_is_not_blamed(authorize, issuer, log, monkeypatch):
    def unreachable(url):
        raise OSError("no route")

    monkeypatch.setattr(handler, "_key_set", lambda: KeySet("https://issuer.example/", fetch=unreachable))
    with pytest.raises(handler.Unverifiable) as failure:
        authorize(f"Bearer {issuer.token()}")
    assert not isinstance(failure.value.__context__, KeySetUnavailable) or failure.value.__suppress_context__
    assert json.loads(log.getvalue())["message"] == "key set unavailable"


def test_an_unforeseen_error_lets_nobody_in_and_quotes_nothing(authorize, issuer, log, monkeypatch):
    def broken(*_, **__):
        raise RuntimeError("canary in a message")

    monkeypatch.setattr(handler, "verified_user", broken)
    with pytest.raises(handler.Unverifiable) as failure:
        authorize(f"Bearer {issuer.token()}")
    assert "canary" not in str(failure.value)
    assert failure.value.__suppress_context__
    assert "canary" not in log.getvalue()
    assert json.loads(log.getvalue())["error"] == "RuntimeError"


@pytest.mark.parametrize("arn", ["", "arn:aws:execute-api:eu-west-1:111111111111:*/*/GET/", "*"])
def test_a_policy_is_never_made_from_a_method_arn_that_is_not_one(authorize, issuer, log, arn):
    with pytest.raises(handler.Unverifiable):
        handler.handle({"authorizationToken": f"Bearer {issuer.token()}", "methodArn": arn}, None)


def test_a_missing_setting_lets_nobody_in(authorize, issuer, log, monkeypatch):
    monkeypatch.delenv("AUDIENCE")
    with pytest.raises(handler.Unverifiable):
        authorize(f"Bearer {issuer.token()}")


def test_no_client_is_registered_when_the_setting_is_empty(authorize, issuer, log, monkeypatch):
    monkeypatch.setenv("CLIENT_IDS", "")
    with pytest.raises(Exception, match=r"^Unauthorized$"):
        authorize(f"Bearer {issuer.token(azp='')}")
