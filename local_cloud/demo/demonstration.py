"""Finds or starts a local cloud, tells the story on it, and ends what it started."""

import time
from collections.abc import Callable
from pathlib import Path

import httpx
from rich.console import Console

from local_cloud.client import LocalCloud
from local_cloud.demo import photograph
from local_cloud.demo.steps import Steps, Untrue
from local_cloud.demo.story import Story
from local_cloud.errors import LocalCloudError


def run(path: Path | None = None, *, then: Callable[[LocalCloud], int] | None = None) -> int:
    """Run the demonstration; return 0 when every step was true, and `then` on the same cloud was content.

    `then` is called while the cloud still runs; its result is the exit status. A cloud started here keeps
    the data keys that its KMS draws, so that whoever comes `then` can search for them; it ends with us.
    Returns 1 when a step was not true, 2 when it could not run to its end.
    """
    console = Console(highlight=False)
    began = time.monotonic()
    try:
        picture = photograph.read(path)
        with _cloud(console) as cloud:
            console.print(f"the {cloud.state.environment} environment answers at {cloud.state.api_url}")
            Story(cloud=cloud, steps=Steps(console), photograph=picture).tell()
            status = then(cloud) if then else 0
    except (LocalCloudError, Untrue) as error:
        console.print(str(error), style="red", markup=False, soft_wrap=True)
        return 1 if isinstance(error, Untrue) else 2
    except httpx.HTTPError as error:
        console.print(f"the local cloud did not answer: {error}", style="red", markup=False, soft_wrap=True)
        return 2
    except KeyboardInterrupt:
        console.print("interrupted; what was started has ended")
        return 130
    console.print(f"done in {time.monotonic() - began:.1f} s")
    return status


def _cloud(console: Console) -> LocalCloud:
    running = LocalCloud.running()
    if running is not None:
        console.print("using the local cloud that is running")
        return running
    return LocalCloud(tap_data_keys=True, progress=lambda step: console.print(f"[dim]{step}[/dim]"))
