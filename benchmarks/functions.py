"""The functions beside what bounds them: an RSA verification for the authorizer, its imports for pictures.

The authorizer's figure is its whole handler, from the event of API Gateway to the policy, with the key set
in memory; the limit is a share of bare verifications of the same token by `cryptography`. Imports are
measured in processes of their own, taking turns, with compiled files as the Lambda asset ships them.
"""

import base64
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from unittest.mock import patch

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc import jws, jwt
from joserfc.jwk import RSAKey

from benchmarks.figure import Figure, interleaved, one_core
from lambdas.authorize import handler
from lambdas.authorize.access_token import TAGS_CLAIM
from lambdas.authorize.key_set import KeySet

REQUIRED_SHARE_OF_VERIFICATIONS = 0.35
ALLOWED_SHARE_OF_IMPORTS = 1.25
CALLS, TURNS = 400, 25
PROCESSES = 9

ISSUER, AUDIENCE, CLIENT = "https://benchmark.eu.auth0.com/", "https://api.benchmark.example", "app"
KMS_CLIENT = 'boto3.client("kms", region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="b")'
IMPORTS = {
    "ours": "import lambdas.pictures.handler",
    "limit": f"import boto3; {KMS_CLIENT}; from cryptography.hazmat.primitives.ciphers.aead import AESGCM",
    "boto3": "import boto3",
    "authorize": "import lambdas.authorize.handler",
}
MEASURE = "import time; started = time.perf_counter(); {}; print(time.perf_counter() - started)"


def figures() -> Iterator[Figure]:
    """The authorizer's rate, then the import of the pictures function."""
    with one_core():
        yield _authorizer()
        yield _import()


def _authorizer() -> Figure:
    key = RSAKey.generate_key(2048, parameters={"kid": "benchmark"})
    token = _token(key)
    signing_input, _, signature = token.rpartition(".")
    message, raw_signature = signing_input.encode(), base64.urlsafe_b64decode(signature + "==")
    padding, digest = PKCS1v15(), SHA256()
    public = RSAKey.import_key(key.as_dict(private=False))
    event = {
        "type": "TOKEN",
        "authorizationToken": f"Bearer {token}",
        "methodArn": "arn:aws:execute-api:eu-west-1:111111111111:a1b2c3d4e5/v1/GET/pictures",
    }
    with _configured(key):
        if handler.handle(event, None)["principalId"] != "email:0123456789abcdef01234567":
            raise AssertionError("the authorizer did not accept the benchmark's token")
        rounds = interleaved(
            TURNS,
            ours=_times(lambda: handler.handle(event, None)),
            bare=_times(lambda: public.public_key.verify(raw_signature, message, padding, digest)),
            joserfc=_times(lambda: jws.deserialize_compact(token, public, algorithms=["RS256"])),
        )
    rate = {name: CALLS / rounds.median(name) for name in rounds.seconds}
    share = rounds.speed("ours", than="bare")
    return Figure(
        name="authorizer, whole handler",
        ours=rate["ours"],
        limit=REQUIRED_SHARE_OF_VERIFICATIONS * rate["bare"],
        unit="tokens/s at least",
        holds=share >= REQUIRED_SHARE_OF_VERIFICATIONS,
        peers={"bare RSA": rate["bare"], "joserfc alone": rate["joserfc"]},
        note=f"{share:.2f} of bare RSA; required {REQUIRED_SHARE_OF_VERIFICATIONS}",
    )


def _token(key: RSAKey) -> str:
    now = int(time.time())
    tags = {"principal_tags": {"user": ["email:0123456789abcdef01234567"]}, "transitive_tag_keys": ["user"]}
    claims = {
        "iss": ISSUER,
        "aud": [AUDIENCE, f"{ISSUER}userinfo"],
        "azp": CLIENT,
        "sub": "email|0123456789abcdef01234567",
        "iat": now,
        "exp": now + 3600,
        "scope": "openid profile email",
        TAGS_CLAIM: tags,
    }
    return jwt.encode({"alg": "RS256", "kid": "benchmark", "typ": "at+jwt"}, claims, key)


@contextmanager
def _configured(key: RSAKey) -> Iterator[None]:
    """The authorizer as Lambda sets it up, its key set served from memory."""
    listing = json.dumps({"keys": [key.as_dict(private=False)]}).encode()
    keys = KeySet(f"{ISSUER}.well-known/jwks.json", fetch=lambda _: listing)
    settings = {"ISSUER": ISSUER, "AUDIENCE": AUDIENCE, "CLIENT_IDS": CLIENT}
    with patch.dict(os.environ, settings), patch.object(handler, "_key_set", lambda: keys):
        handler._expectation.cache_clear()
        yield
        handler._expectation.cache_clear()


def _times(call: Callable[[], object]) -> Callable[[], None]:
    def run() -> None:
        for _ in range(CALLS):
            call()

    return run


def _import() -> Figure:
    seconds: dict[str, list[float]] = {name: [] for name in IMPORTS}
    with tempfile.TemporaryDirectory() as compiled:
        for turn in range(PROCESSES + 1):
            for name, statement in IMPORTS.items():
                taken = _in_a_process(statement, compiled)
                if turn:  # the first turn compiles
                    seconds[name].append(taken)
    median = {name: 1000 * statistics.median(taken) for name, taken in seconds.items()}
    ours, bare = median["ours"], median["limit"]
    return Figure(
        name="import of the pictures function",
        ours=ours,
        limit=ALLOWED_SHARE_OF_IMPORTS * bare,
        unit="ms at most",
        holds=ours <= ALLOWED_SHARE_OF_IMPORTS * bare,
        peers={
            "boto3+KMS client+AESGCM": bare,
            "boto3": median["boto3"],
            "the authorizer": median["authorize"],
        },
        note=f"{ours / bare:.2f} of boto3+KMS client+AESGCM; allowed {ALLOWED_SHARE_OF_IMPORTS}",
    )


def _in_a_process(statement: str, compiled: str) -> float:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = compiled
    command = [sys.executable, "-c", MEASURE.format(statement)]
    return float(subprocess.run(command, env=environment, capture_output=True, check=True, text=True).stdout)
