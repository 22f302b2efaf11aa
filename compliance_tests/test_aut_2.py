"""AUT-2: tokens are checked as OpenID Connect requires, and STS checks the same token a second time."""

import base64
import json

import pytest

from compliance_tests.attacks import good_claims
from compliance_tests.checks import aut_2
from compliance_tests.marks import proves, sabotages
from compliance_tests.sabotage import Weakness, drop, must_be_reported, put, weaknesses
from compliance_tests.verdicts import must_hold
from lambdas.authorize.access_token import ROLES_CLAIM, TAGS_CLAIM, verified_user
from policies.finding import summary
from policies.verdict import Status

AUTHORIZER, METHOD, ROLE = "AWS::ApiGateway::Authorizer", "AWS::ApiGateway::Method", "AWS::IAM::Role"
CONDITION = "AssumeRolePolicyDocument.Statement.0.Condition"
NAMED = "named-role-only"


def renamed(path, old, new):
    """Another operator for the same keys."""

    def change(body):
        holder = body["Properties"]
        for step in path.split("."):
            holder = holder[int(step)] if isinstance(holder, list) else holder[step]
        holder[new] = holder.pop(old)

    return change


def any_audience(body):
    """Compare the audience with a wildcard where it was compared exactly."""
    condition = body["Properties"]["AssumeRolePolicyDocument"]["Statement"][0]["Condition"]
    audience = next(key for key in condition["StringEquals"] if str(key).endswith(":aud"))
    del condition["StringEquals"][audience]
    condition.setdefault("StringLike", {})[audience] = "*"


def answered_from_constants(body):
    """Answer a route by the gateway alone, without a token."""
    body["Properties"] |= {"AuthorizationType": "NONE", "Integration": {"Type": "MOCK"}}
    del body["Properties"]["AuthorizerId"]


def answered_by_a_function(body):
    """Hand `OPTIONS` to a function, still without a token."""
    uri = "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/f/invocations"
    body["Properties"]["Integration"] = {"Type": "AWS_PROXY", "IntegrationHttpMethod": "POST", "Uri": uri}


def allow_origin(value):
    def change(body):
        (answer,) = body["Properties"]["Integration"]["IntegrationResponses"]
        answer["ResponseParameters"]["method.response.header.Access-Control-Allow-Origin"] = value

    return change


copied_origin, every_origin = allow_origin("method.request.header.Origin"), allow_origin("'*'")


@proves("AUT-2")
def test_every_route_asks_a_token_authorizer_and_the_role_takes_only_tokens_for_our_apps(environment):
    must_hold(aut_2.check(environment))


@sabotages("AUT-2")
@weaknesses(
    Weakness("a route without an authorizer", METHOD, drop("AuthorizerId"), "SP_API_2"),
    Weakness("a route without a token", METHOD, put("AuthorizationType", "NONE"), "SP_API_2", only="Get"),
    Weakness("a route answered from constants", METHOD, answered_from_constants, "SP_API_2", only="Get"),
    Weakness("OPTIONS answered by a function", METHOD, answered_by_a_function, "SP_API_2", only="Options"),
    Weakness("OPTIONS that copies the origin", METHOD, copied_origin, "SP_API_2", only="Options"),
    Weakness("OPTIONS for every page", METHOD, every_origin, "SP_API_2", only="Options"),
    Weakness(
        "OPTIONS that reads the request",
        METHOD,
        put("Integration.RequestTemplates", {"application/json": '{"statusCode": $input.params("s")}'}),
        "SP_API_2",
        only="Options",
    ),
    Weakness(
        "OPTIONS with a role",
        METHOD,
        put("Integration.Credentials", "arn:aws:iam::111111111111:role/r"),
        "SP_API_2",
        only="Options",
    ),
    Weakness(
        "methods from a file", "AWS::ApiGateway::RestApi", put("Body", {"openapi": "3.0.1"}), "SP_API_2"
    ),
    Weakness("a role for tokens of any app", ROLE, any_audience, "SP_IAM_3", only="UserData"),
    Weakness("a role for tokens of nobody", ROLE, drop(CONDITION), "SP_IAM_3", only="UserData"),
    Weakness("a role that no token has to name", ROLE, drop(f"{CONDITION}.Bool"), NAMED, only="UserData"),
    Weakness(
        "a role for tokens that do not name it",
        ROLE,
        put(f"{CONDITION}.Bool", {"sts:RoleAuthorizedByIdp": "false"}),
        NAMED,
        only="UserData",
    ),
    Weakness(
        "a role that a token has to name when somebody asks",
        ROLE,
        renamed(CONDITION, "Bool", "BoolIfExists"),
        NAMED,
        only="UserData",
    ),
    Weakness("an authorizer that is given no token", AUTHORIZER, put("Type", "REQUEST"), "token-authorizer"),
    Weakness(
        "a token taken from the address",
        AUTHORIZER,
        put("IdentitySource", "method.request.querystring.token"),
        "token-authorizer",
    ),
    Weakness(
        "a decision remembered for an hour",
        AUTHORIZER,
        put("AuthorizerResultTtlInSeconds", 3600),
        "token-authorizer",
    ),
    Weakness(
        "a provider without audiences", "AWS::IAM::OIDCProvider", drop("ClientIdList"), "known-audiences"
    ),
)
def test_a_token_that_is_not_looked_at_is_reported(environment, weakness):
    must_be_reported(aut_2.check, weakness, environment)


@proves("AUT-2")
def test_the_authorizer_takes_only_tokens_for_this_api_these_apps_this_person_and_now(environment):
    must_hold(aut_2.check_authorizer(environment))


def blind_to(claim):
    """The authorizer, looking away from one claim: it is given the value that it wants to see."""

    def verify(token, *, expected, keys, now):
        claims = jwt_claims(token)
        wanted = good_claims(expected, int(now))
        claims.update({name: wanted[name] for name in wanted if name.startswith(claim) or name == claim})
        return verified_user(keys.sign(claims), expected=expected, keys=keys, now=now)

    return verify


def jwt_claims(token):
    return json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))


@sabotages("AUT-2")
@pytest.mark.parametrize(
    ("claim", "reported"),
    [
        ("iss", "another issuer"),
        ("aud", "another audience"),
        ("azp", "another app"),
        ("exp", "expired"),
        ("iat", "without iat"),
        (TAGS_CLAIM, "tagged as another user"),
        (ROLES_CLAIM, "for another role"),
    ],
)
def test_an_authorizer_that_looks_away_from_a_claim_is_reported(environment, claim, reported):
    verdict = summary(aut_2.check_authorizer(environment, blind_to(claim)))
    assert verdict.status is Status.BROKEN
    assert f"{reported}: it was admitted" in verdict.reason
