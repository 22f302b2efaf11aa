"""What the gate saw: every call, its principal, actions and context; never a body, token or key."""

import json
import time
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from local_cloud.gate.call import Access, Call, Context

KEPT = 50_000
# The header that says how many calls came before the first that is listed.
FORGOTTEN = "x-forgotten"


@dataclass(frozen=True, kw_only=True)
class Record:
    """One call and how it was answered; `Call.from_record` reads it back."""

    at: float
    operation: str
    principal: str
    caller: Mapping[str, str]
    accesses: tuple[Access, ...]
    context: Context
    session_policy: str | None
    status: int
    refused: str | None = None


class Records:
    """Keeps the last calls in memory and, if wished, all of them as JSON lines in a file."""

    def __init__(self, file: Path | None = None) -> None:
        self._records: deque[Record] = deque(maxlen=KEPT)
        self._file = file.open("a", buffering=1) if file else None
        self._added = 0

    @property
    def forgotten(self) -> int:
        """How many calls came before those that are kept: nobody can judge them any more."""
        return self._added - len(self._records)

    def add(self, call: Call, *, status: int, refused: str | None = None) -> None:
        """Record one call."""
        record = Record(
            at=time.time(),
            operation=call.operation,
            principal=call.principal,
            caller=asdict(call.caller),
            accesses=call.accesses,
            context=call.context,
            session_policy=call.session_policy,
            status=status,
            refused=refused,
        )
        self._records.append(record)
        self._added += 1
        if self._file:
            self._file.write(as_json(record) + "\n")

    def __iter__(self) -> Iterator[Record]:
        return iter(tuple(self._records))

    def close(self) -> None:
        """Close the file."""
        if self._file:
            self._file.close()


def as_json(record: Record) -> str:
    """One record as a line of JSON."""
    document: dict[str, Any] = asdict(record)
    return json.dumps(document)
