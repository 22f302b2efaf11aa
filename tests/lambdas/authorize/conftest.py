"""An issuer of tokens with a key of its own, and the authorizer as Lambda would start it."""

import base64
import io
import json
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import RSAKey

from lambdas.authorize import handler
from lambdas.authorize.key_set import KeySet

ISSUER = "https://soulpicks-test.eu.auth0.com/"
AUDIENCE = "https://api.test.soulpicks.example"
SUBJECT = "email|0123456789abcdef01234567"
USER = "email:0123456789abcdef01234567"
KID = "signing-key-1"
ROLE = "arn:aws:iam::111111111111:role/soulpicks-test-UserData"
METHOD_ARN = "arn:aws:execute-api:eu-west-1:111111111111:a1b2c3d4e5/v1/GET/pictures"


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass(frozen=True)
class Issuer:
    """Signs what it is told to, well-formed or not."""

    key: RSAKey

    def header(self, **changes: Any) -> dict[str, Any]:
        return {"alg": "RS256", "kid": KID, "typ": "at+jwt"} | changes

    def claims(self, **changes: Any) -> dict[str, Any]:
        now = int(time.time())
        claims = {
            "iss": ISSUER,
            "aud": [AUDIENCE, ISSUER + "userinfo"],
            "azp": "app-ios",
            "sub": SUBJECT,
            "iat": now,
            "exp": now + 3600,
            "https://aws.amazon.com/tags": {
                "principal_tags": {"user": [USER]},
                "transitive_tag_keys": ["user"],
            },
            "https://aws.amazon.com/roles": [ROLE],
        }
        return claims | changes

    def sign(self, header: dict[str, Any] | bytes, claims: dict[str, Any] | bytes) -> str:
        """Sign with RS256 whatever the header says, so that only the header is wrong."""
        parts = [part if isinstance(part, bytes) else json.dumps(part).encode() for part in (header, claims)]
        signing_input = ".".join(b64(part) for part in parts)
        signature = jws.JWSRegistry.algorithms["RS256"].sign(signing_input.encode(), self.key)
        return f"{signing_input}.{b64(signature)}"

    def token(self, **changes: Any) -> str:
        return self.sign(self.header(), self.claims(**changes))

    def key_set(self) -> bytes:
        public = self.key.as_dict(private=False) | {"kid": KID, "use": "sig", "alg": "RS256"}
        return json.dumps({"keys": [public]}).encode()


@pytest.fixture(scope="session")
def issuer() -> Issuer:
    return Issuer(RSAKey.generate_key(2048))


@pytest.fixture
def log(monkeypatch) -> io.StringIO:
    """What the function writes to its log, as text."""
    written = io.StringIO()
    for stream in handler.logger.handlers:
        assert isinstance(stream, logging.StreamHandler)
        monkeypatch.setattr(stream, "stream", written)
    return written


@pytest.fixture
def fetches() -> list[str]:
    """The URLs that the authorizer fetched."""
    return []


@pytest.fixture
def authorize(monkeypatch, issuer, fetches) -> Callable[[str], dict[str, Any]]:
    """Call the handler with an Authorization header, as API Gateway does."""
    monkeypatch.setenv("ISSUER", ISSUER)
    monkeypatch.setenv("AUDIENCE", AUDIENCE)
    monkeypatch.setenv("CLIENT_IDS", "app-ios,app-android")
    monkeypatch.setenv("USER_DATA_ROLE_ARN", ROLE)
    handler._expectation.cache_clear()

    def fetch(url: str) -> bytes:
        fetches.append(url)
        return issuer.key_set()

    keys = KeySet(ISSUER + ".well-known/jwks.json", fetch=fetch)
    monkeypatch.setattr(handler, "_key_set", lambda: keys)

    def call(authorization: Any) -> dict[str, Any]:
        return handler.handle(
            {"type": "TOKEN", "authorizationToken": authorization, "methodArn": METHOD_ARN}, None
        )

    yield call
    handler._expectation.cache_clear()
