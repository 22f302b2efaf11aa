"""ENC-1: apps talk to the API over TLS 1.2 or newer, with current suites only, on our domain only."""

from compliance_tests.checks import enc_1
from compliance_tests.marks import proves, sabotages
from compliance_tests.sabotage import Weakness, added, drop, must_be_reported, put, weaknesses
from compliance_tests.verdicts import must_hold
from policies.finding import summary
from policies.verdict import Status

API, DOMAIN = "AWS::ApiGateway::RestApi", "AWS::ApiGateway::DomainName"


@proves("ENC-1")
def test_the_api_and_its_domain_speak_tls_with_current_suites_only(environment):
    must_hold(enc_1.check(environment))


@sabotages("ENC-1")
@weaknesses(
    Weakness("an API with the old default", API, drop("SecurityPolicy"), "SP_API_1"),
    Weakness("a domain that takes TLS 1.0", DOMAIN, put("SecurityPolicy", "TLS_1_0"), "SP_API_1"),
    Weakness("an API in basic access mode", API, put("EndpointAccessMode", "BASIC"), "SP_API_1"),
    Weakness("the default address left open", API, put("DisableExecuteApiEndpoint", False), "SP_API_4"),
)
def test_a_weaker_endpoint_is_reported(environment, weakness):
    must_be_reported(enc_1.check, weakness, environment)


@sabotages("ENC-1")
def test_another_kind_of_endpoint_is_reported(environment):
    http_api = added("Http", "AWS::ApiGatewayV2::Api", {"Name": "h", "ProtocolType": "HTTP"})
    verdict = summary(enc_1.check(http_api(environment)))
    assert verdict.status is Status.BROKEN
    assert "Http: an HTTP or WebSocket API" in verdict.reason
