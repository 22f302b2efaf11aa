"""Sends events to instances of a function, and starts more of them when all are busy."""

import asyncio
import time
from collections.abc import Callable

from local_cloud.functions.function import Function
from local_cloud.functions.instance import Instance, Surroundings
from local_cloud.functions.runtime_api import FunctionError
from local_cloud.gate.sessions import Role, Sessions

EVENT_LIMIT = 6 * 1024 * 1024
INSTANCES = 4  # At most, whatever the template reserves: this is one machine.
# A function's credentials are given at its start; instances are replaced before these end.
CREDENTIAL_SECONDS = 12 * 3600
INSTANCE_SECONDS = 11 * 3600

Log = Callable[[Function, str, str], None]


class Throttled(Exception):
    """All instances that may run are busy."""


class EventTooLarge(Exception):
    """Lambda takes at most 6 MB."""


class Pool:
    """The instances of one function."""

    def __init__(
        self, function: Function, role: Role, *, sessions: Sessions, surroundings: Surroundings, log: Log
    ) -> None:
        """`log` takes function, log stream and line."""
        self.function = function
        self._role = role
        self._sessions = sessions
        self._surroundings = surroundings
        self._log = log
        self._idle: list[Instance] = []
        self._all: set[Instance] = set()
        reserved = INSTANCES if function.concurrency is None else function.concurrency
        self._free = asyncio.Semaphore(min(INSTANCES, reserved))

    async def invoke(self, event: bytes) -> bytes:
        """Answer one event; waits a short while for a free instance.

        Raises: EventTooLarge, Throttled, FunctionError.
        """
        if len(event) > EVENT_LIMIT:
            raise EventTooLarge
        try:
            await asyncio.wait_for(self._free.acquire(), self.function.timeout_seconds)
        except TimeoutError as error:
            raise Throttled from error
        try:
            instance = await self._take()
            try:
                return await instance.invoke(event)
            finally:
                await self._give_back(instance)
        finally:
            self._free.release()

    async def warm(self) -> None:
        """Start one instance before the first event."""
        await self._give_back(await self._take())

    async def stop(self) -> None:
        """End all instances."""
        await asyncio.gather(*(instance.stop() for instance in self._all))
        self._all.clear()
        self._idle.clear()

    async def _take(self) -> Instance:
        while self._idle:
            instance = self._idle.pop()
            if instance.alive and time.time() - instance.started_at < INSTANCE_SECONDS:
                return instance
            await self._discard(instance)
        session = self._sessions.open(
            self._role, self.function.name, seconds=CREDENTIAL_SECONDS, function_arn=self.function.arn
        )
        instance = Instance(
            self.function,
            session,
            self._surroundings,
            lambda line: self._log(self.function, instance.log_stream, line),
        )
        self._all.add(instance)
        try:
            await instance.start()
        except FunctionError:
            self._all.discard(instance)
            raise
        return instance

    async def _give_back(self, instance: Instance) -> None:
        if instance.alive:
            self._idle.append(instance)
        else:
            await self._discard(instance)

    async def _discard(self, instance: Instance) -> None:
        await instance.stop()
        self._all.discard(instance)
