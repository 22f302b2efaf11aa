"""Keeps the last one-time code of each address: nothing here is ever e-mailed."""

import asyncio

from local_cloud.identity import OneTimeCode

KEPT = 1000


class Mailbox:
    """Codes wait here for whoever signs in by program; a person reads them on the terminal."""

    def __init__(self) -> None:
        self._codes: dict[str, str] = {}
        self._came = asyncio.Event()

    def deliver(self, code: OneTimeCode) -> None:
        """Keep a code; the oldest is forgotten when there are too many."""
        self._codes.pop(code.email, None)
        self._codes[code.email] = code.code
        if len(self._codes) > KEPT:
            self._codes.pop(next(iter(self._codes)))
        self._came.set()
        self._came = asyncio.Event()

    async def take(self, email: str, *, seconds: float = 5) -> str | None:
        """Take out the code for an address, once it is there."""
        try:
            async with asyncio.timeout(seconds):
                while email.lower() not in self._codes:
                    await self._came.wait()
        except TimeoutError:
            return None
        return self._codes.pop(email.lower())
