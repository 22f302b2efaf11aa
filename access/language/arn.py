"""How an ARN pattern matches an ARN: six parts, separated by the first five colons.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from access.language import glob

PARTS = 6


def is_arn(text: str) -> bool:
    """Tell whether the text has the six parts of an ARN and begins like one."""
    return text.startswith("arn:") and text.count(":") >= PARTS - 1


def matches_part_by_part(pattern: str, arn: str) -> bool:
    """Match as ArnLike and ArnEquals do: each of the six parts on its own.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
    """
    if pattern == "*":
        return True
    return is_arn(arn) and _part_by_part(pattern).fullmatch(arn) is not None


def matches_resource(pattern: str, arn: str) -> bool:
    """Match as a Resource element does: part by part, but a `*` that ends its part may run past the colon.

    "If the * wildcard is the last character of a resource ARN segment, it can expand to match beyond the
    colon boundaries"; and a pattern of fewer than six parts is completed with `*`.
    """
    if pattern in ("*", arn):
        return True
    if not is_arn(arn):
        return glob.matches(pattern, arn)
    if _part_by_part(pattern).fullmatch(arn) is not None:
        return True
    # A star can only run on where the ARN has more colons than the pattern: a colon in its resource name.
    return "*:" in pattern and arn.count(":") > pattern.count(":") and _runs_on(pattern, arn)


def _complete(pattern: str) -> str:
    """Add the parts that an incomplete pattern leaves out: `arn:aws:sqs` becomes `arn:aws:sqs:*:*:*`."""
    missing = PARTS - 1 - pattern.count(":")
    return pattern + ":*" * max(missing, 0)


@lru_cache(maxsize=65536)
def _part_by_part(pattern: str) -> re.Pattern[str]:
    *head, name = _complete(pattern).split(":", PARTS - 1)
    parts = [glob.expression(part, "[^:]") for part in head] + [glob.expression(name)]
    return re.compile(":".join(parts), re.DOTALL)


class _Step(NamedTuple):
    """One character of a pattern; a wildcard `*` or `?` may stand for a colon only if it `crosses`."""

    char: str
    wild: bool = False
    crosses: bool = False

    def takes(self, char: str) -> bool:
        return (self.crosses or char != ":") if self.wild else self.char == char

    @property
    def repeats(self) -> bool:
        return self.wild and self.char == "*"


def _runs_on(pattern: str, arn: str) -> bool:
    """Match with stars that may cross a colon, walking all ways at once, so that no pattern can take long."""
    steps = _steps(pattern)
    if sum(not step.repeats for step in steps) > len(arn):
        return False
    reached = _past_stars({0}, steps)
    for char in arn:
        taken = [index for index in reached if index < len(steps) and steps[index].takes(char)]
        reached = _past_stars({index + (not steps[index].repeats) for index in taken}, steps)
    return len(steps) in reached


def _steps(pattern: str) -> list[_Step]:
    """Write out a pattern: a star crosses colons at the end of its part, and everything does in the sixth."""
    steps: list[_Step] = []
    pieces = glob.pieces(pattern)
    colons = 0
    for (text, wild), (after, _) in zip(pieces, [*pieces[1:], (":", False)], strict=True):
        if wild:
            steps.append(_Step(text, True, colons >= PARTS - 1 or (text == "*" and after.startswith(":"))))
        else:
            steps += map(_Step, text)
            colons += text.count(":")
    return steps


def _past_stars(reached: set[int], steps: list[_Step]) -> set[int]:
    """Add the positions that are reached because a star may stand for nothing."""
    return reached | {index + 1 for index in reached if index < len(steps) and steps[index].repeats}
