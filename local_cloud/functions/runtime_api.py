"""The Lambda Runtime API of one function instance: it hands out events and takes answers.

Source: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import asyncio
import json
import time
import uuid
from dataclasses import dataclass, field

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

RESPONSE_LIMIT = 6 * 1024 * 1024  # https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html


class FunctionError(Exception):
    """The function did not answer; `kind` is Lambda's name for how it failed, `document` what it said."""

    def __init__(self, kind: str, document: str = "") -> None:
        super().__init__(f"{kind}: {document}"[:2000])
        self.kind = kind
        self.document = document

    @property
    def message(self) -> str:
        """The text of the exception that the handler raised."""
        try:
            return str(json.loads(self.document).get("errorMessage", ""))
        except (ValueError, AttributeError):
            return ""


@dataclass(kw_only=True)
class Invocation:
    """One event on its way through an instance."""

    event: bytes
    function_arn: str
    timeout_seconds: int
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    delivered: asyncio.Event = field(default_factory=asyncio.Event)
    result: "asyncio.Future[bytes]" = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )

    def fail(self, error: FunctionError) -> None:
        """End it with an error, unless it has ended already."""
        if not self.result.done():
            self.result.set_exception(error)


class RuntimeApi:
    """Serves one instance, which has at most one invocation at a time, as on Lambda."""

    def __init__(self) -> None:
        self.ready = asyncio.Event()
        self.init_error: str | None = None
        self._waiting: asyncio.Queue[Invocation | None] = asyncio.Queue()
        self._current: Invocation | None = None
        prefix = "/2018-06-01/runtime"
        self.app = Starlette(
            routes=[
                Route(f"{prefix}/invocation/next", self._next, methods=["GET"]),
                Route(f"{prefix}/invocation/{{request_id}}/response", self._response, methods=["POST"]),
                Route(f"{prefix}/invocation/{{request_id}}/error", self._error, methods=["POST"]),
                Route(f"{prefix}/init/error", self._init_error, methods=["POST"]),
            ]
        )

    def send(self, invocation: Invocation) -> None:
        """Give the instance an event; the answer comes in `invocation.result`."""
        self._current = invocation
        self._waiting.put_nowait(invocation)

    def close(self) -> None:
        """Send the instance away: it is being ended."""
        self._waiting.put_nowait(None)

    def fail_current(self, error: FunctionError) -> None:
        """End the invocation under way with an error, if there is one."""
        if self._current:
            self._current.fail(error)

    async def _next(self, _: Request) -> Response:
        self.ready.set()
        invocation = await self._waiting.get()
        if invocation is None:
            return Response(status_code=503)
        invocation.delivered.set()
        deadline_ms = int((time.time() + invocation.timeout_seconds) * 1000)
        return Response(
            invocation.event,
            media_type="application/json",
            headers={
                "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
                "Lambda-Runtime-Deadline-Ms": str(deadline_ms),
                "Lambda-Runtime-Invoked-Function-Arn": invocation.function_arn,
                "Lambda-Runtime-Trace-Id": f"Root=1-{int(time.time()):08x}-{uuid.uuid4().hex[:24]};Sampled=0",
            },
        )

    async def _response(self, request: Request) -> Response:
        body = await request.body()
        invocation = self._matching(request)
        if invocation is None:
            return Response(status_code=400)
        if len(body) > RESPONSE_LIMIT:
            invocation.fail(FunctionError("Function.ResponseSizeTooLarge"))
            return Response(status_code=413)
        if not invocation.result.done():
            invocation.result.set_result(body)
        return Response(status_code=202)

    async def _error(self, request: Request) -> Response:
        document = (await request.body()).decode("utf-8", "replace")
        invocation = self._matching(request)
        if invocation is None:
            return Response(status_code=400)
        invocation.fail(FunctionError("Unhandled", document))
        return Response(status_code=202)

    async def _init_error(self, request: Request) -> Response:
        self.init_error = (await request.body()).decode("utf-8", "replace")
        self.ready.set()
        return Response(status_code=202)

    def _matching(self, request: Request) -> Invocation | None:
        current = self._current
        return current if current and current.request_id == request.path_params["request_id"] else None
