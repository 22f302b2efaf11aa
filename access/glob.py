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
        return _compiled(pattern).fullmatch(text) is not None
    return pattern == text


def literal(text: str) -> str:
    """Return a pattern that matches this text and nothing else."""
    return text.replace("*", _LITERAL + "*").replace("?", _LITERAL + "?")


def plain(pattern: str) -> str:
    """Undo `literal`, and leave every other character as it is."""
    return pattern.replace(_LITERAL, "")


@lru_cache(maxsize=65536)
def _compiled(pattern: str) -> re.Pattern[str]:
    """Translate a glob so that matching takes time linear in the text for each `*`.

    Taking the leftmost place for every piece between two stars never loses a match, so each is atomic,
    `(?>...)`: a hostile `*a*a*a*` cannot make the engine backtrack.
    """
    pieces = [""]
    for part in _PARTS.split(pattern):
        if part.startswith("*"):
            pieces.append("")
        else:
            pieces[-1] += "." if part == "?" else re.escape(plain(part))
    first, *rest = pieces
    if not rest:
        return re.compile(first, re.DOTALL)
    *middle, last = rest
    return re.compile(first + "".join(f"(?>.*?{piece})" for piece in middle) + ".*" + last, re.DOTALL)
