"""The event that a proxy integration sends to a function, and the answer it takes.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
"""

import base64
import binascii
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from starlette.responses import Response

from local_cloud.api.authorization import Grant
from local_cloud.api.definition import Definition, Method


@dataclass(frozen=True, kw_only=True)
class Incoming:
    """An HTTP request at the API; header names in lower case, in the order they came."""

    request_id: str
    extended_request_id: str
    http_method: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        """The last value of a header."""
        return dict(self.headers).get(name)

    @property
    def media_type(self) -> str:
        """What the body is said to be; without a word it is JSON to API Gateway."""
        return _media_type(self.header("content-type"))


class MalformedAnswer(Exception):
    """The function's answer is not what a proxy integration takes."""


def event(
    definition: Definition,
    method: Method,
    parameters: Mapping[str, str],
    incoming: Incoming,
    grant: Grant | None,
) -> bytes:
    """Write the event, version 1.0."""
    # Clients send names in any case; HTTP/1.1 ones arrive at a function as most write them.
    headers = [(name.title(), value) for name, value in incoming.headers]
    query = parse_qsl(incoming.query, keep_blank_values=True)
    binary = definition.is_binary(incoming.media_type)
    body: str | None = None
    if incoming.body:
        body = (
            base64.b64encode(incoming.body).decode() if binary else incoming.body.decode("utf-8", "replace")
        )
    return json.dumps(
        {
            "resource": method.resource_path,
            "path": incoming.path,
            "httpMethod": incoming.http_method,
            "headers": dict(headers),
            "multiValueHeaders": _gathered(headers),
            "queryStringParameters": dict(query) or None,
            "multiValueQueryStringParameters": _gathered(query) or None,
            "pathParameters": dict(parameters) or None,
            "stageVariables": None,
            "requestContext": _request_context(definition, method, incoming, grant),
            "body": body,
            "isBase64Encoded": bool(body) and binary,
        }
    ).encode()


def _request_context(
    definition: Definition, method: Method, incoming: Incoming, grant: Grant | None
) -> dict[str, Any]:
    now = time.time()
    context: dict[str, Any] = {
        "accountId": definition.account,
        "apiId": definition.api_id,
        "domainName": definition.domain_name,
        "domainPrefix": definition.domain_name.partition(".")[0],
        "extendedRequestId": incoming.extended_request_id,
        "httpMethod": incoming.http_method,
        "identity": {"sourceIp": "127.0.0.1", "userAgent": incoming.header("user-agent")},
        "path": f"{definition.base_path}{incoming.path}",
        "protocol": "HTTP/1.1",
        "requestId": incoming.request_id,
        "requestTime": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(now)),
        "requestTimeEpoch": int(now * 1000),
        "resourceId": method.resource_id,
        "resourcePath": method.resource_path,
        "stage": definition.stage,
    }
    if grant:
        # API Gateway hands context values on as strings.
        flat = {name: _text(value) for name, value in grant.context.items()}
        context["authorizer"] = {**flat, "principalId": grant.principal, "integrationLatency": 0}
    return context


def response(definition: Definition, incoming: Incoming, answer: bytes) -> Response:
    """Turn a function's answer into an HTTP response.

    Raises: MalformedAnswer.
    """
    try:
        document = json.loads(answer)
        status = int(document["statusCode"])
        body = document.get("body") or ""
        if not 100 <= status <= 599 or not isinstance(body, str):
            raise ValueError("statusCode must be a status and body a string")
        content = body.encode()
        if document.get("isBase64Encoded") and definition.is_binary(_accepted(incoming)):
            content = base64.b64decode(body, validate=True)
        headers = {name: [_text(value)] for name, value in (document.get("headers") or {}).items()}
        headers |= {
            name: [_text(value) for value in values]
            for name, values in (document.get("multiValueHeaders") or {}).items()
        }
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error) as error:
        raise MalformedAnswer from error
    answered = Response(content, status_code=status)
    for name, values in headers.items():
        if name.lower() == "content-length":
            continue
        del answered.headers[name]
        for value in values:
            answered.headers.append(name, value)
    if "content-type" not in answered.headers and content:
        answered.headers["content-type"] = "application/json"
    answered.headers["x-amzn-RequestId"] = incoming.request_id
    return answered


def _accepted(incoming: Incoming) -> str:
    """The first media type the client accepts, which decides whether base64 becomes bytes."""
    return _media_type((incoming.header("accept") or "").partition(",")[0])


def _media_type(header: str | None) -> str:
    return (header or "application/json").partition(";")[0].strip().lower()


def _gathered(pairs: list[tuple[str, str]]) -> dict[str, list[str]]:
    gathered: dict[str, list[str]] = {}
    for name, value in pairs:
        gathered.setdefault(name, []).append(value)
    return gathered


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
