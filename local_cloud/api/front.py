"""The HTTPS endpoint of the API: a request becomes an event, and its answer a response."""

import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import Response

from local_cloud.api.authorization import Authorization
from local_cloud.api.definition import Definition
from local_cloud.api.mock import Mock
from local_cloud.api.proxy_event import Incoming, MalformedAnswer, event, response
from local_cloud.api.refusal import (
    FAILED_FUNCTION,
    INTEGRATION_TIMEOUT,
    MISSING_AUTHENTICATION_TOKEN,
    REQUEST_TOO_LARGE,
    Refusal,
    render,
)
from local_cloud.api.variables import fill
from local_cloud.functions.pool import EventTooLarge, Throttled
from local_cloud.functions.runtime_api import FunctionError

# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
BODY_LIMIT = 10 * 1024 * 1024
HEADER_LIMIT = 10_240


WriteLog = Callable[[str, str, str], None]


@dataclass(frozen=True, kw_only=True)
class Front:
    """Serves one API as an ASGI application; `log` takes log group, stream and line."""

    definition: Definition
    invoke: Callable[[str, bytes], Awaitable[bytes]]
    authorization: Authorization
    log: WriteLog

    async def __call__(self, scope, receive, send) -> None:  # type: ignore[no-untyped-def]
        """Serve one HTTP request."""
        began = time.monotonic()
        request = Request(scope, receive)
        variables = {
            "context.requestId": str(uuid.uuid4()),
            "context.extendedRequestId": str(uuid.uuid4()),
            "context.httpMethod": request.method,
            "context.path": request.url.path,
            "context.protocol": "HTTP/1.1",
            "context.stage": self.definition.stage,
            "context.apiId": self.definition.api_id,
            "context.accountId": self.definition.account,
            "context.domainName": self.definition.domain_name,
            "context.identity.sourceIp": "127.0.0.1",
            "context.identity.userAgent": request.headers.get("user-agent", "-"),
            "context.requestTimeEpoch": str(int(time.time() * 1000)),
            "context.tlsVersion": f"TLSv{scope['state']['tls_version']}",
        }
        try:
            answered = await self._answer(request, variables)
        except Refusal as refusal:
            variables["context.error.responseType"] = refusal.kind.name
            answered = render(refusal, self.definition, variables)
        variables["context.status"] = str(answered.status_code)
        variables["context.responseLength"] = str(len(answered.body))
        variables["context.responseLatency"] = str(int((time.monotonic() - began) * 1000))
        if self.definition.access_log:
            line = fill(self.definition.access_log.format, variables, missing="-")
            self.log(self.definition.access_log.group, self.definition.api_id, line)
        await answered(scope, receive, send)

    async def _answer(self, request: Request, variables: dict[str, str]) -> Response:
        path = unquote(request.scope["raw_path"].decode("ascii"))
        base = self.definition.base_path
        inner = path.removeprefix(base) or "/"
        found = self.definition.find(request.method, inner) if path.startswith(base) else None
        if found is None:
            # So API Gateway answers a route it does not have.
            raise Refusal(MISSING_AUTHENTICATION_TOKEN)
        method, parameters = found
        variables["context.resourcePath"] = method.resource_path
        incoming = Incoming(
            request_id=variables["context.requestId"],
            extended_request_id=variables["context.extendedRequestId"],
            http_method=request.method,
            path=inner,
            query=request.url.query,
            headers=tuple(
                (name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw
            ),
            body=await _bounded_body(request),
        )
        grant = None
        if method.authorizer:
            arn = self.definition.arn(request.method, inner)
            grant = await self.authorization.check(method.authorizer, dict(incoming.headers), arn)
            variables |= {f"context.authorizer.{name}": str(value) for name, value in grant.context.items()}
            variables["context.authorizer.principalId"] = grant.principal
        if isinstance(method.answered_by, Mock):
            binary = self.definition.is_binary(incoming.media_type)
            answered = method.answered_by.answer(
                dict(incoming.headers), media_type=incoming.media_type, binary=binary
            )
            answered.headers["x-amzn-RequestId"] = incoming.request_id
            return answered
        try:
            answer = await self.invoke(
                method.answered_by, event(self.definition, method, parameters, incoming, grant)
            )
            return response(self.definition, incoming, answer)
        except EventTooLarge as error:
            raise Refusal(REQUEST_TOO_LARGE) from error
        except FunctionError as error:
            # A function's own timeout is a failure of the function; API Gateway's is longer or as long.
            timed_out = error.kind == "Sandbox.Timedout"
            raise Refusal(INTEGRATION_TIMEOUT if timed_out else FAILED_FUNCTION) from error
        except (MalformedAnswer, Throttled) as error:
            raise Refusal(FAILED_FUNCTION) from error


async def _bounded_body(request: Request) -> bytes:
    """Read the body, and stop reading where API Gateway would.

    Raises: Refusal for a body over 10 MB or headers over 10,240 bytes.
    """
    stated = request.headers.get("content-length", "0")
    headers = sum(len(name) + len(value) for name, value in request.headers.raw)
    if headers > HEADER_LIMIT or (stated.isdecimal() and int(stated) > BODY_LIMIT):
        raise Refusal(REQUEST_TOO_LARGE)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_LIMIT:
            raise Refusal(REQUEST_TOO_LARGE)
    return bytes(body)
