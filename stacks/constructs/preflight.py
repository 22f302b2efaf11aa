"""What a browser or a tus client asks before it sends anything: answered by the gateway from constants."""

from __future__ import annotations

from aws_cdk import aws_apigateway as apigateway
from constructs import Construct

from stacks.constructs.answer_headers import OF_THE_EDGE
from stacks.constructs.cross_origin import CrossOrigin

# What the API speaks today. Neither of the two extensions that create an upload is offered, because a
# creation must carry the whole picture; without an extension the header Tus-Extension is left out.
# https://tus.io/protocols/resumable-upload, "OPTIONS" and "Tus-Extension"
TUS_VERSION = "1.0.0"
TUS_MAX_SIZE = 4 * 1024 * 1024
_TUS = {"Tus-Resumable": TUS_VERSION, "Tus-Version": TUS_VERSION, "Tus-Max-Size": str(TUS_MAX_SIZE)}

_STATUS = "204"


def preflight(
    scope: Construct,
    construct_id: str,
    *,
    rest_api_id: str,
    resource_id: str,
    methods: tuple[str, ...],
    cross_origin: CrossOrigin,
) -> apigateway.CfnMethod:
    """Promise AUT-2: `OPTIONS` is answered without a token, by the gateway alone, from constants.

    A mock integration calls nothing: its request template says which answer is given.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-mock-integration.html
    """
    allowed = sorted({"OPTIONS", *methods})
    headers = OF_THE_EDGE | _TUS | {"Allow": ", ".join(allowed)} | cross_origin.of_preflight(allowed)
    answer = {
        "statusCode": _STATUS,
        "contentHandling": "CONVERT_TO_TEXT",
        "responseParameters": {
            f"method.response.header.{name}": f"'{value}'" for name, value in headers.items()
        },
    }
    if cross_origin.origin_template:
        answer["responseTemplates"] = {"application/json": cross_origin.origin_template}
    return apigateway.CfnMethod(
        scope,
        construct_id,
        rest_api_id=rest_api_id,
        resource_id=resource_id,
        http_method="OPTIONS",
        authorization_type="NONE",
        api_key_required=False,
        integration={
            "type": "MOCK",
            "requestTemplates": {"application/json": f'{{"statusCode": {_STATUS}}}'},
            # Without Content-Type the gateway takes the template for JSON; with another type it answers 415.
            # https://docs.aws.amazon.com/apigateway/latest/developerguide/integration-passthrough-behaviors.html
            "passthroughBehavior": "NEVER",
            # Every media type is binary to this API, and a template takes text only. By AWS's table this
            # makes text of the request; others were answered 500 to each preflight without it.
            # https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-payload-encodings-workflow.html
            # https://github.com/aws/chalice/issues/1310
            "contentHandling": "CONVERT_TO_TEXT",
            "integrationResponses": [answer],
        },
        method_responses=[
            {
                "statusCode": _STATUS,
                "responseParameters": {f"method.response.header.{name}": True for name in headers},
            }
        ],
    )
