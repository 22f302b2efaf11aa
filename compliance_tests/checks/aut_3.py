"""AUT-3: the identity provider issues and keeps tokens; we never store one."""

from collections.abc import Iterator

from compliance_tests.checks.by_rules import by_rules
from compliance_tests.checks.resource_types import unknown_types
from compliance_tests.running import Flow
from policies.assembly import Assembly
from policies.finding import Finding
from policies.resource import Resource
from policies.verdict import cannot_tell, holds_unless


def check(assembly: Assembly) -> tuple[Finding, ...]:
    """No log, sample, trace or cache of API or firewall holds a header, a query or a path with an id in it.

    A type that nobody has looked at may log requests too, so it counts as a question. Decisions are
    remembered for minutes at most.
    """
    return (
        *by_rules(assembly, "SP_API_3", "SP_WAF_1", needs=("AWS::ApiGateway::Stage",)),
        *unknown_types(assembly),
        *(
            Finding("short-memory", authorizer.place, holds_unless(_remembers(authorizer)))
            for authorizer in assembly.of_type("AWS::ApiGateway::Authorizer")
        ),
    )


def _remembers(authorizer: Resource) -> Iterator[str]:
    seconds = authorizer.at("AuthorizerResultTtlInSeconds").number(default=300)
    if seconds > 300:
        yield f"AuthorizerResultTtlInSeconds is {seconds}, expected at most 300"


def check_run(flow: Flow) -> tuple[Finding, ...]:
    """No stored byte and no log line holds a token of the run, whole or its signature or its claims alone."""
    if not flow.tokens or not flow.stored:
        return (Finding("no-token", flow.name, cannot_tell("the run used no token or stored nothing")),)
    needles = [(owner, piece.encode()) for owner, token in flow.tokens for piece in _pieces(token)]
    findings = [
        Finding(
            "no-token",
            place,
            holds_unless(sorted({f"holds a token of {o}" for o, n in needles if n in stored})),
        )
        for place, stored in flow.stored
    ]
    if not any(place.startswith("logs://") for place, _ in flow.stored):
        findings.append(Finding("no-token", "logs://", cannot_tell("the run logged nothing")))
    return tuple(findings)


def _pieces(token: str) -> tuple[str, ...]:
    """The token, its claims and its signature; the header is the same for everyone and tells nothing."""
    _, claims, signature = token.split(".")
    return (token, claims, signature)
