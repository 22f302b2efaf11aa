"""Pages of ours may use the API from a browser, no other page may, and nobody's origin is ever copied."""

import dataclasses

import pytest

from lambdas.pictures import browsers, tus
from policies import catalogue
from policies.assembly import environments
from policies.finding import judge_assembly
from stacks.constructs.cross_origin import EXPOSED_HEADERS, REQUEST_HEADERS, CrossOrigin
from stacks.constructs.preflight import TUS_MAX_SIZE, TUS_VERSION
from stacks.synthesis import synthesize
from tests.stacks.conftest import read_templates

PREFIX = "method.response.header."
A, B, C = (f"https://{page}.development.soulpicks.example" for page in ("a", "b", "c"))


def answered(api):
    """The headers that `OPTIONS` answers, by path."""
    resources = api.of_type("AWS::ApiGateway::Resource")
    answers = {}
    for method in api.of_type("AWS::ApiGateway::Method").values():
        if method["HttpMethod"] == "OPTIONS":
            (one,) = method["Integration"]["IntegrationResponses"]
            part = resources[method["ResourceId"]["Fn::GetAtt"][0]]["PathPart"]
            answers[part] = {
                name.removeprefix(PREFIX): value.strip("'")
                for name, value in one["ResponseParameters"].items()
            }
    return answers


def test_options_of_every_path_is_answered_without_a_token_and_calls_nothing(environment):
    api = environment["Api"]
    methods = list(api.of_type("AWS::ApiGateway::Method").values())
    with_options = {str(one["ResourceId"]) for one in methods if one["HttpMethod"] == "OPTIONS"}
    assert with_options == {str(one["ResourceId"]) for one in methods}
    for one in methods:
        if one["HttpMethod"] == "OPTIONS":
            assert one["AuthorizationType"] == "NONE"
            assert one["Integration"]["Type"] == "MOCK"
            assert not {"Uri", "Credentials", "RequestParameters"} & set(one["Integration"])
            # Every media type is binary to the API: without this a preflight is answered 500.
            assert one["Integration"]["ContentHandling"] == "CONVERT_TO_TEXT"
            (answer,) = one["Integration"]["IntegrationResponses"]
            assert answer["ContentHandling"] == "CONVERT_TO_TEXT"


def test_a_preflight_names_the_page_the_methods_of_the_path_and_the_headers(environment, settings):
    api = environment["Api"]
    (ours,) = next(one for one in settings.environments if one.name == api.environment).web_origins
    answers = answered(api)
    assert answers["pictures"]["Access-Control-Allow-Methods"] == "GET, OPTIONS, POST"
    assert answers["{id}"]["Access-Control-Allow-Methods"] == "GET, OPTIONS"
    for headers in answers.values():
        assert headers["Access-Control-Allow-Origin"] == ours
        assert headers["Access-Control-Allow-Headers"].split(", ") == list(REQUEST_HEADERS)
        assert headers["Access-Control-Expose-Headers"].split(", ") == list(EXPOSED_HEADERS)
        assert headers["Vary"] == "Origin"
        assert "Access-Control-Allow-Credentials" not in headers


def test_the_page_may_send_what_an_upload_needs_and_read_what_it_is_answered():
    assert {"Authorization", "Content-Type", "Tus-Resumable", "Upload-Length", "Upload-Metadata"} <= set(
        REQUEST_HEADERS
    )
    assert {"Location", "Upload-Offset", "Tus-Resumable", "ETag", "Retry-After"} <= set(EXPOSED_HEADERS)


def test_options_tells_a_tus_client_what_the_function_really_takes(environment):
    for headers in answered(environment["Api"]).values():
        assert headers["Tus-Version"] == headers["Tus-Resumable"] == TUS_VERSION == tus.VERSION
        assert headers["Tus-Max-Size"] == str(TUS_MAX_SIZE) == str(tus.MAX_BYTES)
        assert "Tus-Extension" not in headers


def test_gateway_firewall_and_function_let_the_same_pages_read_the_same_headers(environment):
    api = environment["Api"]
    told = api.properties("Pictures")["Environment"]["Variables"]["WEB_ORIGINS"]
    origins = {headers["Access-Control-Allow-Origin"] for headers in answered(api).values()}
    for one in api.of_type("AWS::ApiGateway::GatewayResponse").values():
        parameters = one["ResponseParameters"]
        origins.add(parameters["gatewayresponse.header.Access-Control-Allow-Origin"].strip("'"))
    for rule in api.only("AWS::WAFv2::WebACL")["Rules"]:
        response = rule.get("Action", {}).get("Block", {}).get("CustomResponse", {})
        headers = {one["Name"]: one["Value"] for one in response.get("ResponseHeaders", [])}
        if response:
            origins.add(headers["Access-Control-Allow-Origin"])
    assert origins == {told}
    exposed = ", ".join(EXPOSED_HEADERS)
    assert exposed == browsers.EXPOSED


def with_origins(settings, *origins):
    development, *others = settings.environments
    changed = dataclasses.replace(development, web_origins=origins)
    return dataclasses.replace(settings, environments=(changed, *others))


@pytest.fixture(scope="module")
def of_several_pages(settings, tmp_path_factory):
    return synthesize(with_origins(settings, A, B, C), tmp_path_factory.mktemp("several"))


def judged(assembly, *ids):
    (environment,) = [one for one in environments(assembly) if one.name == "development"]
    return problems(environment, *ids)


def problems(environment, *ids):
    rules = {entry.rule.id: entry for entry in catalogue.rules()}
    findings = judge_assembly(environment, [rules[each] for each in ids])
    return [str(one) for one in findings if one.verdict.fails]


def test_with_several_pages_each_is_compared_with_a_constant_and_none_is_copied(of_several_pages):
    assert not judged(of_several_pages, "SP_API_2", "SP_API_5", "SP_WAF_1")
    template = CrossOrigin((A, B, C)).origin_template
    assert template.count("#if") == 2
    assert template.count("$input") == template.count("== ") == 4
    for origin in (B, C):
        assert f'Access-Control-Allow-Origin = "{origin}")' in template


def test_with_several_pages_what_the_edge_answers_by_itself_is_for_everyone(of_several_pages):
    (api,) = [
        one
        for one in read_templates(of_several_pages)
        if (one.environment, one.stack) == ("development", "Api")
    ]
    for one in api.of_type("AWS::ApiGateway::GatewayResponse").values():
        assert one["ResponseParameters"]["gatewayresponse.header.Access-Control-Allow-Origin"] == "'*'"
    assert api.properties("Pictures")["Environment"]["Variables"]["WEB_ORIGINS"] == f"{A},{B},{C}"


def test_without_a_page_of_ours_no_page_may_read_and_tus_is_answered_all_the_same(settings, tmp_path):
    assembly = synthesize(with_origins(settings), tmp_path)
    assert not judged(assembly, "SP_API_2", "SP_API_5", "SP_WAF_1")
    (api,) = [
        one for one in read_templates(assembly) if (one.environment, one.stack) == ("development", "Api")
    ]
    for headers in answered(api).values():
        assert headers["Tus-Version"] == TUS_VERSION
        assert not [name for name in headers if name.startswith("Access-Control-")]
    assert "Access-Control" not in str(api.of_type("AWS::ApiGateway::GatewayResponse"))


@pytest.mark.parametrize(
    "template",
    [
        '#set($context.responseOverride.header.Access-Control-Allow-Origin = $input.params("Origin"))',
        "$input.body",
        CrossOrigin((A, B)).origin_template.replace(B, "https://.*"),
        CrossOrigin((A, B)).origin_template.replace(f'= "{B}")', f'= "{C}")'),
        CrossOrigin((A, B)).origin_template + "$context.identity.sourceIp",
    ],
)
def test_a_template_that_does_more_than_choose_is_seen(assembly, template):
    (environment,) = [one for one in environments(assembly) if one.name == "development"]
    weakened = environment.copy()
    for method in weakened.of_type("AWS::ApiGateway::Method"):
        if method.at("HttpMethod").text() == "OPTIONS":
            (one,) = method.body["Properties"]["Integration"]["IntegrationResponses"]
            one["ResponseTemplates"] = {"application/json": template}
    (first, *_) = problems(weakened, "SP_API_2")
    assert "does more than choose among constant origins" in first
