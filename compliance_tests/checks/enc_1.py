"""ENC-1: apps talk to the API over TLS 1.2 or newer, with current suites only, on our domain only."""

import re
from collections.abc import Iterator

from compliance_tests.checks.by_rules import by_rules
from compliance_tests.checks.resource_types import WAYS_IN, unknown_types
from compliance_tests.running import Flow, Response
from policies.assembly import Assembly
from policies.finding import Finding
from policies.resource import Resource
from policies.verdict import cannot_tell, holds_unless

# The names that ACM answers to; with none of them in a record ACM refuses to issue.
# https://docs.aws.amazon.com/acm/latest/userguide/setup-caa.html
_AMAZON = ("amazon.com", "amazontrust.com", "awstrust.com", "amazonaws.com")
_TWO_YEARS = 63072000
_ISSUER = re.compile(r'0 (issue|issuewild) "([^"]*)"')


def check(assembly: Assembly) -> tuple[Finding, ...]:
    """The API and its domain have the strong policy, the default address is off, nothing else answers.

    Browsers are told to stay on TLS by every answer, and no other authority may issue for our names.
    """
    certificates = assembly.of_type("AWS::CertificateManager::Certificate")
    needs = (*WAYS_IN, "AWS::CertificateManager::Certificate")
    return (
        *by_rules(assembly, "SP_API_1", "SP_API_4", "SP_API_5", needs=needs),
        *unknown_types(assembly),
        *(
            Finding("only-amazon-issues", one.place, holds_unless(_other_issuers(one)))
            for one in certificates
        ),
    )


def _other_issuers(certificate: Resource) -> Iterator[str]:
    """Who else than Amazon could issue for the names of this certificate."""
    records = certificate.template.assembly.of_type("AWS::Route53::RecordSet")
    issuers = {one.at("Name").text(): one for one in records if one.at("Type").text() == "CAA"}
    names = [certificate.at("DomainName"), *certificate.at("SubjectAlternativeNames").each()]
    for name in (node.text() for node in names):
        if name not in issuers:
            yield f"no CAA record for {name}: every authority may issue for it"
            continue
        found = [_ISSUER.fullmatch(one.text()) for one in issuers[name].at("ResourceRecords").each()]
        if None in found or not any(one and one[1] == "issue" and one[2] in _AMAZON for one in found):
            yield f"the CAA record of {name} names nobody of Amazon, or is not understood"
        yield from (
            f"the CAA record of {name} lets {one[2]} issue"
            for one in found
            if one and one[2] not in (*_AMAZON, ";")
        )


def check_run(flow: Flow) -> tuple[Finding, ...]:
    """Every answer of the run, by a function or by the gateway alone, keeps browsers on TLS."""
    by_the_gateway = [one for one in flow.responses if one.name.startswith("OPTIONS")]
    if not by_the_gateway or len(by_the_gateway) == len(flow.responses):
        return (Finding("stays-on-tls", flow.name, cannot_tell("the run asked the gateway or no function")),)
    return tuple(Finding("stays-on-tls", one.name, holds_unless(_not_kept(one))) for one in flow.responses)


def _not_kept(response: Response) -> Iterator[str]:
    hsts = re.match(r"max-age=([0-9]+)", response.headers.get("strict-transport-security", ""))
    if hsts is None or int(hsts[1]) < _TWO_YEARS:
        yield "it does not keep browsers on TLS for two years"
    if response.headers.get("x-content-type-options") != "nosniff":
        yield "it lets browsers guess a type"
