"""The identity provider's public keys, fetched rarely and kept in memory."""

import http.client
import time
import urllib.request
from collections.abc import Callable, Mapping
from types import MappingProxyType

from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from lambdas.authorize.refusal import Reason, Refused
from lambdas.authorize.strict_json import parse_object

FRESH_SECONDS = 600
"""A key set younger than this is used without asking; so long may a withdrawn key be accepted."""
STALE_SECONDS = 3600
"""A key set older than this is never used, even while the provider cannot be reached."""
RETRY_SECONDS = 30
"""Between two fetches, whatever the reason: tokens with invented key ids must not become requests."""
TIMEOUT_SECONDS = 2.0
RESPONSE_BYTES = 64 * 1024
RSA_BITS = 2048


class KeySetUnavailable(Exception):
    """The key set cannot be fetched, and none that is young enough is held."""


def fetch(url: str) -> bytes:
    """Return the body at an https `url`: no redirect is followed, no more than 64 KiB is read.

    HTTPS_PROXY and SSL_CERT_FILE are honoured. Raises: OSError, ValueError, http.client.HTTPException.
    """
    if not url.startswith("https://"):
        raise ValueError("the key set must be fetched over https")
    # Built by hand: the default opener also follows redirects and opens http, file, ftp and data URLs.
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
    ):
        opener.add_handler(handler)
    with opener.open(url, timeout=TIMEOUT_SECONDS) as response:
        body: bytes = response.read(RESPONSE_BYTES + 1)
    if len(body) > RESPONSE_BYTES:
        raise ValueError(f"the key set is larger than {RESPONSE_BYTES} bytes")
    return body


def usable_keys(body: bytes) -> Mapping[str, RSAKey]:
    """Return the keys of a JSON Web Key Set that may sign our tokens, by key id.

    Only RSA of at least 2048 bits with an id, meant for signatures with RS256 where it says what it is meant
    for: a key of another kind, or an encryption key, must not come to verify anything (RFC 8725, 3.5).
    Raises: ValueError when none is usable.
    """
    listed = parse_object(body).get("keys")
    if not isinstance(listed, list):
        raise ValueError("not a key set")
    keys = {}
    for entry in listed:
        if not isinstance(entry, dict) or entry.get("kty") != "RSA":
            continue
        if entry.get("use", "sig") != "sig" or entry.get("alg", "RS256") != "RS256":
            continue
        kid, modulus, exponent = entry.get("kid"), entry.get("n"), entry.get("e")
        if not (isinstance(kid, str) and kid and isinstance(modulus, str) and isinstance(exponent, str)):
            continue
        try:
            # The public numbers alone: certificates and private members of an entry are of no interest.
            numbers: dict[str, str | list[str]] = {"kty": "RSA", "n": modulus, "e": exponent, "kid": kid}
            key = RSAKey.import_key(numbers)
        except (JoseError, ValueError, TypeError):
            continue
        if key.public_key.key_size >= RSA_BITS:
            keys[kid] = key
    if not keys:
        raise ValueError("no usable key")
    return MappingProxyType(keys)


class KeySet:
    """The provider's keys by id, with bounded refetching.

    A fetch happens when the held set is no longer fresh or does not know an id, and never twice within
    RETRY_SECONDS. While fetching fails, the held set serves until it is stale.
    """

    def __init__(
        self,
        url: str,
        *,
        fetch: Callable[[str], bytes] = fetch,
        # Not the monotonic clock: it may stand still while Lambda has the environment frozen.
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._url = url
        self._fetch = fetch
        self._clock = clock
        self._keys: Mapping[str, RSAKey] = {}
        self._fetched_at = float("-inf")
        self._tried_at = float("-inf")

    def key(self, kid: str) -> RSAKey:
        """Return the key named `kid`.

        Raises: Refused when the provider does not list it, KeySetUnavailable when that cannot be known.
        """
        if kid not in self._keys or self._age() >= FRESH_SECONDS:
            self._refresh()
        if self._age() >= STALE_SECONDS:
            raise KeySetUnavailable
        if kid not in self._keys:
            raise Refused(Reason.KEY)
        return self._keys[kid]

    def _age(self) -> float:
        return self._clock() - self._fetched_at

    def _refresh(self) -> None:
        now = self._clock()
        if now - self._tried_at < RETRY_SECONDS:
            return
        self._tried_at = now
        try:
            self._keys = usable_keys(self._fetch(self._url))
        except (OSError, ValueError, http.client.HTTPException):
            return  # the held set goes on serving; key() says when it no longer may
        self._fetched_at = now
