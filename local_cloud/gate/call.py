"""A call as IAM sees it: which principal asks for which actions on which resources, under which context."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from local_cloud.gate.sessions import Session

Context = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, kw_only=True)
class Access:
    """One action on one resource; one call can need several.

    `context` holds what is particular to this access; what all accesses of a call share is in the call.
    """

    action: str
    resource: str
    context: Context = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call, understood."""

    operation: str
    session: Session | None
    accesses: tuple[Access, ...]
    context: Context

    @property
    def principal(self) -> str:
        """The ARN of the caller; a call without a signature has no principal."""
        return self.session.arn if self.session else "anonymous"


# The seam where a decision will be made: return the reason to refuse, or None to let it pass.
Decide = Callable[[Call], str | None]
