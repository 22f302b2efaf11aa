"""The stand-in for Auth0 gives tokens for one-time codes, once, and says no as Auth0 does."""

import asyncio
import base64
import hashlib
import ssl
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from local_cloud.certificates import Authority
from local_cloud.identity import IdentityProvider, Tenant

TENANT = Tenant(
    issuer="https://people.eu.auth0.com/",
    audience="https://api.example",
    client_ids=("app",),
    role_arn="arn:aws:iam::111111111111:role/UserData",
)
START = {"client_id": "app", "connection": "email", "email": "alice@example.org", "send": "code"}
EXCHANGE = {
    "grant_type": "http://auth0.com/oauth/grant-type/passwordless/otp",
    "client_id": "app",
    "username": "alice@example.org",
    "realm": "email",
    "audience": TENANT.audience,
    "scope": "openid email",
}


@pytest.fixture
def with_issuer(tmp_path):
    def run(work):
        async def main():
            codes = asyncio.Queue()
            authority = Authority(tmp_path)
            issuer = IdentityProvider(lambda code: codes.put_nowait(code.code))
            try:
                await issuer.load()
                await issuer.serve(TENANT, authority.issue("issuer", [TENANT.host]))
                tls = ssl.create_default_context(cafile=authority.bundle)
                url = f"https://127.0.0.1:{issuer.port}"
                async with httpx.AsyncClient(base_url=url, verify=tls, trust_env=False) as client:
                    return await work(client, codes)
            finally:
                await issuer.stop()

        return asyncio.run(main())

    return run


async def exchange(client, otp, **changes) -> httpx.Response:
    return await client.post("/oauth/token", data={**EXCHANGE, "otp": otp, **changes})


async def delivered(codes: asyncio.Queue) -> str:
    """The code leaves through the process's pipe, a moment after the answer."""
    return await asyncio.wait_for(codes.get(), 5)


def test_a_code_becomes_a_token_with_the_claims_of_the_contract(with_issuer):
    async def work(client, codes):
        await client.post("/passwordless/start", json=START)
        answer = await exchange(client, await delivered(codes))
        keys = await client.get("/.well-known/jwks.json")
        return answer.json(), keys.json()

    answer, keys = with_issuer(work)
    token = jwt.decode(answer["access_token"], KeySet.import_key_set(keys), algorithms=["RS256"])
    subject = token.claims["sub"]
    assert subject.startswith("email|")
    assert len(subject) == len("email|") + 24
    assert token.claims["iss"] == TENANT.issuer
    assert token.claims["aud"] == TENANT.audience
    assert token.claims["azp"] == "app"
    assert token.claims["exp"] - token.claims["iat"] == 3600
    assert token.claims["https://aws.amazon.com/tags"] == {
        "principal_tags": {"user": [subject.replace("|", ":")]},
        "transitive_tag_keys": ["user"],
    }
    assert all("d" not in key for key in keys["keys"])


def test_a_code_works_once(with_issuer):
    async def work(client, codes):
        await client.post("/passwordless/start", json=START)
        code = await delivered(codes)
        return [(await exchange(client, code)).status_code for _ in range(2)]

    assert with_issuer(work) == [200, 400]


def test_a_new_code_replaces_the_old_one(with_issuer):
    async def work(client, codes):
        await client.post("/passwordless/start", json=START)
        first = await delivered(codes)
        await client.post("/passwordless/start", json=START)
        second = await delivered(codes)
        if first == second:  # One chance in a million.
            return [400, 200]
        return [(await exchange(client, code)).status_code for code in (first, second)]

    assert with_issuer(work) == [400, 200]


def test_three_wrong_codes_use_it_up(with_issuer):
    async def work(client, codes):
        await client.post("/passwordless/start", json=START)
        code = await delivered(codes)
        wrong = f"{(int(code) + 1) % 1_000_000:06d}"
        for _ in range(3):
            await exchange(client, wrong)
        return (await exchange(client, code)).status_code

    assert with_issuer(work) == 400


def test_a_bad_request_gets_no_code_and_no_token(with_issuer):
    starts = [
        {"client_id": "x"},
        {"connection": "sms"},
        {"email": "nobody"},
        {"send": "link"},
        {"email": "a\n@b"},
    ]
    exchanges = [
        {"realm": "sms"},
        {"audience": "https://other"},
        {"client_id": "x"},
        {"username": "bob@example.org"},
    ]

    async def work(client, codes):
        started = [
            (await client.post("/passwordless/start", json={**START, **each})).status_code for each in starts
        ]
        assert codes.empty()
        await client.post("/passwordless/start", json=START)
        code = await delivered(codes)
        return started, [(await exchange(client, code, **each)).status_code for each in exchanges]

    started, exchanged = with_issuer(work)
    assert set(started) == {400}
    assert set(exchanged) <= {400, 401}


def test_the_authorization_code_flow_demands_pkce(with_issuer):
    request = {
        "response_type": "code",
        "client_id": "app",
        "redirect_uri": "http://127.0.0.1/callback",
        "scope": "openid",
    }

    async def work(client, codes):
        without = await client.get("/authorize", params=request)
        challenge = {"code_challenge": "a" * 43, "code_challenge_method": "S256"}
        return without, await client.get("/authorize", params={**request, **challenge})

    without, with_pkce = with_issuer(work)
    assert "error=invalid_request" in without.headers["location"]
    assert with_pkce.headers["location"].startswith("/sign-in/")


def test_a_person_signs_in_on_the_pages_and_the_app_gets_its_token(with_issuer):
    verifier = "v" * 43
    digest = hashlib.sha256(verifier.encode()).digest()
    app = {"client_id": "app", "redirect_uri": "http://127.0.0.1/callback"}
    request = {
        **app,
        "response_type": "code",
        "scope": "openid",
        "state": "s",
        "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
        "code_challenge_method": "S256",
    }

    async def work(client, codes):
        page = (await client.get("/authorize", params=request)).headers["location"]
        assert "E-mail" in (await client.get(page)).text
        asked = await client.post(page, data={"email": START["email"]})
        assert "Code for alice@example.org" in asked.text
        code = await delivered(codes)
        wrong = await client.post(
            page, data={"email": START["email"], "code": f"{(int(code) + 1) % 10**6:06d}"}
        )
        assert "does not work" in wrong.text
        signed_in = await client.post(page, data={"email": START["email"], "code": code})
        back = await client.get(signed_in.headers["location"])
        query = dict(parse_qsl(urlsplit(back.headers["location"]).query))
        assert query["state"] == "s"
        exchange = {
            **app,
            "grant_type": "authorization_code",
            "code": query["code"],
            "code_verifier": verifier,
        }
        answer = await client.post("/oauth/token", data=exchange)
        return answer.json(), (await client.get("/.well-known/jwks.json")).json()

    answer, keys = with_issuer(work)
    token = jwt.decode(answer["access_token"], KeySet.import_key_set(keys), algorithms=["RS256"])
    assert token.claims["aud"] == TENANT.audience
    assert token.claims["azp"] == "app"
