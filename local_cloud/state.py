"""Where a running local cloud can be reached: handed to its client, and kept in a file by `soulpicks up`."""

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

from local_cloud.synthesis import ROOT

# Another place lets several run side by side, such as one for the tests beside a person's own.
STATE_FILE = Path(os.environ.get("SOULPICKS_LOCAL_CLOUD_STATE", ROOT / ".cache" / "local_cloud.json"))


@dataclass(frozen=True, kw_only=True)
class State:
    """The addresses of one run, and the key to its inspection endpoint."""

    pid: int
    environment: str
    assembly: str
    api_url: str
    issuer: str
    issuer_url: str
    audience: str
    client_id: str
    inspection_url: str
    inspection_key: str = field(repr=False)
    authority: str


def write(state: State, file: Path = STATE_FILE) -> None:
    """Write the file so that only we can read it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    partial.touch(mode=0o600)
    partial.write_text(json.dumps(asdict(state)))
    partial.replace(file)


def read(file: Path = STATE_FILE) -> State | None:
    """Return the state of the local cloud that runs, or None; the file of a dead one is removed."""
    try:
        state = State(**json.loads(file.read_text()))
        os.kill(state.pid, 0)
    except FileNotFoundError:
        return None
    except (ProcessLookupError, ValueError, TypeError):
        file.unlink(missing_ok=True)
        return None
    return state


def remove(file: Path = STATE_FILE) -> None:
    """Forget the run."""
    file.unlink(missing_ok=True)
