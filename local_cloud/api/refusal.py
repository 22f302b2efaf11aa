"""What the API answers by itself, worded as its gateway responses say.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.responses import Response

from local_cloud.api.variables import fill

if TYPE_CHECKING:
    from local_cloud.api.definition import Definition


@dataclass(frozen=True)
class Kind:
    """A kind of gateway response with its default status and message."""

    name: str
    status: int
    message: str


API_CONFIGURATION_ERROR = Kind("API_CONFIGURATION_ERROR", 500, "Internal server error")
ACCESS_DENIED = Kind("ACCESS_DENIED", 403, "User is not authorized to access this resource")
AUTHORIZER_CONFIGURATION_ERROR = Kind("AUTHORIZER_CONFIGURATION_ERROR", 500, "Internal server error")
AUTHORIZER_FAILURE = Kind("AUTHORIZER_FAILURE", 500, "Internal server error")
# API Gateway sends what is left, such as a function that fails, as the default of its class.
FAILED_FUNCTION = Kind("DEFAULT_5XX", 502, "Internal server error")
INTEGRATION_TIMEOUT = Kind("INTEGRATION_TIMEOUT", 504, "Endpoint request timed out")
MISSING_AUTHENTICATION_TOKEN = Kind("MISSING_AUTHENTICATION_TOKEN", 403, "Missing Authentication Token")
REQUEST_TOO_LARGE = Kind("REQUEST_TOO_LARGE", 413, "Request Too Long")
UNAUTHORIZED = Kind("UNAUTHORIZED", 401, "Unauthorized")
UNSUPPORTED_MEDIA_TYPE = Kind("UNSUPPORTED_MEDIA_TYPE", 415, "Unsupported Media Type")


class Refusal(Exception):
    """The API answers by itself."""

    def __init__(self, kind: Kind) -> None:
        super().__init__(kind.name)
        self.kind = kind


def render(refusal: Refusal, definition: "Definition", variables: Mapping[str, str]) -> Response:
    """Word a refusal as the template of its kind says, or of its class, or as API Gateway does by default."""
    status, message = refusal.kind.status, refusal.kind.message
    responses = definition.gateway_responses
    chosen = responses.get(refusal.kind.name) or responses.get(f"DEFAULT_{status // 100}XX")
    headers = {"x-amzn-RequestId": variables["context.requestId"], "x-amzn-ErrorType": refusal.kind.name}
    body, media_type = json.dumps({"message": message}), "application/json"
    if chosen:
        status = chosen.status or status
        headers |= chosen.headers
        # Whatever the client accepts: there is one template, and its key is not sent unless a header says so.
        for template in list(chosen.templates.values())[:1]:
            error = {
                "context.error.message": message,
                "context.error.messageString": json.dumps(message),
                "context.error.responseType": refusal.kind.name,
            }
            body = fill(template, {**variables, **error}, missing="")
    content_type = next(
        (value for name, value in headers.items() if name.lower() == "content-type"), media_type
    )
    headers = {name: value for name, value in headers.items() if name.lower() != "content-type"}
    return Response(body, status_code=status, headers={**headers, "Content-Type": content_type})
