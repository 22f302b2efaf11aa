"""No route of the API answers without an authorizer, but `OPTIONS` from constants."""

import re
from collections.abc import Iterator

from policies.node import Node
from policies.resource import Resource
from policies.rule import Rule
from policies.verdict import HOLDS, Verdict, broken, holds_unless

RULE = Rule(
    id="SP_API_2",
    claim="ENV-2",
    title="Every route asks the authorizer, and OPTIONS alone is answered from constants",
    why="One forgotten route lets everyone run the function behind it.",
    fix="Set AuthorizationType CUSTOM and the AuthorizerId of this API. Only OPTIONS may do without, "
    "and only when a MOCK integration answers it from constants.",
    source="https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html",
    resource_types=("AWS::ApiGateway::Method", "AWS::ApiGateway::RestApi", "AWS::ApiGatewayV2::Route"),
)

# Other ways to give an API methods, which no rule reads.
_UNSEEN = ("Body", "BodyS3Location", "CloneFrom")

# All that an integration which answers from constants may set; whatever else is there leads somewhere or
# reads.
_OF_CONSTANTS = {
    "ContentHandling",
    "IntegrationResponses",
    "PassthroughBehavior",
    "RequestTemplates",
    "TimeoutInMillis",
    "Type",
}
_OF_AN_ANSWER = {
    "ContentHandling",
    "ResponseParameters",
    "ResponseTemplates",
    "SelectionPattern",
    "StatusCode",
}

_ORIGIN = r"https://[a-z0-9.-]+(?::[0-9]+)?"
_HEADER = "method.response.header."

# "When the page's origin is this one, say that it may read": the origin that is said is a constant each time.
_SENT = r'\$input\.params\(\)\.header\.get\("[Oo]rigin"\)'
_CHOICE = re.compile(
    rf'#if\({_SENT} == "(?P<origin>{_ORIGIN})"(?: \|\| {_SENT} == "(?P=origin)")?\)'
    r"#set\(\$context\.responseOverride\.header\.Access-Control-Allow-Origin = \"(?P=origin)\"\)#end\s*"
)


def judge(resource: Resource) -> Verdict:
    """The method names an authorizer of the same API; an HTTP API route is never right."""
    if resource.type == "AWS::ApiGatewayV2::Route":
        return broken("an HTTP API offers only older TLS policies")
    if resource.type == "AWS::ApiGateway::RestApi":
        return holds_unless(
            f"{name} makes methods that nobody judges" for name in _UNSEEN if resource.at(name).present
        )
    kind = resource.at("AuthorizationType").text(default="NONE")
    if kind == "NONE" and resource.at("HttpMethod").text() == "OPTIONS":
        return holds_unless(_more_than_constants(resource.at("Integration")))
    if kind != "CUSTOM":
        return broken(f"AuthorizationType is {kind}, expected CUSTOM")
    reference = resource.at("AuthorizerId").reference()
    if reference is None or reference.resource_type != "AWS::ApiGateway::Authorizer":
        return broken("AuthorizerId names no authorizer of this stack")
    authorizer = reference.template.resource(reference.logical_id)
    if authorizer.at("RestApiId").raw != resource.at("RestApiId").raw:
        return broken("the authorizer belongs to another API")
    return HOLDS


def _more_than_constants(integration: Node) -> Iterator[str]:
    """What would make an answer to `OPTIONS` depend on the request, or on anything behind the gateway."""
    kind = integration.at("Type").text()
    if kind != "MOCK":
        yield f"OPTIONS without a token ends at an integration of type {kind or 'absent'}, expected MOCK"
    for name in sorted({name for name, _ in integration.items()} - _OF_CONSTANTS):
        yield f"{integration.path}.{name} is more than an answer from constants needs"
    for name, template in integration.at("RequestTemplates").items():
        if not re.fullmatch(r'\{\s*"statusCode":\s*[1-5][0-9]{2}\s*\}', template.text()):
            yield f"the request template of {name} is not a constant status"
    for answer in integration.at("IntegrationResponses").each():
        yield from _not_constant(answer)


def _not_constant(answer: Node) -> Iterator[str]:
    for name in sorted({name for name, _ in answer.items()} - _OF_AN_ANSWER):
        yield f"{answer.path}.{name} is more than an answer from constants needs"
    for name, value in answer.at("ResponseParameters").items():
        text = value.text()
        if not re.fullmatch(r"'[^']*'", text):
            yield f"{name} is {text}, expected a constant in single quotes"
        elif name.lower() == f"{_HEADER}access-control-allow-credentials":
            yield f"{name} lets a browser send cookies, and the API knows none"
        elif name.lower() == f"{_HEADER}access-control-allow-origin" and not re.fullmatch(
            f"'{_ORIGIN}'", text
        ):
            yield f"{name} is {text}, expected one https origin"
    for name, template in answer.at("ResponseTemplates").items():
        if _CHOICE.sub("", template.text()).strip():
            yield f"the response template of {name} does more than choose among constant origins"
