"""Policy variables: `${aws:PrincipalTag/team, 'none'}` becomes a value of the request, or the default.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from access.language import glob

_VARIABLE = re.compile(r"\$\{([^{}]*)\}")
_DEFAULT = re.compile(r"\s*([^,\s]+)\s*(?:,\s*'(.*)'\s*)?", re.DOTALL)
_SPECIAL = frozenset("*?$")


def expand(pattern: str, context: Mapping[str, tuple[str, ...]]) -> str | None:
    """Return the pattern with every variable replaced by what it stands for, which never acts as a wildcard.

    None means that a variable has no value: then nothing is equal to or like the pattern. A key with several
    values has no single one to put in its place.
    """
    if "${" not in pattern:
        return pattern
    parts = []
    end = 0
    for found in _VARIABLE.finditer(pattern):
        value = _value(found[1], context)
        if value is None:
            return None
        parts += [pattern[end : found.start()], glob.literal(value)]
        end = found.end()
    return "".join([*parts, pattern[end:]])


def _value(inside: str, context: Mapping[str, tuple[str, ...]]) -> str | None:
    if inside in _SPECIAL:
        return inside
    parsed = _DEFAULT.fullmatch(inside)
    if parsed is None:
        return None
    values = context.get(parsed[1], ())
    return values[0] if len(values) == 1 else parsed[2]
