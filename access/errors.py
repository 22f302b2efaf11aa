"""What `access` raises: input it cannot read. A denial is an answer, never an error."""

from __future__ import annotations

from access.place import Place

_LONGEST_QUOTE = 80
_LARGEST_QUOTED = 10**_LONGEST_QUOTE


class AccessError(Exception):
    """Input cannot be read; the message begins with the place, then what was found and what was expected."""

    def __init__(self, message: str, place: Place | None = None) -> None:
        super().__init__(message if place is None else f"{place}: {message}")
        self.place = place


class PolicyError(AccessError):
    """A policy document is malformed."""


def quoted(value: object) -> str:
    """Show a found value in a message, cut short so that absurd input stays readable."""
    if isinstance(value, list | dict | tuple):
        return f"{type(value).__name__} of {len(value)}"
    if isinstance(value, int) and abs(value) > _LARGEST_QUOTED:
        return f"{type(value).__name__} of {value.bit_length()} bits"
    text = repr(value[: _LONGEST_QUOTE + 1] if isinstance(value, str) else value)
    return text if len(text) <= _LONGEST_QUOTE else f"{text[:_LONGEST_QUOTE]}…"
