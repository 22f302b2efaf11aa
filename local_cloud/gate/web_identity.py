"""`AssumeRoleWithWebIdentity`: a person's token becomes a role session that carries who the person is.

Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
"""

import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import escape

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from local_cloud.backend import Answer
from local_cloud.gate.refusals import query_error
from local_cloud.gate.sessions import Role, Session, Sessions
from local_cloud.gate.trust import AUTHORIZED_BY_IDP, Keys, NotUnderstood, admits

TAGS_CLAIM = "https://aws.amazon.com/tags"
ROLES_CLAIM = "https://aws.amazon.com/roles"
SESSION_NAME = re.compile(r"[\w+=,.@-]{2,64}")
# https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#id_tags_rules_creating
TAG_KEY = re.compile(r"[\w\s.:/=+\-@]{1,128}")
TAG_VALUE = re.compile(r"[\w\s.:/=+\-@]{0,256}")
TOKEN_LIMIT, TAG_LIMIT = 20_000, 50


@dataclass(frozen=True, kw_only=True)
class Provider:
    """An IAM OIDC provider of the templates."""

    arn: str
    url: str
    client_ids: tuple[str, ...]

    @property
    def prefix(self) -> str:
        """How condition keys name the provider."""
        return self.url.removeprefix("https://")


class StsRefusal(Exception):
    """STS does not give out a session."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.status = status


@dataclass(frozen=True, kw_only=True)
class Identity:
    """What a verified token says."""

    provider: Provider
    subject: str
    audience: str
    claims: Mapping[str, Any]
    tags: Mapping[str, str]
    transitive: tuple[str, ...]

    def names(self, role_arn: str) -> bool:
        """Whether the token's claim of roles holds the role."""
        roles = self.claims.get(ROLES_CLAIM)
        return isinstance(roles, list) and role_arn in roles

    @property
    def keys(self) -> Keys:
        """The condition keys that a trust policy can ask for."""
        keys: dict[str, tuple[str, ...]] = {
            f"{self.provider.prefix}:aud": (self.audience,),
            f"{self.provider.prefix}:sub": (self.subject,),
            "aws:federatedprovider": (self.provider.arn,),
            **{f"aws:requesttag/{name}": (value,) for name, value in self.tags.items()},
        }
        if isinstance(self.claims.get("amr"), list):
            keys[f"{self.provider.prefix}:amr"] = tuple(map(str, self.claims["amr"]))
        if self.tags:
            keys["aws:tagkeys"] = tuple(self.tags)
        if self.transitive:
            keys["sts:transitivetagkeys"] = self.transitive
        return {name.lower(): values for name, values in keys.items()}


class WebIdentity:
    """The one STS operation that the functions use; it needs no signature, the token is the proof."""

    def __init__(
        self,
        *,
        roles: Mapping[str, Role],
        providers: tuple[Provider, ...],
        sessions: Sessions,
        key_set: Callable[[str], KeySet],
    ) -> None:
        """`key_set` returns the current keys of an issuer."""
        self._roles = roles
        self._providers = providers
        self._sessions = sessions
        self._key_set = key_set

    def answer(self, parameters: Mapping[str, str], network: Keys) -> tuple[Session | None, Answer]:
        """Give out a session, or say in STS's words why not.

        network: the condition keys that tell where the call comes from.
        """
        try:
            session, identity = self._assume(parameters, network)
        except StsRefusal as refusal:
            return None, query_error(refusal.status, refusal.code, str(refusal))
        return session, _success(session, identity)

    def identity_of(self, parameters: Mapping[str, str]) -> Identity | None:
        """Whom the token of a request names, if STS believes it; for the record of the call."""
        try:
            return self._identify(parameters.get("WebIdentityToken", ""))
        except StsRefusal:
            return None

    def _assume(self, parameters: Mapping[str, str], network: Keys) -> tuple[Session, Identity]:
        name = parameters.get("RoleSessionName", "")
        if not SESSION_NAME.fullmatch(name):
            raise StsRefusal("ValidationError", "roleSessionName must be 2 to 64 of [\\w+=,.@-]")
        if any(parameter.startswith("PolicyArns.") for parameter in parameters):
            raise StsRefusal("NotImplemented", "managed session policies are not kept here")
        identity = self._identify(parameters.get("WebIdentityToken", ""))
        role_arn = parameters.get("RoleArn", "")
        role = self._roles.get(role_arn)
        try:
            admitted = role is not None and admits(
                role.trust,
                provider_arn=identity.provider.arn,
                keys={**network, **identity.keys, AUTHORIZED_BY_IDP: (_authorized(identity, role_arn),)},
            )
        except NotUnderstood as error:
            raise StsRefusal(
                "AccessDenied", f"the trust policy is not understood here: {error}", 403
            ) from error
        if role is None or not admitted:
            raise StsRefusal("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity", 403)
        session = self._sessions.open(
            role,
            name,
            seconds=_duration(parameters, role),
            tags=identity.tags,
            federated_provider=identity.provider.arn,
            policy=parameters.get("Policy"),
        )
        return session, identity

    def _identify(self, token: str) -> Identity:
        if not 4 <= len(token) <= TOKEN_LIMIT:
            raise StsRefusal("ValidationError", f"webIdentityToken must be 4 to {TOKEN_LIMIT} characters")
        issuer = _unverified_issuer(token)
        provider = next((each for each in self._providers if each.url == issuer), None)
        if provider is None:
            raise StsRefusal(
                "InvalidIdentityToken", "No OpenIDConnect provider found in your account for the issuer"
            )
        try:
            claims = jwt.decode(token, self._key_set(issuer), algorithms=["RS256"]).claims
        except (JoseError, ValueError) as error:
            raise StsRefusal("InvalidIdentityToken", "Couldn't verify the token's signature") from error
        _check_times(claims)
        audience = claims.get("azp") or claims.get("aud")
        if not isinstance(audience, str) or audience not in provider.client_ids:
            raise StsRefusal("InvalidIdentityToken", "Incorrect token audience")
        subject = claims.get("sub")
        if not isinstance(subject, str) or not subject:
            raise StsRefusal("InvalidIdentityToken", "the token has no subject")
        tags, transitive = _session_tags(claims.get(TAGS_CLAIM))
        return Identity(
            provider=provider,
            subject=subject,
            audience=audience,
            claims=claims,
            tags=tags,
            transitive=transitive,
        )


def _unverified_issuer(token: str) -> str:
    """Read which key set to verify with; nothing else of an unverified token is used."""
    try:
        issuer = json.loads(jws.extract_compact(token.encode()).payload)["iss"]
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise StsRefusal("InvalidIdentityToken", "the token is not a JSON web token") from error
    return str(issuer)


def _check_times(claims: Mapping[str, Any]) -> None:
    now = time.time()
    expires, issued = claims.get("exp"), claims.get("iat")
    if not isinstance(expires, int) or not isinstance(issued, int):
        raise StsRefusal("InvalidIdentityToken", "the token has no exp or iat")
    if expires <= now:
        raise StsRefusal("ExpiredTokenException", "Token expired")
    if issued > now + 300 or claims.get("nbf", 0) > now + 300:
        raise StsRefusal("InvalidIdentityToken", "the token is not valid yet")


def _session_tags(claim: Any) -> tuple[dict[str, str], tuple[str, ...]]:
    """Read the session tags: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html."""
    if claim is None:
        return {}, ()
    try:
        tags = {str(name): values[0] for name, values in claim["principal_tags"].items() if len(values) == 1}
        well_formed = len(tags) == len(claim["principal_tags"]) <= TAG_LIMIT and all(
            TAG_KEY.fullmatch(name) and isinstance(value, str) and TAG_VALUE.fullmatch(value)
            for name, value in tags.items()
        )
        transitive = tuple(map(str, claim.get("transitive_tag_keys", ())))
    except (AttributeError, KeyError, TypeError, IndexError) as error:
        raise StsRefusal("InvalidIdentityToken", f"the claim {TAGS_CLAIM} is malformed") from error
    if not well_formed:
        raise StsRefusal("InvalidIdentityToken", f"the claim {TAGS_CLAIM} has tags that AWS does not accept")
    return tags, transitive


def _authorized(identity: Identity, role_arn: str) -> str:
    """Answer `sts:RoleAuthorizedByIdp`, which every call of this operation has.

    AWS's page says only that the key tells whether the token's claim of roles authorizes the role. That a
    token with a claim which does not name the role is refused outright was observed by others; what AWS makes
    of a claim that is no list of texts is not documented, so it is refused here.
    Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_sts.html
    """
    if ROLES_CLAIM not in identity.claims:
        return "false"
    if not identity.names(role_arn):
        raise StsRefusal("InvalidIdentityToken", f"the claim {ROLES_CLAIM} does not name the role")
    return "true"


def _duration(parameters: Mapping[str, str], role: Role) -> int:
    text = parameters.get("DurationSeconds", "3600")
    if not text.isdecimal() or not 900 <= int(text) <= 43_200:
        raise StsRefusal("ValidationError", "durationSeconds must be 900 to 43200")
    if int(text) > role.max_session_seconds:
        raise StsRefusal(
            "ValidationError", "DurationSeconds exceeds the MaxSessionDuration set for this role"
        )
    return int(text)


def _success(session: Session, identity: Identity) -> Answer:
    expiration = datetime.fromtimestamp(session.expires_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    body = (
        '<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">'
        "<AssumeRoleWithWebIdentityResult>"
        f"<SubjectFromWebIdentityToken>{escape(identity.subject)}</SubjectFromWebIdentityToken>"
        f"<Audience>{escape(identity.audience)}</Audience><Provider>{escape(identity.provider.arn)}</Provider>"
        f"<AssumedRoleUser><Arn>{session.arn}</Arn><AssumedRoleId>{session.user_id}</AssumedRoleId></AssumedRoleUser>"
        f"<Credentials><AccessKeyId>{session.access_key_id}</AccessKeyId>"
        f"<SecretAccessKey>{session.secret_access_key}</SecretAccessKey><SessionToken>{session.token}</SessionToken>"
        f"<Expiration>{expiration}</Expiration></Credentials>"
        "</AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>"
    )
    return Answer(status=200, headers={"content-type": "text/xml"}, body=body.encode())
