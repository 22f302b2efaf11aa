"""The only way from a function to the internet: a CONNECT proxy that knows one host.

Functions outside the VPC get it as HTTPS_PROXY; those inside get none, as their subnets have no route out.
"""

import asyncio
from contextlib import suppress

from local_cloud.servers import LOOPBACK, listen

HEAD_LIMIT = 8192
IDLE_SECONDS = 30


class EgressProxy:
    """Connects the issuer's name to the local identity provider and refuses every other."""

    def __init__(self) -> None:
        self._listener = listen()
        self.address = f"{LOOPBACK}:{self._listener.getsockname()[1]}"
        self._targets: dict[str, int] = {}
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    def allow(self, host: str, port: int) -> None:
        """Let connections to port 443 of `host` reach a loopback port."""
        self._targets[f"{host}:443"] = port

    async def start(self) -> None:
        """Serve in the running event loop."""
        self._server = await asyncio.start_server(self._serve, sock=self._listener, limit=HEAD_LIMIT)

    async def stop(self) -> None:
        """Stop serving and cut what is open."""
        if self._server is None:
            self._listener.close()
            return
        self._server.close()
        for writer in self._open:
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            async with asyncio.timeout(IDLE_SECONDS):
                await self._connect(reader, writer)
        except (
            TimeoutError,
            OSError,
            asyncio.IncompleteReadError,
            asyncio.LimitOverrunError,
            asyncio.CancelledError,
        ):
            pass
        finally:
            self._open.discard(writer)
            writer.close()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        method, target, *_ = [*head.split("\r\n", 1)[0].split(" "), "", ""]
        port = self._targets.get(target.lower())
        if method != "CONNECT" or port is None:
            writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            await writer.drain()
            return
        inner_reader, inner_writer = await asyncio.open_connection(LOOPBACK, port)
        try:
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await asyncio.gather(_pump(reader, inner_writer), _pump(inner_reader, writer))
        finally:
            inner_writer.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while chunk := await reader.read(65_536):
        writer.write(chunk)
        await writer.drain()
    with suppress(OSError, RuntimeError):
        writer.write_eof()
