"""Signature version 4, verified: the call is exactly what the holder of the secret key signed.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import hashlib
import hmac
import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote, unquote

from local_cloud.gate.refusals import Cause, Refused
from local_cloud.gate.sessions import Session, Sessions
from local_cloud.gate.wire import WireRequest

AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 +Credential=(?P<key>\w{16,128})/(?P<date>\d{8})/(?P<region>[\w-]+)/(?P<service>[\w-]+)"
    r"/aws4_request, *SignedHeaders=(?P<headers>[\w;-]+), *Signature=(?P<signature>[0-9a-f]{64})"
)
SKEW_SECONDS = 15 * 60
# Over TLS, S3 lets a client leave the body out of the signature.
UNSIGNED_PAYLOADS = {"UNSIGNED-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"}


@dataclass(frozen=True, kw_only=True)
class Claimed:
    """What an Authorization header says, before anything of it is believed."""

    access_key_id: str
    date: str
    region: str
    service: str
    signed_headers: tuple[str, ...]
    signature: str

    @property
    def scope(self) -> str:
        """The credential scope that is part of what was signed."""
        return f"{self.date}/{self.region}/{self.service}/aws4_request"


def claimed(request: WireRequest) -> Claimed | None:
    """Read the Authorization header; None when the call carries none.

    Raises: Refused when there is one that is not signature version 4.
    """
    header = request.headers.get("authorization")
    if header is None:
        return None
    match = AUTHORIZATION.fullmatch(header)
    if match is None:
        raise Refused(Cause.WRONG_SIGNATURE, "the Authorization header is not signature version 4")
    return Claimed(
        access_key_id=match["key"],
        date=match["date"],
        region=match["region"],
        service=match["service"],
        signed_headers=tuple(match["headers"].split(";")),
        signature=match["signature"],
    )


def verify(request: WireRequest, claim: Claimed, sessions: Sessions) -> Session:
    """Return the session whose secret key signed exactly this request, now.

    Raises: Refused for an unknown or expired key, a wrong session token or signature, or a skewed clock.
    """
    session = sessions.find(claim.access_key_id)
    if session is None:
        raise Refused(Cause.UNKNOWN_KEY, "the access key is not known here")
    if not hmac.compare_digest(
        request.headers.get("x-amz-security-token", "").encode(), session.token.encode()
    ):
        raise Refused(Cause.WRONG_TOKEN, "the session token does not belong to the access key")
    _check_coverage(request, claim)
    _check_clock(request, claim)
    expected = _signature(request, claim, session.secret_access_key)
    if not hmac.compare_digest(expected, claim.signature):
        raise Refused(Cause.WRONG_SIGNATURE, "the signature does not match the request")
    if time.time() >= session.expires_at:
        raise Refused(Cause.EXPIRED, "the credentials have expired")
    return session


def _check_coverage(request: WireRequest, claim: Claimed) -> None:
    """Refuse a header that changes the meaning of a call but was not signed."""
    demanded = {"host"} | {name for name in request.headers if name.startswith("x-amz-")}
    unsigned = demanded - set(claim.signed_headers)
    if unsigned:
        raise Refused(Cause.WRONG_SIGNATURE, f"not signed: {', '.join(sorted(unsigned))}")


def _check_clock(request: WireRequest, claim: Claimed) -> None:
    stamp = request.headers.get("x-amz-date", "")
    try:
        signed_at = datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()
    except ValueError as error:
        raise Refused(Cause.WRONG_SIGNATURE, "x-amz-date is missing or not a time") from error
    if not stamp.startswith(claim.date) or abs(time.time() - signed_at) > SKEW_SECONDS:
        raise Refused(Cause.WRONG_SIGNATURE, "the request was signed at another time")


def _signature(request: WireRequest, claim: Claimed, secret: str) -> str:
    canonical = "\n".join(
        (
            request.method,
            _canonical_path(request.path, claim.service),
            _canonical_query(request.query),
            *(f"{name}:{' '.join(request.headers.get(name, '').split())}" for name in claim.signed_headers),
            "",
            ";".join(claim.signed_headers),
            _payload_hash(request, claim.service),
        )
    )
    to_sign = "\n".join(
        (
            "AWS4-HMAC-SHA256",
            request.headers["x-amz-date"],
            claim.scope,
            hashlib.sha256(canonical.encode()).hexdigest(),
        )
    )
    key = f"AWS4{secret}".encode()
    for part in (*claim.scope.split("/"), to_sign):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key.hex()


def _payload_hash(request: WireRequest, service: str) -> str:
    stated = request.headers.get("x-amz-content-sha256")
    if service == "s3" and stated in UNSIGNED_PAYLOADS:
        return stated
    return hashlib.sha256(request.body).hexdigest()


def _canonical_path(path: str, service: str) -> str:
    # S3 signs the path as it was sent; the others encode it once more.
    return path if service == "s3" else quote(path, safe="/-_.~")


def _canonical_query(query: str) -> str:
    pairs = (part.partition("=")[::2] for part in query.split("&") if part)
    return "&".join(
        f"{name}={value}"
        for name, value in sorted(
            (quote(unquote(name), safe="-_.~"), quote(unquote(value), safe="-_.~")) for name, value in pairs
        )
    )
