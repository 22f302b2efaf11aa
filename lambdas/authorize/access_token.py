"""Whether an access token is one the identity provider issued, to one of our apps, for this API, for now.

Follows RFC 8725 (JSON Web Token best current practices) and RFC 9068 (access tokens). STS checks the same
token a second time before any data can be reached; this is the first of two locks, not the only one.
"""

import base64
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

from joserfc.errors import JoseError
from joserfc.jwk import RSAKey
from joserfc.jws import JWSRegistry

from lambdas.authorize.refusal import Reason, Refused
from lambdas.authorize.strict_json import parse_object

TOKEN_BYTES = 8 * 1024
"""Larger tokens are refused unread; Auth0's with our claims take about 1 KiB."""
LEEWAY_SECONDS = 30
"""How far ahead of ours the provider's clock may be (iat, nbf). Expiry has no leeway."""
LIFETIME_SECONDS = 24 * 3600
"""A token that claims to live longer is refused: Auth0's own default for an API is one day."""
ALGORITHM = JWSRegistry(algorithms=["RS256"]).get_alg("RS256")
"""The one algorithm, fixed here: nothing in a token chooses how, or whether, it is verified."""

TAGS_CLAIM = "https://aws.amazon.com/tags"
ROLES_CLAIM = "https://aws.amazon.com/roles"

_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
# Headers that name or carry a key (jwk, jku, x5u, x5c), change the rules (crit, b64, zip), or are unknown
# have no business in our tokens: exactly these three are accepted.
_HEADER = {"alg", "kid", "typ"}
_TYPES = {"jwt", "at+jwt", "application/at+jwt"}
# What Auth0 puts into `sub`. A colon is left out although session tags allow it: `|` is written `:`, so with
# a colon two subjects could become one user.
_SUBJECT = re.compile(r"[A-Za-z0-9_.=+@|-]{1,128}")


@dataclass(frozen=True, kw_only=True)
class Expectation:
    """Which tokens are meant for us: their issuer, the API as audience, the apps that may ask for one.

    role_arn: the one role that such a token may take at STS.
    """

    issuer: str
    audience: str
    client_ids: frozenset[str]
    role_arn: str


class Keys(Protocol):
    """Where a token's signing key is found by its id."""

    def key(self, kid: str) -> RSAKey:
        """Return the key, or raise Refused."""


def verified_user(token: str, *, expected: Expectation, keys: Keys, now: float) -> str:
    """Return the user id that `token` proves: its subject, with `|` written `:`.

    Raises: Refused with the reason's class; KeySetUnavailable when the keys cannot be had.
    """
    if len(token) > TOKEN_BYTES:
        raise Refused(Reason.OVERSIZED)
    if not _COMPACT.fullmatch(token):
        raise Refused(Reason.MALFORMED)
    claims = _verified_claims(token, keys.key(_key_id(token.partition(".")[0])))
    if claims.get("iss") != expected.issuer:
        raise Refused(Reason.ISSUER)
    if expected.audience not in _audiences(claims.get("aud")):
        raise Refused(Reason.AUDIENCE)
    client = claims.get("azp")
    # azp and not client_id: STS takes azp for the audience when present, so both locks look at one claim.
    # https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
    if not isinstance(client, str) or client not in expected.client_ids:
        raise Refused(Reason.CLIENT)
    _check_lifetime(claims, now)
    # Exactly this role and no other: a token that names more roles would be worth more when it is stolen.
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_sts.html
    if claims.get(ROLES_CLAIM) != [expected.role_arn]:
        raise Refused(Reason.ROLES)
    return _user(claims)


# Tokens of one signing key have the same header: the last few are kept, so that each is read once.
@lru_cache(maxsize=16)
def _key_id(encoded_header: str) -> str:
    try:
        header = parse_object(_decoded(encoded_header))
    except ValueError:
        raise Refused(Reason.MALFORMED) from None
    kid, kind = header.get("kid"), header.get("typ")
    if header.keys() != _HEADER or header["alg"] != ALGORITHM.name:
        raise Refused(Reason.HEADER)
    if not isinstance(kid, str) or not isinstance(kind, str) or kind.lower() not in _TYPES:
        raise Refused(Reason.HEADER)
    return kid


def _verified_claims(token: str, key: RSAKey) -> dict[str, Any]:
    signing_input, _, signature = token.rpartition(".")
    try:
        verified = ALGORITHM.verify(signing_input.encode(), _decoded(signature), key)
    except (JoseError, ValueError):
        verified = False
    if not verified:
        raise Refused(Reason.SIGNATURE)
    try:
        return parse_object(_decoded(signing_input.partition(".")[2]))
    except ValueError:
        raise Refused(Reason.MALFORMED) from None


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "==")


def _audiences(claim: object) -> list[str]:
    audiences = [claim] if isinstance(claim, str) else claim
    if not isinstance(audiences, list) or not all(isinstance(audience, str) for audience in audiences):
        raise Refused(Reason.AUDIENCE)
    return audiences


def _check_lifetime(claims: dict[str, Any], now: float) -> None:
    issued, expires, not_before = (_moment(claims, name) for name in ("iat", "exp", "nbf"))
    if not issued - LEEWAY_SECONDS <= now < expires or now < not_before - LEEWAY_SECONDS:
        raise Refused(Reason.LIFETIME)
    if expires - issued > LIFETIME_SECONDS:
        raise Refused(Reason.LIFETIME)


def _moment(claims: dict[str, Any], name: str) -> float:
    moment = claims.get(name, 0 if name == "nbf" else None)
    # bool is a kind of int, and no moment.
    if isinstance(moment, bool) or not isinstance(moment, (int, float)):
        raise Refused(Reason.LIFETIME)
    return moment


def _user(claims: dict[str, Any]) -> str:
    subject = claims.get("sub")
    if not isinstance(subject, str) or not _SUBJECT.fullmatch(subject):
        raise Refused(Reason.USER)
    user = subject.replace("|", ":")
    # Exactly this and nothing beside it: STS makes every tag named here part of the session that reads data.
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html#id_session-tags_adding-assume-role-idp
    if claims.get(TAGS_CLAIM) != {"principal_tags": {"user": [user]}, "transitive_tag_keys": ["user"]}:
        raise Refused(Reason.TAGS)
    return user
