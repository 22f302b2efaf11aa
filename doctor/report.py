"""What the checks found, as lines for people and as JSON for programs."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from doctor.result import Result
from policies.verdict import Status

MARKS = {Status.HOLDS: "✓", Status.BROKEN: "✗", Status.CANNOT_TELL: "?"}


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A check with what it found, and of which environment when it is about one."""

    name: str
    purpose: str
    environment: str | None
    result: Result


def line(answer: Answer) -> str:
    """One check on one line: what was found, and when that is not good what was expected and what to do."""
    result = answer.result
    name = answer.name if answer.environment is None else f"{answer.environment} {answer.name}"
    begin = f"{MARKS[result.status]} {name}: {result.found}"
    if result.status is Status.HOLDS:
        return begin
    return f"{begin}; expected {result.expected}; {result.todo}"


def summary(answers: Sequence[Answer]) -> str:
    """The last line."""
    count = Counter(answer.result.status for answer in answers)
    return (
        f"{count[Status.HOLDS]} of {len(answers)} hold, {count[Status.BROKEN]} broken, "
        f"{count[Status.CANNOT_TELL]} cannot be told; docs/prerequisites.md explains each"
    )


def as_json(answers: Sequence[Answer]) -> str:
    """All checks as one document."""
    listed = [
        {
            "check": answer.name,
            "purpose": answer.purpose,
            "environment": answer.environment,
            "verdict": answer.result.status.value,
            "found": answer.result.found,
            "expected": answer.result.expected,
            "todo": answer.result.todo or None,
        }
        for answer in answers
    ]
    return json.dumps({"checks": listed}, indent=2, ensure_ascii=False)
