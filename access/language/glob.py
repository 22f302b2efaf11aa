"""Wildcards: `*` stands for any run of characters, also none, and `?` for exactly one."""

from __future__ import annotations

import re
from functools import lru_cache

# NUL cannot occur in a policy (`parse_policy` refuses it), so it can mark a `*` or `?` that means itself.
_LITERAL = "\0"
_PARTS = re.compile(r"(\0[*?]|\*+|\?)", re.DOTALL)


def matches(pattern: str, text: str) -> bool:
    """Tell whether the whole text matches the pattern, case and all."""
    if "*" in pattern or "?" in pattern:
        return compiled(pattern).fullmatch(text) is not None
    return pattern == text


def matches_ignoring_case(pattern: str, text: str) -> bool:
    """Tell whether the whole text matches the pattern, whatever the case of its letters."""
    return compiled(pattern, ignore_case=True).fullmatch(text) is not None


def literal(text: str) -> str:
    """Return a pattern that matches this text and nothing else."""
    return text.replace("*", _LITERAL + "*").replace("?", _LITERAL + "?")


def plain(pattern: str) -> str:
    """Undo `literal`, and leave every other character as it is."""
    return pattern.replace(_LITERAL, "")


def pieces(pattern: str) -> list[tuple[str, bool]]:
    """Split a pattern into wildcards, marked True, and the plain text between; runs of `*` become one."""
    return [
        ("*", True) if part.startswith("*") else ("?", True) if part == "?" else (plain(part), False)
        for part in _PARTS.split(pattern)
        if part
    ]


@lru_cache(maxsize=65536)
def compiled(pattern: str, *, ignore_case: bool = False) -> re.Pattern[str]:
    """Return the pattern as a regular expression for `fullmatch`, which takes time linear in the text."""
    return re.compile(expression(pattern), re.DOTALL | (re.IGNORECASE if ignore_case else 0))


def expression(pattern: str, character: str = ".") -> str:
    """Translate a glob in which wildcards stand for `character`, `.` or a class such as `[^:]`.

    Taking the leftmost place for every piece between two stars never loses a match, so each is atomic,
    `(?>...)`: a hostile `*a*a*a*` cannot make the engine backtrack.
    """
    runs = [""]
    for text, wild in pieces(pattern):
        if wild and text == "*":
            runs.append("")
        else:
            runs[-1] += character if wild else re.escape(text)
    first, *rest = runs
    if not rest:
        return first
    *middle, last = rest
    return first + "".join(f"(?>{character}*?{run})" for run in middle) + f"{character}*" + last
