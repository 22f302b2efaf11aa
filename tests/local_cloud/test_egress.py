"""Functions reach the identity provider through the proxy, and no other host."""

import asyncio

import pytest

from local_cloud.egress import EgressProxy


def exchange(head: str) -> bytes:
    async def main() -> bytes:
        async def answer(reader, writer):
            writer.write(b"hello " + await reader.readexactly(4))
            await writer.drain()
            writer.close()

        target = await asyncio.start_server(answer, "127.0.0.1", 0)
        proxy = EgressProxy()
        proxy.allow("people.eu.auth0.com", target.sockets[0].getsockname()[1])
        await proxy.start()
        host, port = proxy.address.split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(head.encode() + b"\r\n\r\nping")
        try:
            async with asyncio.timeout(5):
                return await reader.read()
        finally:
            writer.close()
            await proxy.stop()
            target.close()

    return asyncio.run(main())


def test_the_issuer_is_connected():
    said = exchange("CONNECT people.eu.auth0.com:443 HTTP/1.1\r\nHost: people.eu.auth0.com:443")
    assert said.startswith(b"HTTP/1.1 200")
    assert said.endswith(b"hello ping")


@pytest.mark.parametrize(
    "line",
    [
        "CONNECT evil.example:443 HTTP/1.1",
        "CONNECT people.eu.auth0.com:80 HTTP/1.1",
        "CONNECT 127.0.0.1:443 HTTP/1.1",
        "CONNECT people.eu.auth0.com.evil.example:443 HTTP/1.1",
        "GET https://people.eu.auth0.com/ HTTP/1.1",
        "CONNECT",
        "",
    ],
)
def test_everything_else_is_refused(line):
    assert exchange(line).startswith(b"HTTP/1.1 403")
