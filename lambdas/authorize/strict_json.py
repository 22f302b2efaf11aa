"""JSON without its ambiguities: one object, no name twice, no NaN."""

import json
from typing import Any, NoReturn


def _object_without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # Two parsers that pick different ones of two equal names see two different tokens; RFC 7519, section 4,
    # allows to refuse them.
    names = dict(pairs)
    if len(names) != len(pairs):
        raise ValueError("a name occurs twice")
    return names


def _no_constant(_: str) -> NoReturn:
    raise ValueError("NaN and Infinity are not JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_object_without_duplicates, parse_constant=_no_constant)


def parse_object(text: bytes) -> dict[str, Any]:
    """Return the JSON object in `text`; anything else, too deep a nesting included, is a ValueError."""
    try:
        parsed = _DECODER.decode(text.decode("utf-8"))
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(parsed, dict):
        raise ValueError("not an object")
    return parsed
