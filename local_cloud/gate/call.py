"""A call as IAM sees it: which principal asks for which actions on which resources, under which context."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from access.request import Caller

Context = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, kw_only=True)
class Access:
    """One action on one resource; one call can need several.

    `context` holds what is particular to this access; what all accesses of a call share is in the call.
    `storage` holds what the request says about encryption at rest, as S3 names its headers; no key of S3's
    own (SSE-C) is among it. It decides which calls S3 makes, and is no condition key.
    """

    action: str
    resource: str
    context: Context = field(default_factory=dict)
    storage: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call, understood; `session_policy` is the JSON text that narrows the caller's session, if any."""

    operation: str
    caller: Caller
    accesses: tuple[Access, ...]
    context: Context
    session_policy: str | None = None

    @property
    def principal(self) -> str:
        """The ARN of the caller; whoever shows nothing that can be verified is anonymous."""
        return str(self.caller)

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> "Call":
        """Read a call back from its record, as `Records` writes it and JSON keeps it."""
        return cls(
            operation=record["operation"],
            caller=Caller(**record["caller"]),
            accesses=tuple(
                Access(
                    action=access["action"],
                    resource=access["resource"],
                    context=_context(access["context"]),
                    storage=dict(access["storage"]),
                )
                for access in record["accesses"]
            ),
            context=_context(record["context"]),
            session_policy=record["session_policy"],
        )


def _context(values: Mapping[str, Any]) -> Context:
    return {key: tuple(value) for key, value in values.items()}


# The seam where a decision will be made: return the reason to refuse, or None to let it pass.
Decide = Callable[[Call], str | None]
