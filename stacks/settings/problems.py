"""What is wrong with a value, in one line, and the error that carries all such lines."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

# The longest value that a message repeats in full.
_SHOWN = 120


class SettingsError(ValueError):
    """Settings are missing, unknown or wrong: one line for each, and each says what was expected."""

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = tuple(lines)

    @classmethod
    def of(cls, problems: Sequence[Problem]) -> SettingsError:
        """The error that reports all of these problems."""
        return cls([str(problem) for problem in problems])

    def of_file(self, path: object) -> SettingsError:
        """The same error, naming the file that the values were read from."""
        return SettingsError([f"{path}: {line}" for line in self.lines])


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One setting that is wrong: which, what was found, and what was expected."""

    key: str
    found: str
    expected: str

    def __str__(self) -> str:
        return f"{self.key}: {self.found}, expected {self.expected}"


def wrong(key: str, value: Any, expected: str, *, also: str = "") -> Problem:
    """A setting with a wrong value; `also` says what is wrong beside the value itself."""
    return Problem(key=key, found=f"got {shown(value)}{also}", expected=expected)


def shown(value: Any) -> str:
    """A value as a message shows it: always on one line, and never longer than a message can be."""
    text = repr(list(value) if isinstance(value, tuple) else value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}… ({len(text)} characters)"


def key_shown(key: str) -> str:
    """One part of a setting's name, as TOML writes it."""
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else repr(key)
