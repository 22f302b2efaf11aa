"""What the API answers by itself, worded as its gateway responses say.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from starlette.responses import Response

from local_cloud.api.definition import Definition


class Kind(Enum):
    """A kind of gateway response with its default status and message."""

    ACCESS_DENIED = (403, "User is not authorized to access this resource")
    AUTHORIZER_CONFIGURATION_ERROR = (500, "Internal server error")
    AUTHORIZER_FAILURE = (500, "Internal server error")
    # API Gateway sends what is left, such as a function that fails, as the default of its class.
    DEFAULT_5XX = (502, "Internal server error")
    INTEGRATION_TIMEOUT = (504, "Endpoint request timed out")
    MISSING_AUTHENTICATION_TOKEN = (403, "Missing Authentication Token")
    REQUEST_TOO_LARGE = (413, "Request Too Long")
    THROTTLED = (429, "Too Many Requests")
    UNAUTHORIZED = (401, "Unauthorized")


class Refusal(Exception):
    """The API answers by itself."""

    def __init__(self, kind: Kind) -> None:
        super().__init__(kind.name)
        self.kind = kind


@dataclass(frozen=True, kw_only=True)
class Variables:
    """What a response template may ask for."""

    request_id: str
    resource_path: str = ""
    http_method: str = ""
    path: str = ""


def render(refusal: Refusal, definition: Definition, variables: Variables) -> Response:
    """Word a refusal as the template of its kind says, or of its class, or as API Gateway does by default."""
    status, message = refusal.kind.value
    responses = definition.gateway_responses
    chosen = responses.get(refusal.kind.name) or responses.get(f"DEFAULT_{status // 100}XX")
    headers = {"x-amzn-RequestId": variables.request_id, "x-amzn-ErrorType": refusal.kind.name}
    body, media_type = json.dumps({"message": message}), "application/json"
    if chosen:
        status = chosen.status or status
        headers |= chosen.headers
        # Whatever the client accepts: there is one template, and its key is not sent unless a header says so.
        for template in list(chosen.templates.values())[:1]:
            body = _fill(template, message, refusal.kind, variables)
    content_type = next((value for name, value in headers.items() if name.lower() == "content-type"), media_type)
    headers = {name: value for name, value in headers.items() if name.lower() != "content-type"}
    return Response(body, status_code=status, headers={**headers, "Content-Type": content_type})


def _fill(template: str, message: str, kind: Kind, variables: Variables) -> str:
    values: Mapping[str, str] = {
        "context.error.message": message,
        "context.error.messageString": json.dumps(message),
        "context.error.responseType": kind.name,
        "context.requestId": variables.request_id,
        "context.extendedRequestId": variables.request_id,
        "context.resourcePath": variables.resource_path,
        "context.httpMethod": variables.http_method,
        "context.path": variables.path,
    }
    return re.sub(r"\$\{?((?:context)(?:\.\w+)+)\}?", lambda match: values.get(match.group(1), ""), template)
