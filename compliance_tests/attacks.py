"""Tokens that must be refused: forged without the provider's key, or issued by it for something else."""

from __future__ import annotations

import base64
import hmac
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

from compliance_tests.running import Answer, Cloud
from lambdas.authorize.access_token import ROLES_CLAIM, TAGS_CLAIM, Expectation

_ATTACKER = RSAKey.generate_key(2048, private=True)


def forgeries(token: str, key_set: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Name and Authorization header of each attack.

    key_set: the provider's public keys, which everyone has.
    """
    header, claims = (json.loads(_decoded(part)) for part in token.split(".")[:2])
    kid = header["kid"]
    public = RSAKey.import_key(next(key for key in key_set["keys"] if key.get("kid") == kid))
    signed = _signed_by(_ATTACKER, claims)
    other_user = {**claims, "sub": "email|000000000000000000000000"}
    yield "no signature, algorithm none", _bearer(_unsigned({**header, "alg": "none"}, claims))
    yield "no signature at all", _bearer(token.rpartition(".")[0] + ".")
    by_public = _macked({**header, "alg": "HS256"}, claims, public.as_pem(private=False))
    yield "HS256 with the public key as secret", _bearer(by_public)
    yield "signed by another key under the provider's key id", _bearer(signed(header))
    embedded = {**header, "jwk": _ATTACKER.as_dict(private=False)}
    yield "signed by a key it brings itself", _bearer(signed(embedded))
    yield (
        "signed by a key it points to",
        _bearer(signed({**header, "jku": "https://attacker.example/jwks.json"})),
    )
    yield "signed by an unknown key", _bearer(signed({**header, "kid": "unknown"}))
    curve = _signed_by(ECKey.generate_key("P-256", private=True), claims)
    yield "an elliptic-curve signature", _bearer(curve({**header, "alg": "ES256"}))
    yield "another user's name under the good signature", _bearer(_swapped(token, other_user))
    later = {**claims, "exp": int(time.time()) + 10**6}
    yield "a later expiry under the good signature", _bearer(_swapped(token, later))
    yield "a good token with a changed signature", _bearer(_changed(token))
    yield "a good token followed by another word", f"Bearer {token} {token}"
    yield "a good token under another scheme", f"Basic {token}"
    yield "an endless token", _bearer(f"{token}{'A' * 8 * 1024}")


def misissued(expected: Expectation, now: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Name and claims of tokens that the provider signed for something else than this request."""
    good = good_claims(expected, now)
    tags = good[TAGS_CLAIM]
    yield "another issuer", {**good, "iss": "https://somebody-else.eu.auth0.com/"}
    yield "the issuer without its slash", {**good, "iss": expected.issuer.rstrip("/")}
    yield "another audience", {**good, "aud": "https://api.somebody-else.example"}
    yield "an app's own token", {**good, "aud": good["azp"]}
    yield "another app", {**good, "azp": "AnotherApp"}
    yield "expired", {**good, "exp": now - 1}
    yield "not valid yet", {**good, "nbf": now + 3600}
    yield "issued in the future", {**good, "iat": now + 3600, "exp": now + 7200}
    yield "valid for a year", {**good, "exp": now + 365 * 86400}
    yield "tagged as another user", {**good, TAGS_CLAIM: {**tags, "principal_tags": {"user": ["email:bob"]}}}
    yield "tagged as two users", {**good, TAGS_CLAIM: {**tags, "principal_tags": {"user": ["a", "b"]}}}
    another_role = expected.role_arn.replace("UserData", "Administrator")
    yield "for another role", {**good, ROLES_CLAIM: [another_role]}
    yield "for a second role", {**good, ROLES_CLAIM: [expected.role_arn, another_role]}
    yield "for every role", {**good, ROLES_CLAIM: ["arn:aws:iam::*:role/*"]}
    yield "with its role as a text", {**good, ROLES_CLAIM: expected.role_arn}
    for name in ("iss", "aud", "azp", "exp", "iat", "sub", TAGS_CLAIM, ROLES_CLAIM):
        yield f"without {name}", {key: value for key, value in good.items() if key != name}


def good_claims(expected: Expectation, now: int) -> dict[str, Any]:
    """What the provider puts into a token for one of our apps."""
    return {
        "iss": expected.issuer,
        "aud": expected.audience,
        "azp": min(expected.client_ids),
        "sub": "email|6543c0ffee",
        "iat": now,
        "exp": now + 3600,
        TAGS_CLAIM: {"principal_tags": {"user": ["email:6543c0ffee"]}, "transitive_tag_keys": ["user"]},
        ROLES_CLAIM: [expected.role_arn],
    }


class ProviderKey:
    """A signing key in the provider's place: signs what it is told, and is the authorizer's key set."""

    def __init__(self) -> None:
        self._private = RSAKey.generate_key(2048, private=True)

    def sign(self, claims: dict[str, Any]) -> str:
        """A well-formed access token of these claims."""
        return _signed_by(self._private, claims)({"alg": "RS256", "kid": "provider", "typ": "at+jwt"})

    def key(self, kid: str) -> RSAKey:
        """The public half."""
        assert kid == "provider"
        return RSAKey.import_key(self._private.as_dict(private=False))


def _signed_by(key: Any, claims: dict[str, Any]) -> Callable[[dict[str, Any]], str]:
    body = json.dumps(claims).encode()
    return lambda header: jws.serialize_compact(header, body, key, algorithms=[header["alg"]], registry=_ANY)


_ANY = jws.JWSRegistry(algorithms=["RS256", "ES256"], strict_check_header=False)


def _unsigned(header: dict[str, Any], claims: dict[str, Any]) -> str:
    return f"{_encoded(header)}.{_encoded(claims)}."


def _macked(header: dict[str, Any], claims: dict[str, Any], secret: bytes) -> str:
    """By hand: a library that can be trusted refuses a public key as a secret."""
    signed = f"{_encoded(header)}.{_encoded(claims)}"
    mac = hmac.digest(secret, signed.encode(), "sha256")
    return f"{signed}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def _swapped(token: str, claims: dict[str, Any]) -> str:
    header, _, signature = token.split(".")
    return f"{header}.{_encoded(claims)}.{signature}"


def _changed(token: str) -> str:
    head, _, signature = token.rpartition(".")
    raw = bytearray(_decoded(signature))
    raw[len(raw) // 2] ^= 1
    return f"{head}.{base64.urlsafe_b64encode(raw).rstrip(b'=').decode()}"


def _bearer(token: str) -> str:
    return f"Bearer {token}"


def _encoded(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def attempt_forgeries(cloud: Cloud, token: str) -> tuple[Answer, ...]:
    """The good token, no token, and every forgery of it, each tried on the listing of pictures."""
    cases = [("a good token", f"Bearer {token}", 200), ("no token", "", 401)]
    cases += [(name, header, 401) for name, header in forgeries(token, cloud.key_set())]
    answers, calls_before = [], len(cloud.records())
    for name, authorization, expected in cases:
        status = _status(cloud, authorization)
        calls = len(cloud.records())
        harm = "a function acted on it" if calls > calls_before and expected != 200 else ""
        answers.append(Answer(name, expected, status, harm))
        calls_before = calls
    return tuple(answers)


def _status(cloud: Cloud, authorization: str) -> int:
    headers = {"Authorization": authorization} if authorization else {}
    with cloud.api(None) as client:
        return client.get("/pictures", headers=headers).status_code
