"""A user's own AWS session, got from STS for his token and kept in this process's memory only.

The function's role may do nothing with data: what happens to pictures happens with these credentials. Their
session is tagged with the user by the identity provider's word and not by ours.
"""

import base64
import hashlib
import json
import re
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from lambdas.pictures.clients import Credentials, UserClients
from lambdas.pictures.errors import TokenRefused, aws_errors, error_code

if TYPE_CHECKING:
    from mypy_boto3_sts import STSClient

SESSION_SECONDS = 900  # the shortest that STS gives
MARGIN_SECONDS = 60
"""A session is no longer used this long before its credentials end, so that no request outlives them."""
MAX_SESSIONS = 16

_BEARER = re.compile(r"Bearer ([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)")
# https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html, "Errors"; the others
# (IDPCommunicationError, RegionDisabledException) are not the token's fault.
_TOKEN_ERRORS = frozenset(
    {
        "AccessDenied",
        "ExpiredTokenException",
        "IDPRejectedClaim",
        "InvalidIdentityToken",
        "PackedPolicyTooLarge",
    }
)


class UserSession:
    """One user's session: who he is, and clients that act as he and as nobody else."""

    def __init__(self, user: str, clients: UserClients, expires_at: float) -> None:
        self.user = user
        self.clients = clients
        self.expires_at = expires_at
        self.swept = False


class Sessions:
    """The sessions of this process by the SHA-256 of their tokens, the least recently used dropped first."""

    def __init__(
        self, sts: "STSClient", *, role_arn: str, region: str, clock: Callable[[], float] = time.time
    ) -> None:
        self._sts = sts
        self._role_arn = role_arn
        self._region = region
        self._clock = clock
        self._held: OrderedDict[bytes, UserSession] = OrderedDict()

    def open(self, authorization: str, user: str) -> UserSession:
        """Return the session of the user whose token this Authorization header carries.

        `user` is who the authorizer said it is. Raises: TokenRefused, Unavailable, AwsRefused.
        """
        bearer = _BEARER.fullmatch(authorization)
        if bearer is None:
            raise TokenRefused("no bearer token")
        token = bearer[1]
        # The hash and not the token: what the process keeps cannot be sent to anybody as a credential.
        name = hashlib.sha256(token.encode()).digest()
        held = self._held.get(name)
        if held is None or held.expires_at <= self._clock():
            self._held.pop(name, None)
            held = self._held[name] = self._exchange(token, name.hex())
            if len(self._held) > MAX_SESSIONS:
                self._held.popitem(last=False)
        self._held.move_to_end(name)
        # Cannot differ while API Gateway passes on what it had authorized; if ever it does, nobody is served.
        if held.user != user:
            raise TokenRefused("the token is not of the authorized user")
        return held

    def _exchange(self, token: str, token_hash: str) -> UserSession:
        subject, expires = _subject_and_expiry(token)
        with aws_errors("AssumeRoleWithWebIdentity"):
            try:
                answer = self._sts.assume_role_with_web_identity(
                    RoleArn=self._role_arn,
                    # Written into CloudTrail: tells sessions apart there, and tells nothing about anybody.
                    RoleSessionName=f"pictures-{token_hash[:32]}",
                    WebIdentityToken=token,
                    DurationSeconds=SESSION_SECONDS,
                )
            except ClientError as error:
                if error_code(error) in _TOKEN_ERRORS:
                    raise TokenRefused(f"AssumeRoleWithWebIdentity: {error_code(error)}") from error
                raise
        given = answer["Credentials"]
        credentials = Credentials(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
        expires_at = min(expires, given["Expiration"].timestamp() - MARGIN_SECONDS)
        return UserSession(subject.replace("|", ":"), UserClients(credentials, self._region), expires_at)


def _subject_and_expiry(token: str) -> tuple[str, float]:
    """Read two claims of a token without verifying it: nothing is done with them unless STS accepts it."""
    try:
        claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
        subject, expires = claims["sub"], claims["exp"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise TokenRefused("claims not readable") from None
    if not isinstance(subject, str) or not isinstance(expires, (int, float)):
        raise TokenRefused("claims not readable")
    return subject, float(expires)
