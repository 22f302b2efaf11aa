"""The stand-in for Auth0 gives tokens for one-time codes, once, and says no as Auth0 does."""

import asyncio
import ssl

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from local_cloud.certificates import Authority
from local_cloud.identity import IdentityProvider, Tenant

TENANT = Tenant(issuer="https://people.eu.auth0.com/", audience="https://api.example", client_ids=("app",))
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
            codes = []
            authority = Authority(tmp_path)
            issuer = IdentityProvider(lambda code: codes.append(code.code))
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


async def until(codes, count):
    """The code leaves through the process's pipe, a moment after the answer."""
    async with asyncio.timeout(5):
        while len(codes) < count:
            await asyncio.sleep(0.01)
    return codes[-1]


def test_a_code_becomes_a_token_with_the_claims_of_the_contract(with_issuer):
    async def work(client, codes):
        await client.post("/passwordless/start", json=START)
        answer = await exchange(client, await until(codes, 1))
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
        code = await until(codes, 1)
        return [(await exchange(client, code)).status_code for _ in range(2)]

    assert with_issuer(work) == [200, 400]


def test_a_new_code_replaces_the_old_one(with_issuer):
    async def work(client, codes):
        for count in (1, 2):
            await client.post("/passwordless/start", json=START)
            await until(codes, count)
        first, second = codes
        if first == second:  # One chance in a million.
            return [400, 200]
        return [(await exchange(client, code)).status_code for code in (first, second)]

    assert with_issuer(work) == [400, 200]


def test_three_wrong_codes_use_it_up(with_issuer):
    async def work(client, codes):
        await client.post("/passwordless/start", json=START)
        code = await until(codes, 1)
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
        assert codes == []
        await client.post("/passwordless/start", json=START)
        code = await until(codes, 1)
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
