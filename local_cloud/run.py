"""Runs a local cloud until it is told to stop; what takes long happens side by side."""

import asyncio
import importlib
import signal
import sys
import tempfile
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local_cloud.identity import IdentityProvider, OneTimeCode
from local_cloud.mailbox import Mailbox
from local_cloud.options import Options
from local_cloud.servers import listen
from local_cloud.state import State
from local_cloud.synthesis import synthesize


@dataclass(frozen=True, kw_only=True)
class Watcher:
    """Who is told what happens."""

    progress: Callable[[str], None]
    code: Callable[[OneTimeCode], None]
    ready: Callable[[State], None]


async def run(options: Options, watcher: Watcher, *, with_parent: bool = False) -> None:
    """Start, stay until SIGINT or SIGTERM, and end everything.

    `with_parent` also ends it when stdin does. Raises: LocalCloudError.
    """
    over = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, over.set)
    async with AsyncExitStack() as until:
        if with_parent:
            loop.add_reader(sys.stdin, over.set)
            until.callback(loop.remove_reader, sys.stdin)
        directory = Path(until.enter_context(tempfile.TemporaryDirectory(prefix="soulpicks-")))
        starting = asyncio.create_task(_start(options, directory, until, watcher))
        stopping = asyncio.create_task(over.wait())
        done, _ = await asyncio.wait((starting, stopping), return_when=asyncio.FIRST_COMPLETED)
        if starting not in done:
            starting.cancel()
            await asyncio.wait((starting,))
            return
        watcher.ready(starting.result())
        await stopping


async def _start(options: Options, directory: Path, until: AsyncExitStack, watcher: Watcher) -> State:
    # A busy port is said at once, before seconds of work.
    listener = listen(options.port)
    until.callback(listener.close)
    options.log.parent.mkdir(parents=True, exist_ok=True)
    mailbox = Mailbox()

    def deliver(code: OneTimeCode) -> None:
        mailbox.deliver(code)
        watcher.code(code)

    identity = IdentityProvider(deliver)
    until.push_async_callback(identity.stop)
    watcher.progress("synthesizing the templates, loading moto and the identity provider")
    # Imported in a thread: moto alone takes a second.
    importing = asyncio.to_thread(importlib.import_module, "local_cloud.cloud")
    module, assembly, _ = await together(importing, _assembly(options, directory), identity.load())
    watcher.progress("creating the resources")
    cloud = module.Cloud(options, assembly, directory, until)
    watcher.progress("starting the gate, the API and the functions")
    state: State = await cloud.start(identity, mailbox, listener)
    return state


async def _assembly(options: Options, directory: Path) -> Path:
    return options.assembly or await synthesize(directory / "cdk.out")


async def together(*work: Coroutine[Any, Any, Any]) -> list[Any]:
    """Run all of it side by side; the first failure ends the others and is raised alone."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(each) for each in work]
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None
    return [task.result() for task in tasks]
