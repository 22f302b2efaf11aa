"""Every answer that the gateway or the firewall gives by itself keeps browsers on TLS."""

from collections.abc import Iterator

from policies.node import Node
from policies.resource import Resource
from policies.rule import Rule
from policies.verdict import Verdict, holds_unless

RULE = Rule(
    id="SP_API_5",
    claim="ENC-1",
    title="Every answer of the edge carries HSTS and nosniff",
    why="A browser that was never told may try plain HTTP first, where anybody can answer in our place.",
    fix="Set Strict-Transport-Security (two years) and X-Content-Type-Options: nosniff on every gateway "
    "response, MOCK answer and custom response of the firewall; set DEFAULT_4XX and DEFAULT_5XX.",
    source="https://www.rfc-editor.org/rfc/rfc6797",
    resource_types=(
        "AWS::ApiGateway::GatewayResponse",
        "AWS::ApiGateway::Method",
        "AWS::ApiGateway::RestApi",
        "AWS::WAFv2::WebACL",
    ),
)

# A type of gateway response that is not set is answered as one of these two.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
_DEFAULTS = ("DEFAULT_4XX", "DEFAULT_5XX")
_TWO_YEARS = 63072000


def judge(resource: Resource) -> Verdict:
    """What answers says it itself; an API says what answers when nothing else does."""
    match resource.type:
        case "AWS::ApiGateway::GatewayResponse":
            problems = _missing(_in_quotes(resource.at("ResponseParameters"), "gatewayresponse.header."))
        case "AWS::ApiGateway::Method":
            problems = _of_method(resource)
        case "AWS::WAFv2::WebACL":
            problems = _of_web_acl(resource)
        case _:
            problems = _of_api(resource)
    return holds_unless(problems)


def _of_api(api: Resource) -> Iterator[str]:
    responses = api.template.of_type("AWS::ApiGateway::GatewayResponse")
    ours = [one for one in responses if api.is_meant_by(one.at("RestApiId").reference())]
    for kind in _DEFAULTS:
        if kind not in {one.at("ResponseType").text() for one in ours}:
            yield f"no gateway response {kind}"


def _of_method(method: Resource) -> Iterator[str]:
    if method.at("Integration.Type").text() != "MOCK":
        return  # a function answers, and a run shows its headers
    answers = method.at("Integration.IntegrationResponses").each()
    if not answers:
        yield "the MOCK integration has no answer, and so no header"
    for answer in answers:
        yield from _missing(_in_quotes(answer.at("ResponseParameters"), "method.response.header."))


def _of_web_acl(acl: Resource) -> Iterator[str]:
    for rule in (acl.properties, *acl.at("Rules").each()):
        for action in ("Action", "DefaultAction"):
            response = rule.at(f"{action}.Block.CustomResponse")
            if response.present:
                named = response.at("ResponseHeaders").each()
                headers = {one.at("Name").text().lower(): one.at("Value").text() for one in named}
                yield from (f"{response.path}: {problem}" for problem in _missing(headers))


def _in_quotes(parameters: Node, prefix: str) -> dict[str, str]:
    return {
        name.removeprefix(prefix).lower(): value.text().strip("'")
        for name, value in parameters.items()
        if name.startswith(prefix)
    }


def _missing(headers: dict[str, str]) -> Iterator[str]:
    hsts = dict(
        part.strip().partition("=")[::2] for part in headers.get("strict-transport-security", "").split(";")
    )
    seconds = hsts.get("max-age", "")
    if not seconds.isdecimal() or int(seconds) < _TWO_YEARS:
        yield f"Strict-Transport-Security has max-age {seconds or 'absent'}, expected at least {_TWO_YEARS}"
    if headers.get("x-content-type-options") != "nosniff":
        yield "X-Content-Type-Options is not nosniff"
