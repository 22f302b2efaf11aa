"""The four answers a judgement may give; there is no fifth that looks like success."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum


class Status(Enum):
    """What was found, from the best to the worst."""

    DOES_NOT_APPLY = "DOES_NOT_APPLY"
    HOLDS = "HOLDS"
    CANNOT_TELL = "CANNOT_TELL"
    BROKEN = "BROKEN"


# What a command's exit status says of what it judged. 2 is left for a command that could not run.
_EXIT_STATUS = {Status.HOLDS: 0, Status.DOES_NOT_APPLY: 0, Status.BROKEN: 1, Status.CANNOT_TELL: 3}
COULD_NOT_RUN = 2


@dataclass(frozen=True)
class Verdict:
    """A status, and for the two bad ones the reason a person can act on."""

    status: Status
    reason: str = ""

    def __post_init__(self) -> None:
        if self.fails and not self.reason:
            raise ValueError(f"a verdict of {self.status.value} needs a reason")

    @property
    def fails(self) -> bool:
        """Whether a build must stop: not knowing counts like broken."""
        return self.status in (Status.BROKEN, Status.CANNOT_TELL)

    @property
    def exit_status(self) -> int:
        """The exit status of a command that ends with this verdict."""
        return _EXIT_STATUS[self.status]

    def __str__(self) -> str:
        return f"{self.status.value}: {self.reason}" if self.reason else self.status.value


HOLDS = Verdict(Status.HOLDS)
DOES_NOT_APPLY = Verdict(Status.DOES_NOT_APPLY)


def broken(reason: str) -> Verdict:
    """The promise does not hold, and here is why."""
    return Verdict(Status.BROKEN, reason)


def cannot_tell(reason: str) -> Verdict:
    """The evidence does not settle it, and here is what is missing."""
    return Verdict(Status.CANNOT_TELL, reason)


def holds_unless(problems: Iterable[str]) -> Verdict:
    """Holds when nothing is wrong; otherwise broken, naming everything that is."""
    found = tuple(problems)
    return broken("; ".join(found)) if found else HOLDS


def overall(verdicts: Iterable[Verdict]) -> Verdict:
    """One verdict for many: as good as the worst of them, and it keeps every reason of that kind.

    No verdict at all is CANNOT_TELL: a judgement that looked at nothing has shown nothing.
    """
    every = tuple(verdicts)
    if not every:
        return cannot_tell("nothing was judged")
    for status in (Status.BROKEN, Status.CANNOT_TELL):
        reasons = [verdict.reason for verdict in every if verdict.status is status]
        if reasons:
            return Verdict(status, "\n".join(dict.fromkeys(reasons)))
    return HOLDS if HOLDS in every else DOES_NOT_APPLY
