"""A tenant on loopback: what it answers is judged by the code that Lambda gets."""

import http.server
import json
import ssl
import threading

import pytest
import trustme
from joserfc.jwk import ECKey, RSAKey

from doctor.checks import TENANT
from doctor.run import answers
from doctor.tenant import Tenant
from policies.verdict import Status

CHECKS = {check.name: check for check in TENANT}
DISCOVERY, KEYS = "/.well-known/openid-configuration", "/.well-known/jwks.json"


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture
def pages() -> dict[str, tuple[int, bytes]]:
    return {}


@pytest.fixture
def tenant(authority, pages, tmp_path, monkeypatch):
    """An issuer at https://localhost:port/ with a certificate that only this test trusts."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            status, body = pages.get(self.path, (404, b""))
            self.send_response(status)
            if status == 302:
                self.send_header("Location", DISCOVERY)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    monkeypatch.setenv("NO_PROXY", "localhost")
    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield Tenant(issuer=f"https://localhost:{server.server_port}/")
        server.shutdown()
        thread.join()


def look(name, tenant):
    (answer,) = answers([CHECKS[name]], tenant)
    return answer.result


def discovery(tenant, **other):
    document = {"issuer": tenant.issuer, "jwks_uri": f"{tenant.issuer}.well-known/jwks.json", **other}
    return 200, json.dumps(document).encode()


def key_set(*keys):
    return 200, json.dumps({"keys": [key.as_dict(private=False) for key in keys]}).encode()


@pytest.fixture(scope="module")
def signing_key():
    return RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})


def test_a_tenant_that_is_as_the_settings_say_holds(tenant, pages, signing_key):
    pages[DISCOVERY], pages[KEYS] = discovery(tenant), key_set(signing_key)
    assert look("issuer", tenant).status is Status.HOLDS
    assert look("signing-keys", tenant).status is Status.HOLDS


@pytest.mark.parametrize(
    "answer",
    [
        lambda tenant: discovery(tenant, issuer=tenant.issuer.rstrip("/")),
        lambda tenant: discovery(tenant, issuer="https://another.eu.auth0.com/"),
        lambda tenant: discovery(tenant, jwks_uri="https://elsewhere.example/jwks.json"),
        lambda _: (200, b"<html>"),
        lambda _: (200, b"[]"),
        lambda _: (404, b""),
    ],
    ids=["without the slash", "another", "keys elsewhere", "no JSON", "no object", "not found"],
)
def test_a_tenant_that_names_itself_otherwise_is_broken(tenant, pages, answer):
    pages[DISCOVERY] = answer(tenant)
    result = look("issuer", tenant)
    assert result.status is Status.BROKEN, result


@pytest.mark.filterwarnings("ignore:Key size should be")
def test_keys_that_the_authorizer_would_not_take_are_broken(tenant, pages, signing_key):
    small = RSAKey.generate_key(1024, {"kid": "small"}, auto_kid=False)
    for keys in ([], [small], [ECKey.generate_key("P-256", {"kid": "curve"})]):
        pages[KEYS] = key_set(*keys)
        assert look("signing-keys", tenant).status is Status.BROKEN, keys
    for other in ({"alg": "HS256"}, {"use": "enc"}):
        pages[KEYS] = 200, json.dumps({"keys": [{**signing_key.as_dict(private=False), **other}]}).encode()
        assert look("signing-keys", tenant).status is Status.BROKEN, other


@pytest.mark.parametrize("name", CHECKS)
@pytest.mark.parametrize("page", [(503, b""), (302, b"")], ids=["it fails", "it redirects"])
def test_a_tenant_that_does_not_answer_itself_does_not_hold(tenant, pages, name, page):
    pages[DISCOVERY] = pages[KEYS] = page
    assert look(name, tenant).status is not Status.HOLDS


@pytest.mark.parametrize("name", CHECKS)
def test_a_tenant_that_cannot_be_reached_cannot_be_told(tenant, monkeypatch, name):
    assert look(name, Tenant(issuer="https://localhost:1/")).status is Status.CANNOT_TELL
    # Somebody else's certificate: nothing that it says counts.
    monkeypatch.delenv("SSL_CERT_FILE")
    assert look(name, tenant).status is Status.CANNOT_TELL
