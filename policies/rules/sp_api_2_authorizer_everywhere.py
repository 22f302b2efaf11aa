"""No route of the API answers without an authorizer."""

from policies.resource import Resource
from policies.rule import Rule
from policies.verdict import HOLDS, Verdict, broken

RULE = Rule(
    id="SP_API_2",
    claim="ENV-2",
    title="Every route asks the authorizer",
    why="One forgotten route lets everyone run the function behind it.",
    fix="Set AuthorizationType CUSTOM and the AuthorizerId of this API.",
    source="https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html",
    resource_types=("AWS::ApiGateway::Method", "AWS::ApiGatewayV2::Route"),
)


def judge(resource: Resource) -> Verdict:
    """The method names an authorizer of the same API; an HTTP API route is never right."""
    if resource.type == "AWS::ApiGatewayV2::Route":
        return broken("an HTTP API offers only older TLS policies")
    kind = resource.at("AuthorizationType").text(default="NONE")
    if kind != "CUSTOM":
        return broken(f"AuthorizationType is {kind}, expected CUSTOM")
    reference = resource.at("AuthorizerId").reference()
    if reference is None or reference.resource_type != "AWS::ApiGateway::Authorizer":
        return broken("AuthorizerId names no authorizer of this stack")
    authorizer = reference.template.resource(reference.logical_id)
    if authorizer.at("RestApiId").raw != resource.at("RestApiId").raw:
        return broken("the authorizer belongs to another API")
    return HOLDS
