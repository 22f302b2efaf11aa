"""AUT-2: tokens are checked as OpenID Connect requires, and STS checks the same token a second time."""

from compliance_tests.checks import aut_2
from compliance_tests.marks import proves, sabotages
from compliance_tests.sabotage import Weakness, drop, must_be_reported, put, weaknesses
from compliance_tests.verdicts import must_hold

AUTHORIZER, ROLE = "AWS::ApiGateway::Authorizer", "AWS::IAM::Role"
CONDITION = "AssumeRolePolicyDocument.Statement.0.Condition"


def any_audience(body):
    """Compare the audience with a wildcard where it was compared exactly."""
    condition = body["Properties"]["AssumeRolePolicyDocument"]["Statement"][0]["Condition"]
    audience = next(key for key in condition["StringEquals"] if str(key).endswith(":aud"))
    del condition["StringEquals"][audience]
    condition.setdefault("StringLike", {})[audience] = "*"


@proves("AUT-2")
def test_every_route_asks_a_token_authorizer_and_the_role_takes_only_tokens_for_our_apps(environment):
    must_hold(aut_2.check(environment))


@sabotages("AUT-2")
@weaknesses(
    Weakness("a route without an authorizer", "AWS::ApiGateway::Method", drop("AuthorizerId"), "SP_API_2"),
    Weakness("a role for tokens of any app", ROLE, any_audience, "SP_IAM_3", only="UserData"),
    Weakness("a role for tokens of nobody", ROLE, drop(CONDITION), "SP_IAM_3", only="UserData"),
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
