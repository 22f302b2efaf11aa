"""AUT-2: tokens are checked as OpenID Connect requires, and STS checks the same token a second time."""

from collections.abc import Iterator

from compliance_tests.checks.by_rules import by_rules
from compliance_tests.running import Answer
from policies.assembly import Assembly
from policies.finding import Finding
from policies.resource import Resource
from policies.verdict import HOLDS, broken, cannot_tell, holds_unless

LONGEST_MEMORY_SECONDS = 300


def check(assembly: Assembly) -> tuple[Finding, ...]:
    """Every route asks a token authorizer, and the role behind it takes only tokens for our own apps."""
    needs = ("AWS::ApiGateway::Authorizer", "AWS::ApiGateway::Method", "AWS::IAM::OIDCProvider")
    authorizers = assembly.of_type("AWS::ApiGateway::Authorizer")
    providers = assembly.of_type("AWS::IAM::OIDCProvider")
    return (
        *by_rules(assembly, "SP_API_2", "SP_IAM_3", needs=needs),
        *(Finding("token-authorizer", a.place, holds_unless(_authorizer(a))) for a in authorizers),
        *(Finding("known-audiences", p.place, holds_unless(_provider(p))) for p in providers),
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


def check_run(answers: tuple[Answer, ...]) -> tuple[Finding, ...]:
    """The good token is let in, and every forged or stale one gets the same 401 and stores nothing."""
    good = [answer for answer in answers if answer.expected == 200]
    if not good or len(good) == len(answers):
        return (Finding("attacks", "the run", cannot_tell("the run made no attack, or let nobody in")),)
    return tuple(
        Finding(
            "attacks",
            answer.name,
            HOLDS
            if answer.status == answer.expected
            else broken(f"answered {answer.status}, not {answer.expected}"),
        )
        for answer in answers
    )
