"""The register and the outcomes brought together: one status for each promise."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from evidence.outcomes import Outcome
from policies.claims import Claim
from policies.verdict import Verdict, cannot_tell, overall


@dataclass(frozen=True)
class ClaimStatus:
    """A promise with everything that was shown of it; a waiting one has no verdict."""

    claim: Claim
    outcomes: tuple[Outcome, ...]

    @property
    def verdict(self) -> Verdict | None:
        """The worst of its outcomes; an asserted promise without any is not shown."""
        if not self.claim.asserted:
            return None
        if not self.outcomes:
            return cannot_tell("no proof of it ran")
        return overall(outcome.verdict for outcome in self.outcomes)

    def in_environment(self, environment: str) -> Verdict | None:
        """The verdict on one environment; none when no proof is about it."""
        found = [o.verdict for o in self.outcomes if o.environment == environment]
        return overall(found) if found else None


def statuses(claims: Iterable[Claim], outcomes: Iterable[Outcome]) -> tuple[ClaimStatus, ...]:
    """One status for each registered promise, in the order of the register."""
    every = tuple(outcomes)
    return tuple(
        ClaimStatus(claim, tuple(outcome for outcome in every if outcome.claim == claim.id))
        for claim in claims
    )


def all_hold(found: Iterable[ClaimStatus]) -> bool:
    """Whether every asserted promise holds, and there is one."""
    verdicts = [status.verdict for status in found if status.verdict is not None]
    return bool(verdicts) and not any(verdict.fails for verdict in verdicts)
