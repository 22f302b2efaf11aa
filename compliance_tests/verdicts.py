"""Turns findings into the outcome of a test, without losing the difference between broken and not known."""

from __future__ import annotations

from collections.abc import Iterable

from policies.finding import Finding, summary
from policies.verdict import Status, Verdict


class NotShownError(AssertionError):
    """A promise was not shown; `verdict` says whether it is broken or cannot be told."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(str(verdict))
        self.verdict = verdict


def must_hold(findings: Iterable[Finding]) -> None:
    """Pass only when the findings hold; that nothing applied is not enough.

    Raises: NotShownError.
    """
    verdict = summary(findings)
    if verdict.status is Status.DOES_NOT_APPLY:
        verdict = Verdict(Status.CANNOT_TELL, "nothing that was looked at is what the promise is about")
    if verdict.fails:
        raise NotShownError(verdict)
