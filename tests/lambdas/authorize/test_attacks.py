"""Every forged, foreign, stale or malformed token is refused: with one answer, and for the reason meant."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jwe, jws
from joserfc.jwk import ECKey, OctKey, RSAKey

from lambdas.authorize.refusal import Reason

STRANGER = RSAKey.generate_key(2048)
CURVE = ECKey.generate_key("P-256")
TAGS = "https://aws.amazon.com/tags"
ROLES = "https://aws.amazon.com/roles"
ROLE = "arn:aws:iam::111111111111:role/soulpicks-test-UserData"
OTHER_ROLE = "arn:aws:iam::111111111111:role/Administrator"


def drop(values: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name not in names}


def claim(**changes: Any) -> Callable[[Any], str]:
    return lambda issuer: issuer.token(**changes)


def without(name: str) -> Callable[[Any], str]:
    return lambda issuer: issuer.sign(issuer.header(), drop(issuer.claims(), name))


def header(**changes: Any) -> Callable[[Any], str]:
    return lambda issuer: issuer.sign(issuer.header(**changes), issuer.claims())


def unsigned(alg: str) -> Callable[[Any], str]:
    return lambda issuer: issuer.sign(issuer.header(alg=alg), issuer.claims()).rpartition(".")[0] + "."


def hmac_with_public_key(issuer: Any) -> str:
    pem = issuer.key.public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    signing_input = issuer.sign(issuer.header(alg="HS256"), issuer.claims()).rpartition(".")[0]
    return f"{signing_input}.{_b64(hmac.digest(pem, signing_input.encode(), hashlib.sha256))}"


def hmac_under_rs256(issuer: Any) -> str:
    pem = issuer.key.public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    signing_input = issuer.token().rpartition(".")[0]
    return f"{signing_input}.{_b64(hmac.digest(pem, signing_input.encode(), hashlib.sha256))}"


def other_algorithm(alg: str, key: Any) -> Callable[[Any], str]:
    def forge(issuer: Any) -> str:
        payload = json.dumps(issuer.claims()).encode()
        signer = issuer.key if key is None else key
        return jws.serialize_compact(issuer.header(alg=alg), payload, signer, algorithms=[alg])

    return forge


def by_stranger(**embedded: Any) -> Callable[[Any], str]:
    return lambda issuer: type(issuer)(STRANGER).sign(issuer.header(**embedded), issuer.claims())


def altered_payload(issuer: Any) -> str:
    head, _, signature = issuer.token().split(".")
    return f"{head}.{_b64(json.dumps(issuer.claims(sub='email|victim')).encode())}.{signature}"


def raw_claims(edit: Callable[[str], str]) -> Callable[[Any], str]:
    return lambda issuer: issuer.sign(issuer.header(), edit(json.dumps(issuer.claims())).encode())


def encrypted(issuer: Any) -> str:
    key = RSAKey.import_key(issuer.key.as_dict(private=False))
    protected = {"alg": "RSA-OAEP", "enc": "A256GCM", "kid": "signing-key-1", "typ": "at+jwt"}
    return jwe.encrypt_compact(protected, json.dumps(issuer.claims()), key)


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _tags(principal_tags: dict[str, Any], transitive: list[str] | None = None) -> dict[str, Any]:
    return {"principal_tags": principal_tags, "transitive_tag_keys": transitive or ["user"]}


NOW = int(time.time())
USER = "email:0123456789abcdef01234567"
JWK = STRANGER.as_dict(private=False)

# Title, the reason that must be found, how the token is made.
ATTACKS: list[tuple[str, Reason, Callable[[Any], str]]] = [
    ("alg none, signature removed", Reason.MALFORMED, unsigned("none")),
    ("alg none, signature kept", Reason.HEADER, header(alg="none")),
    ("alg None in capitals", Reason.HEADER, header(alg="NONE")),
    ("RS256 with an empty signature", Reason.MALFORMED, unsigned("RS256")),
    ("HS256 keyed with the public key", Reason.HEADER, hmac_with_public_key),
    ("an HMAC with the public key called RS256", Reason.SIGNATURE, hmac_under_rs256),
    ("HS256 with a secret of its own", Reason.HEADER, other_algorithm("HS256", OctKey.generate_key(256))),
    ("ES256", Reason.HEADER, other_algorithm("ES256", CURVE)),
    ("PS256 by the right key", Reason.HEADER, other_algorithm("PS256", None)),
    ("RS384 by the right key", Reason.HEADER, other_algorithm("RS384", None)),
    ("RS512 by the right key", Reason.HEADER, other_algorithm("RS512", None)),
    ("alg is a list", Reason.HEADER, header(alg=["RS256"])),
    ("signed by a stranger under our key id", Reason.SIGNATURE, by_stranger()),
    ("signed by a stranger, key embedded", Reason.HEADER, by_stranger(jwk=JWK)),
    ("signed by a stranger, key set named", Reason.HEADER, by_stranger(jku="https://evil.example/jwks.json")),
    ("signed by a stranger, certificate named", Reason.HEADER, by_stranger(x5u="https://evil.example/x")),
    ("signed by a stranger, certificate embedded", Reason.HEADER, by_stranger(x5c=["MIIB"])),
    ("unknown key id", Reason.KEY, header(kid="another")),
    ("key id that is a path", Reason.KEY, header(kid="../../../dev/null")),
    ("key id that is no text", Reason.HEADER, header(kid=1)),
    ("empty key id", Reason.KEY, header(kid="")),
    ("no key id", Reason.HEADER, lambda i: i.sign(drop(i.header(), "kid"), i.claims())),
    ("no type", Reason.HEADER, lambda i: i.sign(drop(i.header(), "typ"), i.claims())),
    ("another type", Reason.HEADER, header(typ="dpop+jwt")),
    ("logout token type", Reason.HEADER, header(typ="logout+jwt")),
    ("type that is no text", Reason.HEADER, header(typ=["JWT"])),
    ("critical header", Reason.HEADER, header(crit=["exp"])),
    ("unencoded payload", Reason.HEADER, header(b64=False, crit=["b64"])),
    ("compressed", Reason.HEADER, header(zip="DEF")),
    ("nested content type", Reason.HEADER, header(cty="JWT")),
    ("header with alg twice", Reason.MALFORMED, lambda i: i.sign(
        b'{"alg":"none","alg":"RS256","kid":"signing-key-1","typ":"JWT"}', i.claims())),
    ("header is a list", Reason.MALFORMED, lambda i: i.sign(b'["RS256"]', i.claims())),
    ("header is not JSON", Reason.MALFORMED, lambda i: i.sign(b"RS256", i.claims())),
    ("header nested a thousand deep", Reason.MALFORMED, lambda i: i.sign(b'{"a":' * 1000, i.claims())),
    ("claims altered after signing", Reason.SIGNATURE, altered_payload),
    ("signature cut", Reason.SIGNATURE, lambda i: i.token()[:-8]),
    ("signature of another token", Reason.SIGNATURE, lambda i: i.token(iat=NOW - 60).rpartition(".")[0]
        + "." + i.token(iat=NOW - 61).rpartition(".")[2]),
    ("encrypted token", Reason.MALFORMED, encrypted),
    ("expired a second ago", Reason.LIFETIME, claim(iat=NOW - 3600, exp=NOW - 1)),
    ("expired long ago", Reason.LIFETIME, claim(iat=1, exp=2)),
    ("not valid yet", Reason.LIFETIME, claim(nbf=NOW + 3600)),
    ("issued in the future", Reason.LIFETIME, claim(iat=NOW + 3600, exp=NOW + 7200)),
    ("lives a year", Reason.LIFETIME, claim(exp=NOW + 365 * 86400)),
    ("no expiry", Reason.LIFETIME, without("exp")),
    ("no time of issue", Reason.LIFETIME, without("iat")),
    ("expiry as text", Reason.LIFETIME, claim(exp=str(NOW + 3600))),
    ("expiry as true", Reason.LIFETIME, claim(exp=True)),
    ("expiry null", Reason.LIFETIME, claim(exp=None)),
    ("not-before as text", Reason.LIFETIME, claim(nbf="0")),
    ("expiry NaN", Reason.MALFORMED, claim(exp=float("nan"))),
    ("expiry Infinity", Reason.MALFORMED, claim(exp=float("inf"))),
    ("expiry too large for a float", Reason.LIFETIME, raw_claims(
        lambda text: text.replace('"exp": ', '"exp": 1e999, "x": '))),
    ("another issuer", Reason.ISSUER, claim(iss="https://evil.eu.auth0.com/")),
    ("issuer without its slash", Reason.ISSUER, claim(iss="https://soulpicks-test.eu.auth0.com")),
    ("issuer with a suffix", Reason.ISSUER, claim(iss="https://soulpicks-test.eu.auth0.com/.evil.example/")),
    ("issuer in capitals", Reason.ISSUER, claim(iss="HTTPS://SOULPICKS-TEST.EU.AUTH0.COM/")),
    ("issuer list", Reason.ISSUER, claim(iss=["https://soulpicks-test.eu.auth0.com/"])),
    ("no issuer", Reason.ISSUER, without("iss")),
    ("another audience", Reason.AUDIENCE, claim(aud="https://api.soulpicks.example")),
    ("audience that only contains ours", Reason.AUDIENCE, claim(aud="https://api.test.soulpicks.example.evil")),
    ("no audience", Reason.AUDIENCE, without("aud")),
    ("empty audience list", Reason.AUDIENCE, claim(aud=[])),
    ("audience as an object", Reason.AUDIENCE, claim(aud={"https://api.test.soulpicks.example": 1})),
    ("audience list with a number", Reason.AUDIENCE, claim(aud=["https://api.test.soulpicks.example", 1])),
    ("an ID token of our app", Reason.AUDIENCE, claim(aud="app-ios")),
    ("no client", Reason.CLIENT, without("azp")),
    ("another client", Reason.CLIENT, claim(azp="somebody-elses-app")),
    ("two clients in one text", Reason.CLIENT, claim(azp="app-ios,app-android")),
    ("client list", Reason.CLIENT, claim(azp=["app-ios"])),
    ("empty client", Reason.CLIENT, claim(azp="")),
    ("no subject", Reason.USER, without("sub")),
    ("empty subject", Reason.USER, claim(sub="")),
    ("subject that is a pattern", Reason.USER, claim(sub="email|*")),
    ("subject with a slash", Reason.USER, claim(sub="email|a/b")),
    ("subject with a newline", Reason.USER, claim(sub="email|0123456789abcdef01234567\n")),
    ("subject with a colon, tags to match", Reason.USER, claim(sub=USER)),
    ("subject too long", Reason.USER, claim(sub="a" * 129)),
    ("subject in other letters", Reason.USER, claim(sub="email|\uff41")),
    ("subject as a number", Reason.USER, claim(sub=7)),
    ("machine token of a client", Reason.USER, claim(sub="app-ios@clients?")),
    ("no tags", Reason.TAGS, without(TAGS)),
    ("tags null", Reason.TAGS, claim(**{TAGS: None})),
    ("tags name another user", Reason.TAGS, claim(**{TAGS: _tags({"user": ["email:victim"]})})),
    ("tags name two users", Reason.TAGS, claim(**{TAGS: _tags({"user": [USER, "email:victim"]})})),
    ("tags with the subject as it is", Reason.TAGS, claim(**{
        TAGS: _tags({"user": ["email|0123456789abcdef01234567"]})})),
    ("user tag not in a list", Reason.TAGS, claim(**{TAGS: _tags({"user": USER})})),
    ("a second tag", Reason.TAGS, claim(**{TAGS: _tags({"user": [USER], "role": ["admin"]})})),
    ("user tag not transitive", Reason.TAGS, claim(**{TAGS: {"principal_tags": {"user": [USER]}}})),
    ("another tag transitive", Reason.TAGS, claim(**{TAGS: _tags({"user": [USER]}, ["user", "role"])})),
    ("no roles", Reason.ROLES, without(ROLES)),
    ("roles null", Reason.ROLES, claim(**{ROLES: None})),
    ("no role in the list", Reason.ROLES, claim(**{ROLES: []})),
    ("another role", Reason.ROLES, claim(**{ROLES: [OTHER_ROLE]})),
    ("the role of another account", Reason.ROLES, claim(**{ROLES: [ROLE.replace("111111111111", "2" * 12)]})),
    ("the role of another stage", Reason.ROLES, claim(**{ROLES: [ROLE.replace("-test-", "-staging-")]})),
    ("a second role", Reason.ROLES, claim(**{ROLES: [ROLE, OTHER_ROLE]})),
    ("a second role before it", Reason.ROLES, claim(**{ROLES: [OTHER_ROLE, ROLE]})),
    ("the role twice", Reason.ROLES, claim(**{ROLES: [ROLE, ROLE]})),
    ("the role as a text", Reason.ROLES, claim(**{ROLES: ROLE})),
    ("roles in one text", Reason.ROLES, claim(**{ROLES: f"{ROLE};{OTHER_ROLE}"})),
    ("every role", Reason.ROLES, claim(**{ROLES: ["*"]})),
    ("a wildcard in the role", Reason.ROLES, claim(**{ROLES: [ROLE.replace("test", "*")]})),
    ("the role in other letters", Reason.ROLES, claim(**{ROLES: [ROLE.upper()]})),
    ("the name of the role alone", Reason.ROLES, claim(**{ROLES: ["soulpicks-test-UserData"]})),
    ("the role in a list in a list", Reason.ROLES, claim(**{ROLES: [[ROLE]]})),
    ("the role as an object", Reason.ROLES, claim(**{ROLES: {ROLE: True}})),
    ("roles twice", Reason.MALFORMED, raw_claims(lambda text: text[:-1] + f', "{ROLES}": ["*"]}}')),
    ("subject twice", Reason.MALFORMED, raw_claims(lambda text: text[:-1] + ', "sub": "email|victim"}')),
    ("issuer twice", Reason.MALFORMED, raw_claims(lambda text: '{"iss": "https://evil/",' + text[1:])),
    ("user tag twice", Reason.MALFORMED, raw_claims(
        lambda text: text.replace('"principal_tags": {', '"principal_tags": {"user": ["email:victim"], '))),
    ("claims are a list", Reason.MALFORMED, raw_claims(lambda text: f"[{text}]")),
    ("claims are not UTF-8", Reason.MALFORMED, lambda i: i.sign(i.header(), b'{"iss": "\xff"}')),
    ("claims nested four thousand deep", Reason.MALFORMED, raw_claims(lambda _: '{"a":' + "[" * 4000)),
    ("claims with a number of 5000 digits", Reason.MALFORMED, raw_claims(
        lambda text: text[:-1] + ', "n": ' + "9" * 5000 + "}")),
    ("one byte over the size limit", Reason.OVERSIZED, lambda i: "a" * (8 * 1024 + 1)),
    ("a valid token padded over the limit", Reason.OVERSIZED, claim(padding="a" * 8192)),
    ("garbage", Reason.MALFORMED, lambda i: "garbage"),
    ("three dots", Reason.MALFORMED, lambda i: "a.b.c.d"),
    ("empty", Reason.MALFORMED, lambda i: ""),
    ("spaces around", Reason.MALFORMED, lambda i: f" {i.token()}"),
    ("newline after", Reason.MALFORMED, lambda i: f"{i.token()}\n"),
    ("padded base64", Reason.MALFORMED, lambda i: f"{i.token()}=="),
    ("two tokens", Reason.MALFORMED, lambda i: f"{i.token()},{i.token()}"),
    ("other letters", Reason.MALFORMED, lambda i: f"{i.token()}\uff41"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("reason", "forge"), [case[1:] for case in ATTACKS], ids=[case[0] for case in ATTACKS]
)
def test_an_attack_is_refused_like_every_other(authorize, issuer, log, reason, forge):
    token = forge(issuer)
    with pytest.raises(Exception, match=r"^Unauthorized$") as refused:
        authorize(f"Bearer {token}")
    assert type(refused.value) is Exception
    assert refused.value.__cause__ is None
    line = json.loads(log.getvalue())
    assert line["reason"] == reason.value
    if len(token) > 20:
        assert not any(part in log.getvalue() for part in token.split(".") if part)


@pytest.mark.parametrize(
    "authorization",
    [None, "", "Bearer", 7, ["Bearer x"], "Basic dXNlcjpwYXNz", "token"],
    ids=["absent", "empty", "scheme alone", "number", "list", "basic", "no scheme"],
)
def test_a_request_without_a_bearer_token_is_refused(authorize, log, authorization):
    with pytest.raises(Exception, match=r"^Unauthorized$"):
        authorize(authorization)
    assert json.loads(log.getvalue())["reason"] == Reason.MISSING.value


def test_a_token_with_nothing_wrong_is_accepted(authorize, issuer):
    """The attacks differ from this token in one thing each; if it were refused they would prove nothing."""
    assert authorize(f"Bearer {issuer.token()}")["principalId"] == USER
