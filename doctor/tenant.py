"""What the identity provider of an environment answers; the deployed code reads the same two addresses."""

from __future__ import annotations

import http.client
import json
import urllib.error
from collections.abc import Callable
from dataclasses import dataclass

from doctor.result import Result, compared, unknown
from lambdas.authorize.key_set import fetch, usable_keys

# OpenID Connect Discovery 1.0, 4; Auth0 publishes it there:
# https://auth0.com/docs/get-started/applications/configure-applications-with-oidc-discovery
DISCOVERY = ".well-known/openid-configuration"
# Where the authorizer reads the keys; STS reads them where discovery says.
KEYS = ".well-known/jwks.json"

CREATE = "create the tenant, or correct the issuer in settings.toml"


@dataclass(frozen=True, kw_only=True)
class Tenant:
    """An issuer as the settings name it, with the slash at its end."""

    issuer: str
    read: Callable[[str], bytes] = fetch


def issuer(tenant: Tenant) -> Result:
    """The tenant answers, and names itself letter by letter as the settings do."""
    expected = f"issuer {tenant.issuer} and keys at {tenant.issuer}{KEYS}"

    def judge(body: bytes) -> Result:
        document = json.loads(body)
        if not isinstance(document, dict):
            raise ValueError("no JSON object")
        found, keys = document.get("issuer"), document.get("jwks_uri")
        return compared(
            found == tenant.issuer and keys == f"{tenant.issuer}{KEYS}",
            found=f"issuer {found} and keys at {keys}",
            expected=expected,
            todo=CREATE,
        )

    return _read(tenant, DISCOVERY, judge, expected=expected)


def signing_keys(tenant: Tenant) -> Result:
    """The tenant publishes a key that the authorizer takes: RSA of 2048 bits or more, for RS256."""
    expected = "an RSA key of 2048 bits or more for RS256"

    def judge(body: bytes) -> Result:
        return compared(True, found=f"{len(usable_keys(body))} usable", expected=expected, todo="")

    return _read(tenant, KEYS, judge, expected=expected)


def _read(tenant: Tenant, path: str, judge: Callable[[bytes], Result], *, expected: str) -> Result:
    try:
        return judge(tenant.read(tenant.issuer + path))
    except (OSError, http.client.HTTPException) as error:
        answered = isinstance(error, urllib.error.HTTPError) and error.code < 500
        found = f"{tenant.issuer}{path}: {error}"
        if answered:
            return compared(False, found=found, expected=expected, todo=CREATE)
        return unknown(found, expected=expected, todo=CREATE)
    except ValueError as error:
        return compared(False, found=error, expected=expected, todo=CREATE)
