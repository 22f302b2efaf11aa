"""The API is reached through our domain only."""

from policies.resource import Resource
from policies.rule import Rule
from policies.verdict import HOLDS, Verdict, broken

RULE = Rule(
    id="SP_API_4",
    claim="ENC-1",
    title="API is open on our domain only",
    why="The default execute-api address is a second door, with a certificate and a name that are not ours.",
    fix="Set DisableExecuteApiEndpoint to true.",
    source="https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-disable-default-endpoint.html",
    resource_types=("AWS::ApiGateway::RestApi", "AWS::ApiGatewayV2::Api"),
)


def judge(resource: Resource) -> Verdict:
    """The default endpoint is off; an HTTP API is never right, its TLS policies are older."""
    if resource.type == "AWS::ApiGatewayV2::Api":
        return broken("an HTTP or WebSocket API offers only older TLS policies")
    if not resource.at("DisableExecuteApiEndpoint").flag(default=False):
        return broken("DisableExecuteApiEndpoint is off")
    return HOLDS
