"""What one check found: a verdict with what was there, what was expected, and what to do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from policies.verdict import Status

Subject = TypeVar("Subject")

LOOK_BY_HAND = "look by hand, as docs/prerequisites.md says"


@dataclass(frozen=True, kw_only=True)
class Result:
    """One look at one thing."""

    status: Status
    found: str
    expected: str
    todo: str = ""

    def __post_init__(self) -> None:
        if self.status is not Status.HOLDS and not self.todo:
            raise ValueError(f"{self.status.value} without anything to do: {self.found}")


def compared(holds: bool, *, found: object, expected: str, todo: str) -> Result:
    """It is as expected, or it is not."""
    return Result(
        status=Status.HOLDS if holds else Status.BROKEN,
        found=str(found),
        expected=expected,
        todo="" if holds else todo,
    )


def unknown(found: object, *, expected: str = "an answer", todo: str = LOOK_BY_HAND) -> Result:
    """Nothing can be said, which is never taken for good."""
    return Result(status=Status.CANNOT_TELL, found=str(found), expected=expected, todo=todo)


@dataclass(frozen=True)
class Check(Generic[Subject]):
    """A named function that looks at one thing of a subject; its docstring says what is checked."""

    name: str
    look: Callable[[Subject], Result]

    @property
    def purpose(self) -> str:
        """What is checked, in a sentence."""
        return (self.look.__doc__ or "").partition("\n")[0]
