"""One function instance: a process of its own, with its role's credentials and nothing inherited."""

import asyncio
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from local_cloud.functions.function import Function
from local_cloud.functions.runtime_api import FunctionError, Invocation, RuntimeApi
from local_cloud.gate.sessions import Session
from local_cloud.servers import Server

INIT_SECONDS = 10  # https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
LAUNCH = Path(__file__).with_name("launch.py")


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """Where functions find their code, AWS and the internet."""

    root: Path
    region: str
    home: Path
    authority: Path
    endpoint_of_vpc: Mapping[str | None, str]
    proxy: str


class Instance:
    """Starts, serves one invocation at a time, and ends."""

    def __init__(
        self, function: Function, session: Session, surroundings: Surroundings, log: Callable[[str], None]
    ) -> None:
        """`log` takes each line that the process writes."""
        self.function = function
        self.session = session
        self.started_at = time.time()
        self.alive = True
        self._surroundings = surroundings
        self._log = log
        self._api = RuntimeApi()
        self._server = Server(self._api.app)
        self._process: asyncio.subprocess.Process | None = None
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Start the process and wait until it asks for its first event.

        Raises: FunctionError when the handler cannot be imported or takes longer than Lambda allows.
        """
        self._server.start()
        process = self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            str(LAUNCH),
            str(self.function.memory_mb),
            self.function.handler,
            cwd=self._surroundings.root,
            env=self._environment(),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            limit=2**20,
        )
        self._tasks = [asyncio.create_task(self._read(process)), asyncio.create_task(self._watch(process))]
        try:
            await asyncio.wait_for(self._api.ready.wait(), INIT_SECONDS)
        except TimeoutError as error:
            await self.stop()
            raise FunctionError("Sandbox.Timedout", f"init took over {INIT_SECONDS} s") from error
        if self._api.init_error is not None or not self.alive:
            await self.stop()
            raise FunctionError("Runtime.InitError", self._api.init_error or "the process ended during init")

    async def invoke(self, event: bytes) -> bytes:
        """Answer one event; over its timeout the process is killed.

        Raises: FunctionError.
        """
        invocation = Invocation(
            event=event, function_arn=self.function.arn, timeout_seconds=self.function.timeout_seconds
        )
        self._api.send(invocation)
        try:
            return await asyncio.wait_for(asyncio.shield(invocation.result), self.function.timeout_seconds)
        except TimeoutError as error:
            self._log(
                f"{invocation.request_id} Task timed out after {self.function.timeout_seconds}.00 seconds"
            )
            invocation.fail(FunctionError("Sandbox.Timedout"))
            invocation.result.exception()
            await self.stop()
            raise FunctionError("Sandbox.Timedout") from error

    async def stop(self) -> None:
        """Kill the process and wait for its end."""
        self.alive = False
        if self._process and self._process.returncode is None:
            self._process.kill()
        if self._tasks:
            await asyncio.wait(self._tasks)
        self._api.close()
        await self._server.stop()

    async def _watch(self, process: asyncio.subprocess.Process) -> None:
        code = await process.wait()
        self.alive = False
        self._api.fail_current(FunctionError("Runtime.ExitError", f"the process ended with {code}"))
        self._api.ready.set()

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        while process.stdout:
            try:
                line = await process.stdout.readline()
            except ValueError:  # A line over the limit: the rest of it follows as lines of their own.
                continue
            if not line:
                return
            self._log(line.decode("utf-8", "replace").rstrip())

    def _environment(self) -> dict[str, str]:
        """Exactly what Lambda sets, what the template sets, and where things are on this machine.

        Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
        """
        function, around = self.function, self._surroundings
        environment = {
            "AWS_ACCESS_KEY_ID": self.session.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.session.secret_access_key,
            "AWS_SESSION_TOKEN": self.session.token,
            "AWS_REGION": around.region,
            "AWS_DEFAULT_REGION": around.region,
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.runtime}",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_mb),
            "AWS_LAMBDA_FUNCTION_NAME": function.name,
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_FORMAT": "JSON" if function.json_logs else "Text",
            "AWS_LAMBDA_LOG_GROUP_NAME": function.log_group,
            "AWS_LAMBDA_LOG_STREAM_NAME": self.log_stream,
            "AWS_LAMBDA_RUNTIME_API": self._server.address,
            "LAMBDA_TASK_ROOT": str(around.root),
            "_HANDLER": function.handler,
            "LANG": "en_US.UTF-8",
            "TZ": ":UTC",
            "PATH": "/usr/local/bin:/usr/bin/:/bin",
            "HOME": str(around.home),
            **function.environment,
            # The machine's side: standard variables of the SDK and of Python, never of our code.
            "AWS_ENDPOINT_URL": around.endpoint_of_vpc[function.vpc],
            "AWS_CA_BUNDLE": str(around.authority),
            "SSL_CERT_FILE": str(around.authority),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        if function.vpc is None:
            environment["HTTPS_PROXY"] = around.proxy
            environment["NO_PROXY"] = "127.0.0.1"
        return environment

    @property
    def log_stream(self) -> str:
        """The log stream of this instance."""
        day = time.strftime("%Y/%m/%d", time.gmtime(self.started_at))
        return f"{day}/[$LATEST]{self.session.access_key_id.lower()}"
