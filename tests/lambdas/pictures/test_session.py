"""A session is the token's own: got from STS with nothing but the token, and never older than either."""

import base64
import json
from datetime import UTC, datetime

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError
from botocore.stub import ANY, Stubber

from lambdas.pictures.clients import Credentials, UserClients, sts_client
from lambdas.pictures.errors import AwsRefused, TokenRefused, Unavailable
from lambdas.pictures.session import MARGIN_SECONDS, MAX_SESSIONS, Sessions

ROLE = "arn:aws:iam::123456789012:role/soulpicks-development-UserData"
USER = "email:a11ce0000000000000000001"
START = 1_700_000_000.0


def token(user: str = USER, *, expires_at: float = START + 3600, **more) -> str:
    claims = {"sub": user.replace(":", "|"), "exp": expires_at, **more}
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"aGVhZGVy.{payload}.c2lnbmF0dXJl"


class Exchange:
    """STS as these tests want it, with a clock beside it."""

    def __init__(self) -> None:
        self.now = START
        self.client = sts_client("eu-west-1")
        self.stubber = Stubber(self.client)
        self.stubber.activate()
        self.sessions = Sessions(self.client, role_arn=ROLE, region="eu-west-1", clock=lambda: self.now)

    def gives(self, number: int = 1, *, lasting: float = 900) -> None:
        credentials = {
            "AccessKeyId": f"ASIAEXAMPLE{number:09d}",
            "SecretAccessKey": "secret",
            "SessionToken": "session",
            "Expiration": datetime.fromtimestamp(self.now + lasting, UTC),
        }
        expected = {
            "RoleArn": ROLE,
            "RoleSessionName": ANY,
            "WebIdentityToken": ANY,
            "DurationSeconds": 900,
        }
        self.stubber.add_response("assume_role_with_web_identity", {"Credentials": credentials}, expected)

    def fails(self, code: str, status: int = 400) -> None:
        self.stubber.add_client_error("assume_role_with_web_identity", code, "canary", status)

    def open(self, of: str | None = None, user: str = USER):
        return self.sessions.open(f"Bearer {of or token()}", user)

    def all_used(self) -> None:
        self.stubber.assert_no_pending_responses()


@pytest.fixture
def exchange() -> Exchange:
    return Exchange()


def test_a_token_is_exchanged_once_while_its_session_lasts(exchange):
    exchange.gives()
    first = exchange.open()
    exchange.now += 900 - MARGIN_SECONDS - 1
    assert exchange.open() is first
    exchange.all_used()


def test_a_session_ends_before_its_credentials_do(exchange):
    exchange.gives(1)
    exchange.gives(2)
    first = exchange.open()
    exchange.now += 900 - MARGIN_SECONDS
    assert exchange.open() is not first
    exchange.all_used()


def test_a_session_never_outlives_its_token(exchange):
    short = token(expires_at=START + 30)
    exchange.gives()
    exchange.fails("ExpiredTokenException")
    exchange.open(short)
    exchange.now += 30
    with pytest.raises(TokenRefused):
        exchange.open(short)
    exchange.all_used()


def test_two_tokens_of_one_user_have_sessions_of_their_own(exchange):
    exchange.gives(1)
    exchange.gives(2)
    assert exchange.open(token(serial=1)) is not exchange.open(token(serial=2))
    exchange.all_used()


def test_the_least_recently_used_session_goes_first(exchange):
    for number in range(MAX_SESSIONS + 2):
        exchange.gives(number)
    first = exchange.open(token(serial=0))
    second = exchange.open(token(serial=1))
    for serial in range(2, MAX_SESSIONS):
        exchange.open(token(serial=serial))
    assert exchange.open(token(serial=0)) is first
    exchange.open(token(serial=MAX_SESSIONS))
    assert exchange.open(token(serial=0)) is first
    assert exchange.open(token(serial=1)) is not second
    exchange.all_used()


@pytest.mark.parametrize("fresh", [True, False], ids=["exchanged now", "held"])
def test_a_token_serves_nobody_but_its_own_user(exchange, fresh):
    exchange.gives()
    if not fresh:
        exchange.open()
    with pytest.raises(TokenRefused):
        exchange.open(user="email:b0b000000000000000000002")
    exchange.all_used()


@pytest.mark.parametrize(
    ("code", "status", "error"),
    [
        ("InvalidIdentityToken", 400, TokenRefused),
        ("ExpiredTokenException", 400, TokenRefused),
        ("IDPRejectedClaim", 403, TokenRefused),
        ("AccessDenied", 403, TokenRefused),
        ("IDPCommunicationError", 400, Unavailable),
        ("Throttling", 400, Unavailable),
        ("InternalFailure", 500, Unavailable),
        ("RegionDisabledException", 403, AwsRefused),
    ],
)
def test_what_sts_refuses_is_told_apart_from_what_it_cannot_do(exchange, code, status, error):
    exchange.fails(code, status)
    with pytest.raises(error) as caught:
        exchange.open()
    assert code in str(caught.value)
    assert "canary" not in str(caught.value)


def test_an_sts_that_does_not_answer_is_unavailable(exchange, monkeypatch):
    def silent(**_):
        raise ConnectTimeoutError(endpoint_url="https://sts.eu-west-1.amazonaws.com")

    monkeypatch.setattr(exchange.client, "assume_role_with_web_identity", silent)
    with pytest.raises(Unavailable):
        exchange.open()


def test_a_refused_token_is_not_remembered(exchange):
    exchange.fails("InvalidIdentityToken")
    exchange.gives()
    with pytest.raises(TokenRefused):
        exchange.open()
    exchange.open()
    exchange.all_used()


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer ", "Basic dXNlcjpwYXNz", "Bearer a.b", "Bearer a.b.c", "Bearer a.bnVsbA.c",
     "Bearer a.W10.c", f"bearer {token()}", f"Bearer {token()} ", f"Bearer {token()}\n",
     f"Bearer {token(expires_at='soon')}"],
    ids=["empty", "scheme", "scheme and space", "basic", "two parts", "not base64", "null claims",
         "list claims", "other case", "space after", "newline after", "expiry in words"],
)  # fmt: skip
def test_what_is_no_token_is_never_sent_to_sts(exchange, authorization):
    with pytest.raises(TokenRefused):
        exchange.sessions.open(authorization, USER)


def test_the_token_goes_to_sts_unsigned_and_to_the_region(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAFUNCTIONSOWNROLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    sent = []

    def capture(request, **_):
        sent.append(request)
        raise ClientError({"Error": {"Code": "InvalidIdentityToken"}}, "AssumeRoleWithWebIdentity")

    client = sts_client("eu-west-1")
    client.meta.events.register("before-send.sts.*", capture)
    with pytest.raises(TokenRefused):
        Sessions(client, role_arn=ROLE, region="eu-west-1").open(f"Bearer {token()}", USER)
    (request,) = sent
    assert request.url == "https://sts.eu-west-1.amazonaws.com/"
    assert "Authorization" not in request.headers
    assert "AKIAFUNCTIONSOWNROLE" not in f"{request.headers}{request.body}"
    assert "a11ce" not in request.body.replace(token(), "")


def test_every_client_of_a_user_signs_with_his_session_and_none_other(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAFUNCTIONSOWNROLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    alices, bobs = (
        UserClients(Credentials(f"ASIA{name}", "secret", f"token-{name}"), "eu-west-1")
        for name in ("ALICE", "BOB")
    )
    for clients, name in ((alices, "ALICE"), (bobs, "BOB"), (alices, "ALICE")):
        for client in (clients.dynamodb, clients.kms, clients.s3):
            held = client._request_signer._credentials.get_frozen_credentials()
            assert (held.access_key, held.token) == (f"ASIA{name}", f"token-{name}")


def test_credentials_do_not_show_themselves():
    assert "hidden" in repr(Credentials("ASIA", "secret-canary", "token-canary"))
    assert "canary" not in f"{Credentials('ASIA', 'secret-canary', 'token-canary')}"


def test_one_call_gives_up_long_before_the_function_is_stopped():
    clients = UserClients(Credentials("ASIA", "s", "t"), "eu-west-1")
    for client in (clients.dynamodb, clients.kms, clients.s3, sts_client("eu-west-1")):
        config = client.meta.config
        attempts = config.retries["total_max_attempts"]
        assert config.retries["mode"] == "standard"
        assert attempts * (config.connect_timeout + config.read_timeout) <= 8
