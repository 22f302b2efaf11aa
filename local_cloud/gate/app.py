"""The gate itself: an HTTPS endpoint for all AWS services that the environment uses."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import Response

from access.request import Caller
from local_cloud.backend import Answer, Backend
from local_cloud.gate import dynamodb, kms, s3, sts
from local_cloud.gate.call import Access, Call, Context, Decide
from local_cloud.gate.context import Door, caller, connection
from local_cloud.gate.operation import Operation, resolve
from local_cloud.gate.records import Records
from local_cloud.gate.refusals import Cause, Refused, answer
from local_cloud.gate.sessions import Session, Sessions
from local_cloud.gate.signature import claimed, verify
from local_cloud.gate.web_identity import Identity, WebIdentity
from local_cloud.gate.wire import WireRequest

SERVICES = {"s3", "dynamodb", "kms", "sts"}
BODY_LIMIT = 16 * 1024 * 1024
# Hop-by-hop, or about the connection to us and not about the call.
NOT_FORWARDED = {"host", "connection", "expect", "transfer-encoding", "content-length", "accept-encoding"}


@dataclass(frozen=True, kw_only=True)
class Gate:
    """Verifies, understands, records and forwards every call; `decide` may refuse it."""

    backend: Backend
    sessions: Sessions
    web_identity: WebIdentity
    records: Records
    executor: Executor
    decide: Decide | None = None
    # Told the body of every data key answer; only the tests that search for keys ask for it.
    tap: Callable[[bytes], None] | None = field(default=None, repr=False)

    def behind(self, door: Door) -> "Entrance":
        """Return the ASGI application that serves one door."""
        return Entrance(gate=self, door=door)

    async def handle(self, request: WireRequest, door: Door, tls_version: str) -> Answer:
        """Answer one call. moto is asked in the executor's one thread, everything else is ours."""
        service = "sts"
        try:
            claim = claimed(request)
            service = claim.service if claim else _unsigned_service(request)
            if service not in SERVICES:
                raise Refused(Cause.NOT_UNDERSTOOD, f"{service} does not run here")
            if door.vpc is not None and service not in door.endpoints:
                raise Refused(Cause.UNREACHABLE, f"{door.vpc} has no endpoint for {service}")
            session = verify(request, claim, self.sessions) if claim else None
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(
                self.executor, self._judge_and_forward, request, service, session, door, tls_version
            )
        except Refused as refused:
            return answer(refused, service=service)

    def _judge_and_forward(
        self, request: WireRequest, service: str, session: Session | None, door: Door, tls_version: str
    ) -> Answer:
        operation = resolve(service, request)
        identity = self.web_identity.identity_of(operation.parameters) if service == "sts" else None
        network = connection(door, service=service, region=self.backend.region, account=self.backend.account)
        call = Call(
            operation=f"{service}:{operation.name}",
            caller=_caller(session, identity),
            accesses=self._accesses(operation, request, identity, tls_version),
            context=network | (caller(session) if session else {}),
            session_policy=session.policy if session else None,
        )
        reason = self.decide(call) if self.decide else None
        if reason is not None:
            self.records.add(call, status=403, refused=reason)
            raise Refused(Cause.DENIED, reason)
        answered = self._forward(operation, request, network)
        self.records.add(call, status=answered.status)
        if self.tap and operation.name == "GenerateDataKey" and answered.status == 200:
            self.tap(answered.body)
        return answered

    def _accesses(
        self, operation: Operation, request: WireRequest, identity: Identity | None, tls_version: str
    ) -> tuple[Access, ...]:
        match operation.service:
            case "s3":
                return s3.accesses(operation, request, account=self.backend.account, tls_version=tls_version)
            case "dynamodb":
                return dynamodb.accesses(operation, self.backend)
            case "kms":
                return kms.accesses(operation, self.backend)
        return sts.accesses(operation, identity)

    def _forward(self, operation: Operation, request: WireRequest, network: Context) -> Answer:
        if operation.service == "sts":
            _, answered = self.web_identity.answer(operation.parameters, network)
            return answered
        return self.backend.call(
            service=operation.service,
            method=request.method,
            path=f"{request.path}?{request.query}" if request.query else request.path,
            headers={name: value for name, value in request.headers.items() if name not in NOT_FORWARDED},
            body=request.body,
        )


def _caller(session: Session | None, identity: Identity | None) -> Caller:
    """Who asks: a session of a role, a provider that vouches for somebody, or nobody who can be verified."""
    if session is not None:
        return Caller.session(session.role.arn, session.name)
    return Caller.federated(identity.provider.arn) if identity else Caller.anonymous()


def _unsigned_service(request: WireRequest) -> str:
    """Only one call may come unsigned: the one whose proof is the token in it."""
    if request.form_values.get("Action") == "AssumeRoleWithWebIdentity":
        return "sts"
    raise Refused(Cause.UNSIGNED, "the call is not signed")


@dataclass(frozen=True, kw_only=True)
class Entrance:
    """One door of the gate as an ASGI application."""

    gate: Gate
    door: Door

    async def __call__(self, scope, receive, send) -> None:  # type: ignore[no-untyped-def]
        """Serve one HTTP request."""
        request = Request(scope, receive)
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > BODY_LIMIT:
                await Response("body too large", status_code=413)(scope, receive, send)
                return
        wire = WireRequest(
            method=request.method,
            path=scope["raw_path"].decode("ascii"),
            query=scope["query_string"].decode("ascii"),
            headers={name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]},
            body=bytes(body),
        )
        answered = await self.gate.handle(wire, self.door, scope["state"]["tls_version"])
        headers = {name.lower(): value for name, value in answered.headers.items()}
        headers.pop("content-length" if request.method != "HEAD" else "", None)
        await Response(answered.body, status_code=answered.status, headers=headers)(scope, receive, send)
