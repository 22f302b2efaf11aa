"""ENC-1: apps talk to the API over TLS 1.2 or newer, with current suites only, on our domain only."""

import pytest

from compliance_tests.checks import enc_1
from compliance_tests.marks import proves, sabotages
from compliance_tests.sabotage import Weakness, added, append, drop, must_be_reported, put, weaknesses
from compliance_tests.verdicts import must_hold
from policies.finding import summary
from policies.verdict import Status

API, DOMAIN = "AWS::ApiGateway::RestApi", "AWS::ApiGateway::DomainName"
RESPONSE, RECORD = "AWS::ApiGateway::GatewayResponse", "AWS::Route53::RecordSet"


def forgotten(body):
    """Take HSTS away from an answer of the gateway."""
    del body["Properties"]["ResponseParameters"]["gatewayresponse.header.Strict-Transport-Security"]


def for_a_day(body):
    """Let browsers forget after a day what `OPTIONS` told them."""
    (answer,) = body["Properties"]["Integration"]["IntegrationResponses"]
    answer["ResponseParameters"]["method.response.header.Strict-Transport-Security"] = "'max-age=86400'"


@proves("ENC-1")
def test_the_api_and_its_domain_speak_tls_with_current_suites_only_and_browsers_stay_on_it(environment):
    must_hold(enc_1.check(environment))


@sabotages("ENC-1")
@weaknesses(
    Weakness("an API with the old default", API, drop("SecurityPolicy"), "SP_API_1"),
    Weakness("a domain that takes TLS 1.0", DOMAIN, put("SecurityPolicy", "TLS_1_0"), "SP_API_1"),
    Weakness("an API in basic access mode", API, put("EndpointAccessMode", "BASIC"), "SP_API_1"),
    Weakness("the default address left open", API, put("DisableExecuteApiEndpoint", False), "SP_API_4"),
    Weakness(
        "an error that does not keep browsers on TLS",
        RESPONSE,
        forgotten,
        "SP_API_5",
    ),
    Weakness(
        "a preflight that keeps browsers on TLS for a day",
        "AWS::ApiGateway::Method",
        for_a_day,
        "SP_API_5",
        only="Options",
    ),
    Weakness(
        "a firewall that does not keep browsers on TLS",
        "AWS::WAFv2::WebACL",
        drop("Rules.0.Action.Block.CustomResponse.ResponseHeaders"),
        "SP_API_5",
    ),
)
def test_a_weaker_endpoint_is_reported(environment, weakness):
    must_be_reported(enc_1.check, weakness, environment)


@sabotages("ENC-1")
def test_another_kind_of_endpoint_is_reported(environment):
    http_api = added("Http", "AWS::ApiGatewayV2::Api", {"Name": "h", "ProtocolType": "HTTP"})
    verdict = summary(enc_1.check(http_api(environment)))
    assert verdict.status is Status.BROKEN
    assert "Http: an HTTP or WebSocket API" in verdict.reason


@sabotages("ENC-1")
def test_an_api_whose_unforeseen_errors_are_aws_own_is_reported(environment):
    weakened, _ = Weakness("", RESPONSE, put("ResponseType", "QUOTA_EXCEEDED"), "", only="DEFAULT4XX").apply(
        environment
    )
    verdict = summary(enc_1.check(weakened))
    assert verdict.status is Status.BROKEN
    assert "no gateway response DEFAULT_4XX" in verdict.reason


@sabotages("ENC-1")
@pytest.mark.parametrize(
    ("change", "words"),
    [
        (put("Type", "TXT"), "every authority may issue for it"),
        (append("ResourceRecords", '0 issue "other.example"'), "lets other.example issue"),
        (append("ResourceRecords", '0 issuewild "other.example"'), "lets other.example issue"),
        (put("ResourceRecords", ['0 issue ";"']), "names nobody of Amazon"),
        (put("ResourceRecords", ["0 issue amazon.com"]), "is not understood"),
    ],
)
def test_another_authority_for_our_name_is_reported(environment, change, words):
    weakened, _ = Weakness("", RECORD, change, "", only="Issuers").apply(environment)
    verdict = summary(enc_1.check(weakened))
    assert verdict.status is Status.BROKEN
    assert words in verdict.reason
