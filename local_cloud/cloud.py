"""One run of the local cloud: starts every part in the order it needs, and ends them all."""

import asyncio
import base64
import json
import os
import secrets
import socket
from collections.abc import Awaitable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from local_cloud.api.authorization import Authorization
from local_cloud.api.front import Front
from local_cloud.backend import Backend
from local_cloud.certificates import Authority, server_context
from local_cloud.egress import EgressProxy
from local_cloud.errors import LocalCloudError
from local_cloud.functions.instance import Surroundings
from local_cloud.functions.pool import Pool
from local_cloud.functions.runtime_api import FunctionError
from local_cloud.gate.app import Gate
from local_cloud.gate.records import Records
from local_cloud.gate.sessions import Sessions
from local_cloud.gate.web_identity import WebIdentity
from local_cloud.identity import IdentityProvider
from local_cloud.inspection import Inspection
from local_cloud.logs import Logs
from local_cloud.mailbox import Mailbox
from local_cloud.options import Options
from local_cloud.plan import Plan, plan_of
from local_cloud.resources.creation import create
from local_cloud.servers import Server
from local_cloud.state import State
from local_cloud.template import load


class Cloud:
    """Everything that runs for one environment."""

    def __init__(self, options: Options, assembly: Path, directory: Path, until: AsyncExitStack) -> None:
        """Create the resources; `directory` is private to the run, `until` ends what is started.

        Raises: LocalCloudError.
        """
        self._options = options
        self._assembly = assembly
        self._directory = directory
        self._until = until
        # moto takes one call at a time, so it has a thread of its own.
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="moto")
        until.callback(self._executor.shutdown)
        self._environment = load(assembly, options.environment)
        self._backend = Backend(account=self._environment.account, region=self._environment.region)
        self._created = create(self._environment, self._backend)
        self._plan: Plan = plan_of(self._environment, self._created.resolver)
        self._authority = Authority(directory)
        self._tls = server_context(self._authority.issue("servers", [self._plan.api.domain_name]))
        self._sessions = Sessions(self._environment.account)
        self._records = Records(options.records)
        until.callback(self._records.close)
        self._data_keys: list[bytes] = []

    @property
    def described(self) -> list[str]:
        """The types that the templates describe and nothing here behaves like."""
        return sorted({resource.type for resource in self._created.described})

    async def start(self, identity: IdentityProvider, mailbox: Mailbox, listener: socket.socket) -> State:
        """Start serving; the API listens on `listener`.

        Raises: LocalCloudError when a part does not start.
        """
        tenant, issuer = self._plan.tenant, self._authority.issue("issuer", [self._plan.tenant.host])
        await identity.serve(tenant, issuer)
        endpoints = await self._start_gate(identity)
        proxy = EgressProxy()
        proxy.allow(tenant.host, identity.port)
        await proxy.start()
        self._until.push_async_callback(proxy.stop)
        logs = Logs(self._backend, self._executor, self._options.log)
        self._until.callback(logs.close)
        pools = await self._start_functions(endpoints, proxy.address, logs)

        def invoke(function_arn: str, event: bytes) -> Awaitable[bytes]:
            return pools[function_arn].invoke(event)

        front = Front(
            definition=self._plan.api, invoke=invoke, authorization=Authorization(invoke), log=logs.write
        )
        api = self._serve(front, listener)
        key = secrets.token_urlsafe(32)
        inspection = self._serve(
            Inspection(
                key=key,
                backend=self._backend,
                records=self._records,
                names=self._created.names,
                mailbox=mailbox,
                executor=self._executor,
                data_keys=self._data_keys if self._options.tap_data_keys else None,
            ).app
        )
        return State(
            pid=os.getpid(),
            environment=self._environment.name,
            assembly=str(self._assembly),
            api_url=f"https://{api.address}{self._plan.api.base_path}",
            issuer=tenant.issuer,
            issuer_url=f"https://127.0.0.1:{identity.port}",
            audience=tenant.audience,
            client_id=tenant.client_ids[0],
            inspection_url=f"https://{inspection.address}",
            inspection_key=key,
            authority=str(self._authority.bundle),
        )

    async def _start_gate(self, identity: IdentityProvider) -> dict[str | None, str]:
        """Open one door of the gate for each network, and one for what is in none; return their addresses."""
        keys = await identity.key_set(self._authority.bundle)
        gate = Gate(
            backend=self._backend,
            sessions=self._sessions,
            web_identity=WebIdentity(
                roles=self._plan.roles,
                providers=self._plan.providers,
                sessions=self._sessions,
                key_set=lambda _issuer: keys,
            ),
            records=self._records,
            executor=self._executor,
            tap=self._keep_data_key if self._options.tap_data_keys else None,
        )
        return {door.vpc: f"https://{self._serve(gate.behind(door)).address}" for door in self._plan.doors}

    async def _start_functions(
        self, endpoints: dict[str | None, str], proxy: str, logs: Logs
    ) -> dict[str, Pool]:
        """Start one instance of every function, so that one that cannot start is known at once."""
        home = self._directory / "home"
        home.mkdir(mode=0o700)
        surroundings = Surroundings(
            root=self._options.function_root,
            region=self._environment.region,
            home=home,
            authority=self._authority.bundle,
            endpoint_of_vpc=endpoints,
            proxy=f"http://{proxy}",
        )
        pools = {
            arn: Pool(
                function,
                self._plan.roles[function.role_arn],
                sessions=self._sessions,
                surroundings=surroundings,
                log=lambda function, stream, line: logs.write(function.log_group, stream, line),
            )
            for arn, function in self._plan.functions.items()
        }
        for pool in pools.values():
            self._until.push_async_callback(pool.stop)
        await asyncio.gather(*(self._warm(pool) for pool in pools.values()))
        return pools

    async def _warm(self, pool: Pool) -> None:
        try:
            await pool.warm()
        except FunctionError as error:
            raise LocalCloudError(
                f"function {pool.function.name} did not start: {error.message or error}"
                f" (more in {self._options.log})"
            ) from error

    def _serve(self, app: Any, listener: socket.socket | None = None) -> Server:
        server = Server(app, tls=self._tls, listener=listener)
        self._until.push_async_callback(server.stop)
        server.start()
        return server

    def _keep_data_key(self, answer: bytes) -> None:
        self._data_keys.append(base64.b64decode(json.loads(answer)["Plaintext"]))
