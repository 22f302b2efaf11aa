"""The register of promises: reads claims.toml and refuses one that is not complete."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

REGISTER = Path(__file__).parents[1] / "compliance_tests" / "claims.toml"

Evidence = Literal["template", "proof", "run", "live"]
_FIELDS = {"area", "promise", "scope", "evidence", "status", "limits", "not_yet"}


class RegisterError(Exception):
    """The register is not what it must be; names the claim, the field and what was expected."""


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One promise, in our own words, with what is shown of it and what is not."""

    id: str
    area: str
    promise: str
    scope: str
    evidence: tuple[Evidence, ...]
    asserted: bool
    limits: tuple[str, ...]
    not_yet: str


def load(path: Path = REGISTER) -> tuple[Claim, ...]:
    """Every claim, in the order of the register.

    Raises: RegisterError.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as cause:
        raise RegisterError(f"cannot read {path}: {cause}") from cause
    return tuple(_claim(claim_id, table) for claim_id, table in tables.items())


def _claim(claim_id: str, table: dict[str, Any]) -> Claim:
    if not re.fullmatch(r"[A-Z]{3}-[1-9]\d*", claim_id):
        raise RegisterError(f"claim id must look like ENC-8, got {claim_id!r}")
    if unknown := set(table) - _FIELDS:
        raise RegisterError(f"{claim_id}: unknown field {', '.join(sorted(unknown))}")
    for name in ("area", "promise", "scope"):
        if not isinstance(table.get(name), str) or not table[name].strip():
            raise RegisterError(f"{claim_id}: {name} must be a text, got {table.get(name)!r}")
    evidence, limits = _texts(claim_id, table, "evidence"), _texts(claim_id, table, "limits")
    if not evidence or not set(evidence) <= set(get_args(Evidence)):
        raise RegisterError(f"{claim_id}: evidence must be some of {get_args(Evidence)}, got {evidence!r}")
    if table.get("status") not in ("asserted", "waiting"):
        raise RegisterError(f"{claim_id}: status must be asserted or waiting, got {table.get('status')!r}")
    not_yet = table.get("not_yet", "")
    if not isinstance(not_yet, str) or (table["status"] == "waiting" and not not_yet.strip()):
        raise RegisterError(f"{claim_id}: a waiting claim must say in not_yet what it waits for")
    return Claim(
        id=claim_id,
        area=table["area"],
        promise=table["promise"],
        scope=table["scope"],
        evidence=evidence,  # type: ignore[arg-type]  # compared with the literals above
        asserted=table["status"] == "asserted",
        limits=limits,
        not_yet=not_yet,
    )


def _texts(claim_id: str, table: dict[str, Any], name: str) -> tuple[str, ...]:
    value = table.get(name)
    if not isinstance(value, list) or not all(isinstance(text, str) and text.strip() for text in value):
        raise RegisterError(f"{claim_id}: {name} must be a list of texts, got {value!r}")
    return tuple(value)
