"""STS gives a session to the person of a good token, with her tags, and to nobody else."""

import base64
import hmac
import re
import time

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from local_cloud.gate.sessions import Role
from local_cloud.gate.web_identity import ROLES_CLAIM, TAGS_CLAIM, Provider, WebIdentity

ISSUER = "https://people.eu.auth0.com/"
PROVIDER = Provider(
    arn="arn:aws:iam::111111111111:oidc-provider/people.eu.auth0.com/", url=ISSUER, client_ids=("app",)
)
ROLE_ARN = "arn:aws:iam::111111111111:role/UserData"
KEY = RSAKey.generate_key(2048, {"kid": "1", "use": "sig", "alg": "RS256"})
OTHER_KEY = RSAKey.generate_key(2048, {"kid": "1", "use": "sig", "alg": "RS256"})
ADMIT = {
    "Effect": "Allow",
    "Principal": {"Federated": PROVIDER.arn},
    "Action": ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"],
    "Condition": {
        "StringEquals": {"people.eu.auth0.com/:aud": ["app"]},
        "Null": {"aws:RequestTag/user": "false"},
    },
}


def claims(**changes) -> dict:
    now = int(time.time())
    whole = {
        "iss": ISSUER,
        "sub": "email|1",
        "aud": "https://api",
        "azp": "app",
        "iat": now,
        "exp": now + 24 * 3600,
        TAGS_CLAIM: {"principal_tags": {"user": ["email:1"]}, "transitive_tag_keys": ["user"]},
        **changes,
    }
    return {name: value for name, value in whole.items() if value is not None}


def token(key=KEY, algorithm="RS256", **changes) -> str:
    return jwt.encode({"alg": algorithm, "kid": "1"}, claims(**changes), key, algorithms=[algorithm])


def forged_with_the_public_key() -> str:
    """A token that a verifier accepts which lets the token choose the algorithm."""
    header = base64.urlsafe_b64encode(b'{"alg":"HS256","kid":"1"}').decode().rstrip("=")
    signed = f"{header}.{token().split('.')[1]}"
    mac = hmac.digest(KEY.as_pem(private=False), signed.encode(), "sha256")
    return f"{signed}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"


@pytest.fixture
def assume(sessions):
    def call(web_identity_token: str, *, trust=(ADMIT,), network=None, **parameters):
        role = Role(
            name="UserData",
            arn=ROLE_ARN,
            unique_id="AROA",
            trust={"Version": "2012-10-17", "Statement": list(trust)},
        )
        sts = WebIdentity(
            roles={ROLE_ARN: role}, providers=(PROVIDER,), sessions=sessions, key_set=lambda _: KeySet([KEY])
        )
        whole = {
            "RoleArn": ROLE_ARN,
            "RoleSessionName": "alice",
            "WebIdentityToken": web_identity_token,
            "DurationSeconds": "900",
            **parameters,
        }
        return sts.answer(whole, network or {})

    return call


def code(answer) -> str:
    return re.search(r"<Code>(\w+)</Code>", answer.body.decode()).group(1)


def test_a_good_token_becomes_a_session_that_carries_its_tags(assume):
    session, answer = assume(token())
    assert answer.status == 200
    assert session.tags == {"user": "email:1"}
    assert session.arn == "arn:aws:sts::111111111111:assumed-role/UserData/alice"
    assert session.federated_provider == PROVIDER.arn
    assert session.expires_at == pytest.approx(time.time() + 900, abs=5)
    assert session.secret_access_key in answer.body.decode()


def test_the_audience_is_azp_when_there_is_one_and_aud_otherwise(assume):
    assert assume(token(aud="app", azp=None))[1].status == 200
    assert code(assume(token(aud="app", azp="another app"))[1]) == "InvalidIdentityToken"


REFUSED = {
    "signed by somebody else": (token(OTHER_KEY), "InvalidIdentityToken"),
    "unsigned": ("eyJhbGciOiJub25lIn0." + token().split(".")[1] + ".", "InvalidIdentityToken"),
    "HS256 with the public key as secret": (forged_with_the_public_key(), "InvalidIdentityToken"),
    "from another issuer": (token(iss="https://evil.example/"), "InvalidIdentityToken"),
    "from an issuer without the slash": (token(iss=ISSUER.rstrip("/")), "InvalidIdentityToken"),
    "expired": (token(exp=int(time.time()) - 1), "ExpiredTokenException"),
    "without an expiry": (token(exp=None), "InvalidIdentityToken"),
    "not valid yet": (token(nbf=int(time.time()) + 3600), "InvalidIdentityToken"),
    "for an app that is not known": (token(azp="another app"), "InvalidIdentityToken"),
    "for two audiences and no azp": (token(aud=["app", "other"], azp=None), "InvalidIdentityToken"),
    "without a subject": (token(sub=None), "InvalidIdentityToken"),
    "without the tag that the trust asks for": (token(**{TAGS_CLAIM: None}), "AccessDenied"),
    "with two values for a tag": (
        token(**{TAGS_CLAIM: {"principal_tags": {"user": ["email:1", "email:2"]}}}),
        "InvalidIdentityToken",
    ),
    "with a tag value that AWS does not allow": (
        token(**{TAGS_CLAIM: {"principal_tags": {"user": ["email|1"]}}}),
        "InvalidIdentityToken",
    ),
    "with tags of another shape": (token(**{TAGS_CLAIM: ["user"]}), "InvalidIdentityToken"),
    "no token at all": ("rubbish", "InvalidIdentityToken"),
    "too long": ("a" * 20_001, "ValidationError"),
}


@pytest.mark.parametrize(("given", "expected"), REFUSED.values(), ids=REFUSED.keys())
def test_a_bad_token_gets_no_session(given, expected, assume):
    session, answer = assume(given)
    assert session is None
    assert code(answer) == expected


BAD_CALLS = {
    "a role that is not there": ({"RoleArn": ROLE_ARN + "2"}, "AccessDenied"),
    "too short a session": ({"DurationSeconds": "899"}, "ValidationError"),
    "longer than the role allows": ({"DurationSeconds": "7200"}, "ValidationError"),
    "a session name with a space": ({"RoleSessionName": "al ice"}, "ValidationError"),
}


@pytest.mark.parametrize(("parameters", "expected"), BAD_CALLS.values(), ids=BAD_CALLS.keys())
def test_a_bad_call_gets_no_session(parameters, expected, assume):
    session, answer = assume(token(), **parameters)
    assert session is None
    assert code(answer) == expected


BAD_TRUSTS = {
    "names another provider": [{**ADMIT, "Principal": {"Federated": PROVIDER.arn + "2"}}],
    "names a service": [{**ADMIT, "Principal": {"Service": "lambda.amazonaws.com"}}],
    "does not allow tags": [{**ADMIT, "Action": "sts:AssumeRoleWithWebIdentity"}],
    "asks for another audience": [
        {**ADMIT, "Condition": {"StringEquals": {"people.eu.auth0.com/:aud": "b"}}}
    ],
    "asks for a key that is absent": [{**ADMIT, "Condition": {"StringEquals": {"aws:SourceVpc": "vpc-1"}}}],
    "uses an operator that is not understood": [
        {**ADMIT, "Condition": {"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}}
    ],
    "uses an element that is not understood": [{**ADMIT, "NotAction": "sts:AssumeRole"}],
    "also denies": [ADMIT, {"Effect": "Deny", "Principal": "*", "Action": "*"}],
    "is empty": [],
}


@pytest.mark.parametrize("trust", BAD_TRUSTS.values(), ids=BAD_TRUSTS.keys())
def test_a_role_whose_trust_does_not_admit_is_not_taken(trust, assume):
    session, answer = assume(token(), trust=trust)
    assert session is None
    assert code(answer) == "AccessDenied"


@pytest.mark.parametrize(
    ("condition", "admitted"),
    [
        ({"StringLike": {"people.eu.auth0.com/:sub": "email|*"}}, True),
        ({"StringLike": {"people.eu.auth0.com/:sub": "google|*"}}, False),
        ({"StringNotEquals": {"people.eu.auth0.com/:sub": "email|1"}}, False),
        ({"ForAllValues:StringEquals": {"aws:TagKeys": ["user"]}}, True),
        ({"ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}}, False),
        ({"ForAnyValue:StringEquals": {"aws:TagKeys": ["team", "user"]}}, True),
        ({"StringEqualsIfExists": {"aws:SourceVpc": "vpc-1"}}, True),
        ({"Null": {"aws:RequestTag/user": "true"}}, False),
    ],
)
def test_a_condition_of_the_trust_decides(condition, admitted, assume):
    session, _ = assume(token(), trust=[{**ADMIT, "Condition": condition}])
    assert (session is not None) is admitted


INSIDE = {"aws:sourcevpc": ("vpc-1",)}
ONLY_HERE = {
    **ADMIT,
    "Action": "sts:AssumeRoleWithWebIdentity",
    "Condition": {
        "StringEquals": {"people.eu.auth0.com/:aud": ["app"], "aws:SourceVpc": "vpc-1"},
        "Bool": {"sts:RoleAuthorizedByIdp": "true"},
    },
}
TAGGING = {**ADMIT, "Action": "sts:TagSession", "Condition": {"Null": {"aws:RequestTag/user": "false"}}}


def test_a_token_for_the_role_from_the_network_gets_a_session(assume):
    session, _ = assume(token(**{ROLES_CLAIM: [ROLE_ARN]}), trust=[ONLY_HERE, TAGGING], network=INSIDE)
    assert session is not None


@pytest.mark.parametrize("network", [{}, {"aws:sourcevpc": ("vpc-2",)}], ids=["internet", "another network"])
def test_the_same_token_from_elsewhere_gets_none(network, assume):
    session, answer = assume(token(**{ROLES_CLAIM: [ROLE_ARN]}), trust=[ONLY_HERE, TAGGING], network=network)
    assert session is None
    assert code(answer) == "AccessDenied"


@pytest.mark.parametrize(
    ("roles", "expected"),
    [
        (None, "AccessDenied"),
        ([], "InvalidIdentityToken"),
        ([ROLE_ARN + "2"], "InvalidIdentityToken"),
        (["arn:aws:iam::111111111111:role/*"], "InvalidIdentityToken"),
        (["UserData"], "InvalidIdentityToken"),
        (ROLE_ARN, "InvalidIdentityToken"),
        ({ROLE_ARN: True}, "InvalidIdentityToken"),
    ],
    ids=["absent", "none", "another", "a wildcard", "a name", "a text", "an object"],
)
def test_a_token_that_does_not_name_the_role_gets_none(roles, expected, assume):
    session, answer = assume(token(**{ROLES_CLAIM: roles}), trust=[ONLY_HERE, TAGGING], network=INSIDE)
    assert session is None
    assert code(answer) == expected


def test_a_claim_of_roles_binds_the_token_even_where_the_trust_does_not_ask(assume):
    assert code(assume(token(**{ROLES_CLAIM: [ROLE_ARN + "2"]}))[1]) == "InvalidIdentityToken"
    assert assume(token(**{ROLES_CLAIM: [ROLE_ARN, ROLE_ARN + "2"]}))[1].status == 200


def test_a_trust_that_asks_for_the_role_where_sts_does_not_tell_it_admits_nobody(assume):
    asks_when_tagging = {**TAGGING, "Condition": {"Bool": {"sts:RoleAuthorizedByIdp": "true"}}}
    good = token(**{ROLES_CLAIM: [ROLE_ARN]})
    session, answer = assume(good, trust=[ONLY_HERE, asks_when_tagging], network=INSIDE)
    assert session is None
    assert code(answer) == "AccessDenied"


def test_no_claim_of_a_token_can_stand_for_a_key_of_the_request(assume):
    forged = token(**{"sts:RoleAuthorizedByIdp": "true", "aws:SourceVpc": "vpc-1"})
    assert code(assume(forged, trust=[ONLY_HERE, TAGGING], network=INSIDE)[1]) == "AccessDenied"
    assert code(assume(forged, trust=[ONLY_HERE, TAGGING])[1]) == "AccessDenied"
