"""Tokens that must be refused, made from a good one as an attacker would who holds no key of the provider."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

from joserfc import jws
from joserfc.jwk import ECKey, OctKey, RSAKey

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
    secret = OctKey.import_key(public.as_pem(private=False))
    yield (
        "HS256 with the public key as secret",
        _bearer(_signed_by(secret, claims)({**header, "alg": "HS256"})),
    )
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
    yield "an endless token", _bearer(f"{token}{'A' * 20_000}")


def _signed_by(key: Any, claims: dict[str, Any]) -> Callable[[dict[str, Any]], str]:
    body = json.dumps(claims).encode()
    return lambda header: jws.serialize_compact(header, body, key, algorithms=[header["alg"]], registry=_ANY)


_ANY = jws.JWSRegistry(algorithms=["RS256", "HS256", "ES256"], strict_check_header=False)


def _unsigned(header: dict[str, Any], claims: dict[str, Any]) -> str:
    return f"{_encoded(header)}.{_encoded(claims)}."


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
