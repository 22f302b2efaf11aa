"""The promises as one JSON document: the same bytes for the same verdicts."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from evidence.claims import ClaimStatus, all_hold
from evidence.outcomes import Outcome


def document(found: Iterable[ClaimStatus], root: Path) -> str:
    """Every promise with its verdict, its proofs and its limits; paths are relative to the repository."""
    every = tuple(found)
    value = {"all_asserted_hold": all_hold(every), "claims": [_claim(status, root) for status in every]}
    return json.dumps(value, indent=2, ensure_ascii=False)


def _claim(status: ClaimStatus, root: Path) -> dict[str, Any]:
    claim, verdict = status.claim, status.verdict
    return {
        "id": claim.id,
        "area": claim.area,
        "promise": claim.promise,
        "scope": claim.scope,
        "asserted": claim.asserted,
        "verdict": verdict.status.value if verdict else None,
        "not_yet": claim.not_yet or None,
        "limits": list(claim.limits),
        "proofs": [_proof(outcome, root) for outcome in status.outcomes],
    }


def _proof(outcome: Outcome, root: Path) -> dict[str, Any]:
    return {
        "sentence": outcome.sentence,
        "environment": outcome.environment,
        "verdict": outcome.verdict.status.value,
        "reason": outcome.verdict.reason or None,
        "file": outcome.file.relative_to(root).as_posix(),
        "line": outcome.line,
    }
