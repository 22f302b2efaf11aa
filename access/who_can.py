"""Who may do one thing: for every principal allowed, denied, or under which condition."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from access.claims import Group, Witness, everyone
from access.environment import Environment, Principal, Resource
from access.prove import Prover, Question
from access.symbolic.describe import describe

May = Literal["allowed", "conditional", "denied", "unknown"]


@dataclass(frozen=True, slots=True)
class Row:
    """What one principal may do.

    `allowed`: in every request. `conditional`: in requests that meet `condition`, such as the witness.
    `denied`: in none. `unknown`: `condition` says what it depends on, and `settles` what would settle it.
    """

    principal: Principal
    may: May
    condition: str = ""
    witness: Witness | None = None
    settles: tuple[str, ...] = ()


def who_can(
    environment: Environment, action: str, resource: str | Resource, *, among: Group | None = None
) -> tuple[Row, ...]:
    """One row for each principal of `among` (of everyone), in the order of the environment.

    Raises: AccessError when the action has wildcards that cover nothing.
    """
    group = among or everyone(environment)
    prover = Prover(environment)
    question = Question.of(group, action, resource, None, None)
    found: dict[int, list[Row]] = {}
    for case in prover.cases(question):
        answer = prover.answer(case, question)
        if not answer.witness and not answer.reasons:
            continue
        may: May = "unknown"
        if answer.witness:
            may = "allowed" if prover.is_certain(case) else "conditional"
        row = Row(case.principal, may, describe(case.may), answer.witness, answer.settles)
        found.setdefault(id(case.principal), []).append(row)
    return tuple(_together(principal, found.get(id(principal), [])) for principal in group.principals)


def _together(principal: Principal, rows: list[Row]) -> Row:
    """One row for all the ways in which a principal can ask: the most permissive that is certain."""
    if not rows:
        return Row(principal, "denied")
    best = min(rows, key=lambda row: ("allowed", "conditional", "unknown").index(row.may))
    alike = dict.fromkeys(row.condition for row in rows if row.may == best.may)
    condition = "" if best.may == "allowed" else " or ".join(alike)
    return Row(principal, best.may, condition, best.witness, best.settles)
