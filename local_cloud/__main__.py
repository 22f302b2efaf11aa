"""A local cloud for a program: `python -m local_cloud`, which speaks JSON lines and ends when stdin does."""

import argparse
import asyncio
import json
import sys
from dataclasses import asdict
from pathlib import Path

from local_cloud.errors import LocalCloudError
from local_cloud.options import Options
from local_cloud.run import Watcher, run


def say(**event: object) -> None:
    """Write one event."""
    sys.stdout.write(json.dumps(event) + "\n")
    sys.stdout.flush()


def main() -> int:
    """Run until stdin ends; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m local_cloud")
    parser.add_argument("--environment", default="development")
    parser.add_argument("--assembly", type=Path)
    parser.add_argument("--function-root", type=Path, default=Options.function_root)
    parser.add_argument("--log", type=Path, default=Options.log)
    parser.add_argument("--records", type=Path)
    parser.add_argument("--tap-data-keys", action="store_true")
    options = Options(**vars(parser.parse_args()))
    watcher = Watcher(
        progress=lambda step: say(progress=step),
        code=lambda _: None,
        ready=lambda state: say(ready=asdict(state)),
    )
    try:
        asyncio.run(run(options, watcher, with_parent=True))
    except LocalCloudError as error:
        say(error=str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
