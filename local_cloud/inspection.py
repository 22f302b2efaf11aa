"""A loopback endpoint for whoever holds the run's key: one-time codes, what the gate saw, every stored byte.

AWS has nothing like it. It exists so that a demonstration and the tests can look behind the API.
"""

import asyncio
import base64
import hmac
import json
from collections.abc import Awaitable, Callable, Iterator, Mapping
from concurrent.futures import Executor
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from local_cloud.backend import Backend
from local_cloud.gate.records import FORGOTTEN, Records, as_json
from local_cloud.intrinsics import Physical
from local_cloud.mailbox import Mailbox
from local_cloud.stored import stored_bytes


class Inspection:
    """The endpoint as an ASGI application."""

    def __init__(
        self,
        *,
        key: str,
        backend: Backend,
        records: Records,
        names: Mapping[tuple[str, str], Physical],
        mailbox: Mailbox,
        executor: Executor,
        data_keys: list[bytes] | None = None,
    ) -> None:
        """`names` are by stack and logical id; `data_keys` is what the gate's tap fills, when it is on."""
        self._key = key
        self._backend = backend
        self._records = records
        self._names = names
        self._mailbox = mailbox
        self._executor = executor
        self._data_keys = data_keys
        self.app = Starlette(
            routes=[
                Route("/code", self._guarded(self._code)),
                Route("/records", self._guarded(self._recorded)),
                Route("/names", self._guarded(self._named)),
                Route("/stored", self._guarded(self._stored)),
                Route("/data-keys", self._guarded(self._tapped)),
            ]
        )

    def _guarded(self, answer: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Any]:
        async def endpoint(request: Request) -> Response:
            given = request.headers.get("authorization", "")
            if not hmac.compare_digest(given.encode(), f"Bearer {self._key}".encode()):
                return PlainTextResponse("the run's key is needed", status_code=401)
            return await answer(request)

        return endpoint

    async def _code(self, request: Request) -> Response:
        code = await self._mailbox.take(request.query_params.get("email", ""))
        return JSONResponse({"code": code}) if code else PlainTextResponse("no code came", status_code=404)

    async def _recorded(self, _: Request) -> Response:
        answer = _lines(as_json(record) for record in self._records)
        answer.headers[FORGOTTEN] = str(self._records.forgotten)
        return answer

    async def _named(self, _: Request) -> Response:
        return _lines(
            json.dumps({"stack": stack, "logical_id": logical_id, "returned": _returned(physical)})
            for (stack, logical_id), physical in self._names.items()
        )

    async def _stored(self, _: Request) -> Response:
        def collect() -> Response:
            everything = [*stored_bytes(self._backend)]
            everything += [
                (f"gate://{number}", as_json(record).encode()) for number, record in enumerate(self._records)
            ]
            return _lines(
                json.dumps({"place": place, "content": base64.b64encode(content).decode()})
                for place, content in everything
            )

        return await asyncio.get_running_loop().run_in_executor(self._executor, collect)

    async def _tapped(self, _: Request) -> Response:
        if self._data_keys is None:
            return PlainTextResponse("data keys are not tapped in this run", status_code=404)
        return JSONResponse([base64.b64encode(key).decode() for key in self._data_keys])


def _returned(physical: Physical) -> dict[str, str]:
    """What CloudFormation would give for `Ref` and for each attribute."""
    return {"Ref": physical.ref, **physical.attributes}


def _lines(lines: Iterator[str]) -> Response:
    return Response("".join(f"{line}\n" for line in lines), media_type="application/x-ndjson")
