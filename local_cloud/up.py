"""`soulpicks up`: the environment on this machine, until Ctrl-C."""

import asyncio
import os
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from local_cloud import state
from local_cloud.errors import LocalCloudError
from local_cloud.identity import OneTimeCode
from local_cloud.options import Options
from local_cloud.run import Watcher, run
from local_cloud.state import State


def main(*, environment: str = "development", port: int | None = None, assembly: Path | None = None) -> int:
    """Start the local cloud and stay; return the exit status, which is 2 when it could not."""
    console = Console(highlight=False)
    running = state.read()
    if running is not None:
        console.print(
            f"a local cloud is running already (process {running.pid}): {running.api_url}", style="red"
        )
        return 2
    options = Options(environment=environment, port=port or 0, assembly=assembly)
    began = time.monotonic()
    spinner = console.status("starting")

    def ready(started: State) -> None:
        spinner.stop()
        state.write(started)
        show(console, started, seconds=time.monotonic() - began)

    try:
        with spinner:
            watcher = Watcher(
                progress=spinner.update, code=lambda code: show_code(console, code), ready=ready
            )
            asyncio.run(run(options, watcher))
    except LocalCloudError as error:
        console.print(str(error), style="red", markup=False, soft_wrap=True)
        return 2
    finally:
        mine = state.read()
        if mine is not None and mine.pid == os.getpid():
            state.remove()
    console.print("stopped: nothing is left running, nothing was kept")
    return 0


def show(console: Console, started: State, *, seconds: float) -> None:
    """Print where the environment can be reached."""
    table = Table(show_header=False, box=None)
    table.add_row("API", started.api_url)
    table.add_row("identity provider", f"{started.issuer_url}  (stands in for {started.issuer})")
    table.add_row("certificate authority", started.authority)
    table.add_row("log of the functions", str(Options.log))
    console.print(f"the {started.environment} environment is ready after {seconds:.1f} s; Ctrl-C ends it")
    console.print(table)


def show_code(console: Console, code: OneTimeCode) -> None:
    """Print a one-time code, which Auth0 would have sent by e-mail."""
    console.print(
        f"code for {code.email}: [bold]{code.code}[/bold]  (printed, never e-mailed; {code.seconds} s)"
    )
