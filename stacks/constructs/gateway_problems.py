"""What the API answers when the gateway itself refuses: problem+json, like the functions."""

from __future__ import annotations

import json

from aws_cdk import aws_apigateway as apigateway
from constructs import Construct

from stacks.constructs.answer_headers import OF_THE_EDGE
from stacks.constructs.cross_origin import CrossOrigin

# The gateway's response types that an app can meet, their status, and one sentence for its developer. A type
# that is not set here is answered as DEFAULT_4XX or DEFAULT_5XX.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
PROBLEMS: dict[str, tuple[int, str, str]] = {
    "ACCESS_DENIED": (403, "Forbidden", "the access token does not permit this"),
    "BAD_REQUEST_PARAMETERS": (400, "Bad Request", "a parameter or header is missing or not valid"),
    "DEFAULT_4XX": (400, "Bad Request", "the request is not valid"),
    "DEFAULT_5XX": (500, "Internal Server Error", "the service failed"),
    "EXPIRED_TOKEN": (403, "Forbidden", "requests are authorized by an access token, not by a signature"),
    "INTEGRATION_FAILURE": (502, "Bad Gateway", "the service failed; try again"),
    "INTEGRATION_TIMEOUT": (504, "Gateway Timeout", "the service did not answer in time; try again"),
    # The gateway says this of a path or method that does not exist; it would tell 403 and a stranger's text.
    "MISSING_AUTHENTICATION_TOKEN": (404, "Not Found", "there is no such route"),
    "REQUEST_TOO_LARGE": (413, "Content Too Large", "a request may hold at most 4194304 bytes of a picture"),
    "RESOURCE_NOT_FOUND": (404, "Not Found", "there is no such route"),
    "THROTTLED": (429, "Too Many Requests", "slow down and try again"),
    "UNAUTHORIZED": (401, "Unauthorized", "the access token is missing or was not accepted"),
    "UNSUPPORTED_MEDIA_TYPE": (415, "Unsupported Media Type", "OPTIONS takes no body"),
    "WAF_FILTERED": (403, "Forbidden", "the request was refused"),
}

# These cover several statuses; theirs are left as the gateway has them.
_KEEP_STATUS = ("DEFAULT_4XX", "DEFAULT_5XX")


class GatewayProblems(Construct):
    """The same form of error from the gateway as from a function, and never a word about our insides.

    Source: https://www.rfc-editor.org/rfc/rfc9457
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, rest_api_id: str, cross_origin: CrossOrigin
    ) -> None:
        super().__init__(scope, construct_id)
        for response_type, (status, _, _) in PROBLEMS.items():
            headers = _headers(status) | cross_origin.of_constant_answer
            apigateway.CfnGatewayResponse(
                self,
                response_type,
                rest_api_id=rest_api_id,
                response_type=response_type,
                status_code=None if response_type in _KEEP_STATUS else str(status),
                response_parameters={
                    f"gatewayresponse.header.{name}": f"'{value}'" for name, value in headers.items()
                },
                response_templates={"application/json": problem(response_type)},
            )


def problem(response_type: str) -> str:
    """The body of a gateway response, as RFC 9457 has it."""
    status, title, detail = PROBLEMS[response_type]
    members: dict[str, object] = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    if response_type in _KEEP_STATUS:
        # The member "status" is only advice; a wrong one is worse than none.
        del members["status"]
    return json.dumps(members, separators=(",", ":"))


def _headers(status: int) -> dict[str, str]:
    headers = {"Content-Type": "application/problem+json", **OF_THE_EDGE}
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if status in (429, 502, 504):
        headers["Retry-After"] = "5"
    return headers
