"""What the gate saw: every call, its principal, actions and context; never a body, token or key."""

import json
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from local_cloud.gate.call import Call, Context

KEPT = 50_000


@dataclass(frozen=True, kw_only=True)
class RecordedAccess:
    """One action on one resource, with the context particular to it."""

    action: str
    resource: str
    context: Context = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Record:
    """One call and how it was answered."""

    at: float
    operation: str
    principal: str
    accesses: tuple[RecordedAccess, ...]
    context: Context
    status: int
    refused: str | None = None


class Records:
    """Keeps the last calls in memory and, if wished, all of them as JSON lines in a file."""

    def __init__(self, file: Path | None = None) -> None:
        self._records: deque[Record] = deque(maxlen=KEPT)
        self._file = file.open("a", buffering=1) if file else None

    def add(self, call: Call, *, status: int, refused: str | None = None) -> None:
        """Record one call."""
        record = Record(
            at=time.time(),
            operation=call.operation,
            principal=call.principal,
            accesses=tuple(RecordedAccess(**asdict(access)) for access in call.accesses),
            context=call.context,
            status=status,
            refused=refused,
        )
        self._records.append(record)
        if self._file:
            self._file.write(json.dumps(asdict(record)) + "\n")

    def __iter__(self) -> Iterator[Record]:
        return iter(tuple(self._records))

    def close(self) -> None:
        """Close the file."""
        if self._file:
            self._file.close()
