"""What functions and API log goes where the templates say, and into a file to read."""

import time
from concurrent.futures import Executor
from pathlib import Path

from local_cloud.backend import Backend


class Logs:
    """Writes lines into the log groups of the templates."""

    def __init__(self, backend: Backend, executor: Executor, file: Path) -> None:
        """`file` gets a copy of every line."""
        self._backend = backend
        self._executor = executor
        self._streams: set[tuple[str, str]] = set()
        self._file = file.open("a", buffering=1)

    def write(self, group: str, stream: str, line: str) -> None:
        """Write one line; empty ones are not events."""
        if line:
            self._file.write(f"{group} {line}\n")
            self._executor.submit(self._put, group, stream, line, int(time.time() * 1000))

    def _put(self, group: str, stream: str, line: str, at_ms: int) -> None:
        client = self._backend.client("logs")
        if (group, stream) not in self._streams:
            client.create_log_stream(logGroupName=group, logStreamName=stream)
            self._streams.add((group, stream))
        client.put_log_events(
            logGroupName=group, logStreamName=stream, logEvents=[{"timestamp": at_ms, "message": line}]
        )

    def close(self) -> None:
        """Close the file."""
        self._file.close()
