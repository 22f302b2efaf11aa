"""Values that a template does not settle: kept with their place, never guessed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from access.place import Place


@dataclass(frozen=True, slots=True)
class Unresolved:
    """A value that only a deployment knows; `expression` says what would settle it."""

    place: Place
    expression: str

    def __str__(self) -> str:
        return f"{self.expression} at {self.place}"


@dataclass(frozen=True, slots=True)
class Partial:
    """A string of which some parts are unresolved, in order."""

    parts: tuple[str | Unresolved, ...]

    def __post_init__(self) -> None:
        if not self.holes:
            raise ValueError("a Partial without an unresolved part is a string")

    @property
    def holes(self) -> tuple[Unresolved, ...]:
        """Return the parts that are not known."""
        return tuple(part for part in self.parts if isinstance(part, Unresolved))

    def glob(self) -> str:
        """Return a pattern that covers every string this could become."""
        return "".join("*" if isinstance(part, Unresolved) else part for part in self.parts)


Text: TypeAlias = str | Unresolved | Partial
