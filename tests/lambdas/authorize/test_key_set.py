"""When the key set is fetched, which of its keys count, and how the fetch itself is bounded."""

import http.server
import json
import ssl
import threading
from collections.abc import Iterator

import pytest
import trustme
from joserfc.jwk import ECKey, OctKey, RSAKey

from lambdas.authorize import key_set
from lambdas.authorize.key_set import KeySet, KeySetUnavailable, fetch, usable_keys
from lambdas.authorize.refusal import Refused

ONE, TWO = (RSAKey.generate_key(2048) for _ in range(2))


def listing(*entries: dict) -> bytes:
    return json.dumps({"keys": list(entries)}).encode()


def public(key: RSAKey, kid: object = "one", **changes) -> dict:
    return key.as_dict(private=False) | {"kid": kid, "use": "sig", "alg": "RS256"} | changes


class Provider:
    """A key set endpoint under the test's control, with a clock beside it."""

    def __init__(self) -> None:
        self.now = 1_000_000.0
        self.body: bytes | Exception = listing(public(ONE))
        self.fetches = 0
        self.keys = KeySet("https://issuer.example/jwks", fetch=self._fetch, clock=lambda: self.now)

    def _fetch(self, url: str) -> bytes:
        self.fetches += 1
        if isinstance(self.body, Exception):
            raise self.body
        return self.body


@pytest.fixture
def provider() -> Provider:
    return Provider()


def test_a_fresh_key_set_is_fetched_once(provider):
    for _ in range(100):
        provider.keys.key("one")
    assert provider.fetches == 1


def test_a_key_set_is_fetched_again_when_no_longer_fresh(provider):
    provider.keys.key("one")
    provider.now += key_set.FRESH_SECONDS
    provider.keys.key("one")
    assert provider.fetches == 2


def test_invented_key_ids_cause_one_fetch_in_each_interval(provider):
    provider.keys.key("one")
    provider.now += key_set.RETRY_SECONDS
    for number in range(100):
        with pytest.raises(Refused):
            provider.keys.key(f"invented-{number}")
    assert provider.fetches == 2


def test_a_new_signing_key_is_found_before_the_set_grows_old(provider):
    provider.keys.key("one")
    provider.body = listing(public(ONE), public(TWO, "two"))
    provider.now += key_set.RETRY_SECONDS
    assert provider.keys.key("two").kid == "two"


def test_a_withdrawn_key_stops_counting_with_the_next_set(provider):
    provider.keys.key("one")
    provider.body = listing(public(TWO, "two"))
    provider.now += key_set.FRESH_SECONDS
    with pytest.raises(Refused):
        provider.keys.key("one")


@pytest.mark.parametrize("failure", [OSError("down"), b"<html>", listing(), b'{"keys": 1}', b"[" * 9000])
def test_the_held_set_serves_while_the_provider_fails_until_it_is_stale(provider, failure):
    provider.keys.key("one")
    provider.body = failure
    provider.now += key_set.STALE_SECONDS - 1
    assert provider.keys.key("one").kid == "one"
    provider.now += 1
    with pytest.raises(KeySetUnavailable):
        provider.keys.key("one")


def test_a_failing_provider_is_not_hammered(provider):
    provider.body = OSError("down")
    for _ in range(100):
        with pytest.raises(KeySetUnavailable):
            provider.keys.key("one")
    assert provider.fetches == 1
    provider.body = listing(public(ONE))
    provider.now += key_set.RETRY_SECONDS
    assert provider.keys.key("one").kid == "one"


WEAK = {"kty": "RSA", "kid": "x", "e": "AQAB", "n": "w" + "A" * 169 + "Q"}  # 1024 bits


@pytest.mark.filterwarnings("ignore:Key size")  # joserfc says so of the weak key before we pass it over
@pytest.mark.parametrize(
    "entry",
    [
        ECKey.generate_key("P-256").as_dict(private=False) | {"kid": "x"},
        OctKey.generate_key(256).as_dict(private=True) | {"kid": "x"},
        public(ONE, "x", use="enc"),
        public(ONE, "x", alg="RSA-OAEP"),
        public(ONE, "x", alg="RS1"),
        public(ONE, ""),
        public(ONE, 1),
        public(ONE, "x", n=None),
        public(ONE, "x", n="!!"),
        public(ONE, "x", e="Ag"),
        WEAK,
        "x",
    ],
    ids=["EC", "secret", "encryption", "other algorithm", "SHA-1", "empty id", "id number", "no modulus",
         "modulus no base64", "even exponent", "1024 bits", "text"],
)  # fmt: skip
def test_a_key_that_must_not_sign_our_tokens_is_passed_over(entry):
    assert list(usable_keys(listing(entry, public(TWO, "good")))) == ["good"]
    with pytest.raises(ValueError, match="no usable key"):
        usable_keys(listing(entry))


def test_a_private_key_listed_by_mistake_is_held_as_a_public_one():
    leaked = ONE.as_dict(private=True) | {"kid": "leaked"}
    assert not usable_keys(listing(leaked))["leaked"].is_private


class Answers(http.server.BaseHTTPRequestHandler):
    """Answers by path: a small body, one too large, a redirect, an error."""

    def do_GET(self):
        if self.path == "/redirect":
            self.send_response(302)
            self.send_header("Location", "/small")
            self.end_headers()
            return
        self.send_response(503 if self.path == "/error" else 200)
        self.end_headers()
        self.wfile.write(b"x" * (key_set.RESPONSE_BYTES + (self.path == "/large")))

    def log_message(self, *_):
        """Keep the test's output clean."""


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def server(authority) -> Iterator[str]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    listener = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    listener.socket = context.wrap_socket(listener.socket, server_side=True)
    thread = threading.Thread(target=listener.serve_forever)
    thread.start()
    yield f"https://127.0.0.1:{listener.server_port}"
    listener.shutdown()
    thread.join()
    listener.server_close()


@pytest.fixture
def trusted(authority, tmp_path, monkeypatch):
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.delenv(name, raising=False)


def test_a_body_up_to_the_cap_is_read(server, trusted):
    assert len(fetch(f"{server}/small")) == key_set.RESPONSE_BYTES


def test_a_body_above_the_cap_is_refused(server, trusted):
    with pytest.raises(ValueError, match="larger"):
        fetch(f"{server}/large")


@pytest.mark.parametrize("path", ["/redirect", "/error"])
def test_neither_a_redirect_nor_an_error_gives_keys(server, trusted, path):
    with pytest.raises(OSError, match="HTTP Error"):
        fetch(server + path)


def test_a_server_that_no_authority_vouches_for_gives_no_keys(server, monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    with pytest.raises(OSError, match="CERTIFICATE_VERIFY_FAILED"):
        fetch(f"{server}/small")


@pytest.mark.parametrize("url", ["http://127.0.0.1/", "file:///etc/hostname", "data:,x", "ftp://127.0.0.1/"])
def test_keys_come_over_https_only(url):
    with pytest.raises(ValueError, match="https"):
        fetch(url)
