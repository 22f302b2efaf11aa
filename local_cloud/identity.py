"""The identity provider's process: a certified OIDC provider in the place of the Auth0 tenant."""

import asyncio
import json
import ssl
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from joserfc.jwk import KeySet

from local_cloud.certificates import Certificate
from local_cloud.errors import LocalCloudError
from local_cloud.servers import LOOPBACK
from local_cloud.synthesis import NODE

PROGRAM = Path(__file__).with_name("oidc") / "provider.mjs"


@dataclass(frozen=True, kw_only=True)
class Tenant:
    """What the templates say about the identity provider."""

    issuer: str
    audience: str
    client_ids: tuple[str, ...]
    role_arn: str

    @property
    def host(self) -> str:
        """The host name of the issuer."""
        return self.issuer.removeprefix("https://").rstrip("/")


@dataclass(frozen=True, kw_only=True)
class OneTimeCode:
    """A code that Auth0 would have sent by e-mail."""

    email: str
    code: str
    seconds: int


class IdentityProvider:
    """A Node process that ends when we do, because it reads from us until then."""

    def __init__(self, deliver: Callable[[OneTimeCode], None]) -> None:
        """`deliver` is called with each one-time code."""
        self.port = 0
        self._deliver = deliver
        self._process: _Process | None = None

    async def load(self) -> None:
        """Start the process, which loads its packages while others still work."""
        self._process = await _Process.start(self._deliver)

    async def serve(self, tenant: Tenant, certificate: Certificate) -> None:
        """Say who it is, and wait until it listens.

        Raises: LocalCloudError when the npm packages are missing or the program fails.
        """
        if self._process is None:
            raise RuntimeError("load comes before serve")
        options = {
            "issuer": tenant.issuer,
            "audience": tenant.audience,
            "clientIds": tenant.client_ids,
            "roleArn": tenant.role_arn,
            "chain": str(certificate.chain),
            "key": str(certificate.key),
        }
        self.port = await self._process.configure(options)

    async def key_set(self, authority: Path) -> KeySet:
        """Fetch the keys that tokens are signed with; they stay the same while the process lives."""
        url = f"https://{LOOPBACK}:{self.port}/.well-known/jwks.json"

        def fetch() -> KeySet:
            context = ssl.create_default_context(cafile=authority)
            direct = urllib.request.build_opener(
                urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
            )
            with direct.open(url, timeout=5) as response:
                return KeySet.import_key_set(json.load(response))

        return await asyncio.to_thread(fetch)

    async def stop(self) -> None:
        """End the process and wait for it."""
        if self._process:
            await self._process.stop()


class _Process:
    """The Node process and what passes through its pipes."""

    def __init__(self, process: asyncio.subprocess.Process, deliver: Callable[[OneTimeCode], None]) -> None:
        self._process = process
        self._deliver = deliver
        self._listening: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._reader = asyncio.create_task(self._read())

    @classmethod
    async def start(cls, deliver: Callable[[OneTimeCode], None]) -> "_Process":
        process = await asyncio.create_subprocess_exec(
            str(NODE),
            str(PROGRAM),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env={"NODE_ENV": "production"},
        )
        return cls(process, deliver)

    async def configure(self, options: Mapping[str, object]) -> int:
        """Send the options; return the port once it listens."""
        if self._process.stdin:
            self._process.stdin.write(json.dumps(options).encode() + b"\n")
        return await self._listening

    async def stop(self) -> None:
        if self._process.stdin:
            self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), timeout=2)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        await self._reader
        if not self._listening.cancelled():
            self._listening.exception()  # Nobody waits for it any more.

    async def _read(self) -> None:
        said = "it ended without a word"
        while self._process.stdout and (line := await self._process.stdout.readline()):
            try:
                self._handle(json.loads(line))
            except ValueError:  # What Node prints when it dies is not JSON.
                text = line.decode(errors="replace").strip()
                said = text if "Error" in text else said
        if not self._listening.done():
            self._listening.set_exception(LocalCloudError(f"the identity provider did not start: {said}"))

    def _handle(self, event: dict[str, Any]) -> None:
        if event["event"] == "listening":
            self._listening.set_result(event["port"])
        elif event["event"] == "code":
            self._deliver(OneTimeCode(email=event["email"], code=event["code"], seconds=event["seconds"]))
