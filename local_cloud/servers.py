"""HTTP servers of the local cloud: loopback only, on ports that are free or asked for."""

import asyncio
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from local_cloud.errors import LocalCloudError

LOOPBACK = "127.0.0.1"


def listen(port: int = 0) -> socket.socket:
    """Bind a port of the loopback interface; 0 takes any that is free.

    Raises: LocalCloudError when the port asked for is in use.
    """
    # asyncio turns Nagle's algorithm off only where the protocol is named; with it, each answer waits 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    # Without it a port stays unusable for a minute after a run that ended with open connections.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((LOOPBACK, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise LocalCloudError(f"cannot listen on {LOOPBACK}:{port}: {error.strerror or error}") from error
    listener.setblocking(False)
    return listener


class Protocol(H11Protocol):
    """HTTP/1.1 whose applications can see the TLS version, in `scope["state"]["tls_version"]`."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Note the version that was negotiated, as condition keys write it: `1.3`."""
        connection = transport.get_extra_info("ssl_object")
        version = connection.version().removeprefix("TLSv") if connection else ""
        self.app_state = {**self.app_state, "tls_version": version}
        super().connection_made(transport)


class Server(uvicorn.Server):
    """One ASGI application on one listening socket, started and stopped by us, never by a signal."""

    def __init__(
        self, app: Any, *, tls: ssl.SSLContext | None = None, listener: socket.socket | None = None
    ) -> None:
        """Listen at once, so that the address is known; connections wait until the start."""
        self._listener = listener or listen()
        self.port: int = self._listener.getsockname()[1]
        config = uvicorn.Config(
            app,
            http=Protocol,
            lifespan="off",
            log_level="critical",
            access_log=False,
            server_header=False,
            date_header=False,
            timeout_graceful_shutdown=1,
        )
        config.load()
        config.ssl = tls
        super().__init__(config)
        self._task: asyncio.Task[None] | None = None

    @property
    def address(self) -> str:
        """Host and port, as a URL names them."""
        return f"{LOOPBACK}:{self.port}"

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the process's signals to the one who runs the cloud."""
        yield

    def start(self) -> None:
        """Serve in the running event loop."""
        self._task = asyncio.create_task(self.serve(sockets=[self._listener]))

    async def stop(self) -> None:
        """Stop serving at once: whoever is still connected is being ended too."""
        self.should_exit = self.force_exit = True
        if self._task is None:
            self._listener.close()
        else:
            await asyncio.wait([self._task], timeout=3)
