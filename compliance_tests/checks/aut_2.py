"""AUT-2: tokens are checked as OpenID Connect requires, and STS checks the same token a second time."""

from collections.abc import Callable, Iterator
from typing import Any

from compliance_tests.attacks import ProviderKey, good_claims, misissued
from compliance_tests.checks.access_model import access_of
from compliance_tests.checks.by_rules import by_rules
from compliance_tests.checks.fails_closed import fails_closed
from compliance_tests.checks.functions import functions, is_authorizer
from compliance_tests.checks.picture_service import told
from compliance_tests.running import Answer
from lambdas.authorize.access_token import Expectation, verified_user
from lambdas.authorize.refusal import Refused
from policies.assembly import Assembly
from policies.finding import Finding
from policies.resource import Resource
from policies.verdict import cannot_tell, holds_unless

LONGEST_MEMORY_SECONDS = 300

Verify = Callable[..., str]


def check(assembly: Assembly) -> tuple[Finding, ...]:
    """Every route asks a token authorizer; the role behind it takes only tokens that our apps got for it."""
    needs = ("AWS::ApiGateway::Authorizer", "AWS::ApiGateway::Method", "AWS::IAM::OIDCProvider")
    authorizers = assembly.of_type("AWS::ApiGateway::Authorizer")
    providers = assembly.of_type("AWS::IAM::OIDCProvider")
    return (
        *by_rules(assembly, "SP_API_2", "SP_IAM_3", needs=needs),
        *(Finding("token-authorizer", a.place, holds_unless(_authorizer(a))) for a in authorizers),
        *(Finding("known-audiences", p.place, holds_unless(_provider(p))) for p in providers),
        *_only_the_role_named(assembly),
    )


@fails_closed
def _only_the_role_named(assembly: Assembly) -> Iterator[Finding]:
    """No token buys a session of a role that the identity provider did not name in it."""
    access = access_of(assembly)
    named = {
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"Bool": {"sts:RoleAuthorizedByIdp": "true"}},
    }
    # Tagging gives nobody a session; ISO-3 says what it may do.
    (role,) = (r for r in access.all("AWS::IAM::Role") if r.arn == told(access, "USER_DATA_ROLE_ARN"))
    yield from access.nobody(
        "named-role-only",
        access.everyone,
        role,
        can=["sts:*"],
        given={"NotAction": "sts:TagSession"},
        unless=named,
    )


def _authorizer(authorizer: Resource) -> Iterator[str]:
    if authorizer.at("Type").text() != "TOKEN":
        yield "Type is not TOKEN: API Gateway would not look at the header by itself"
    if authorizer.at("IdentitySource").text() != "method.request.header.Authorization":
        yield "IdentitySource is not the Authorization header"
    if not authorizer.at("IdentityValidationExpression").text().startswith("^Bearer "):
        yield "IdentityValidationExpression does not demand a bearer token"
    if not 0 <= authorizer.at("AuthorizerResultTtlInSeconds").number(default=300) <= LONGEST_MEMORY_SECONDS:
        yield "AuthorizerResultTtlInSeconds is over 300"


def _provider(provider: Resource) -> Iterator[str]:
    if not provider.at("Url").text().startswith("https://"):
        yield "Url is not an https address"
    if not provider.at("ClientIdList").each():
        yield "ClientIdList is empty"


def check_authorizer(assembly: Assembly, verify: Verify = verified_user) -> tuple[Finding, ...]:
    """The real authorizer, configured as here, takes the good token and none that is misissued."""
    provider, now = ProviderKey(), 1_800_000_000
    expected = _expectation(assembly)
    cases = [("a good token", good_claims(expected, now), True)]
    cases += [(name, claims, False) for name, claims in misissued(expected, now)]
    return tuple(
        Finding("misissued", name, holds_unless(_wrong(verify, provider, claims, expected, now, admitted)))
        for name, claims, admitted in cases
    )


def _expectation(assembly: Assembly) -> Expectation:
    (authorizer,) = (function for function in functions(assembly) if is_authorizer(function))
    variables = authorizer.at("Environment.Variables")
    return Expectation(
        issuer=variables.at("ISSUER").text(),
        audience=variables.at("AUDIENCE").text(),
        client_ids=frozenset(variables.at("CLIENT_IDS").text().split(",")),
        role_arn=variables.at("USER_DATA_ROLE_ARN").text(),
    )


def _wrong(
    verify: Verify,
    provider: ProviderKey,
    claims: dict[str, Any],
    expected: Expectation,
    now: int,
    admitted: bool,
) -> Iterator[str]:
    try:
        verify(provider.sign(claims), expected=expected, keys=provider, now=now)
    except Refused as refused:
        if admitted:
            yield f"it was refused: {refused.reason.value}"
    else:
        if not admitted:
            yield "it was admitted"


def check_run(answers: tuple[Answer, ...]) -> tuple[Finding, ...]:
    """The good token is let in; every forged one gets 401 before any function acts on it."""
    good = [answer for answer in answers if answer.expected == 200]
    if not good or len(good) == len(answers):
        return (Finding("attacks", "the run", cannot_tell("the run made no attack, or let nobody in")),)
    return tuple(Finding("attacks", answer.name, holds_unless(answer.problems())) for answer in answers)
