"""What a change newly allows and newly refuses, decided for all requests.

Two sets of templates meet cell by cell (this principal, this action, these resources): a request is newly
allowed when the later set allows it and the earlier one does not. What both leave open in the same place is
the same question in both, so an unchanged gap changes nothing; a gap that could hide a change is `unknown`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from access.area import Area, areas
from access.change import (
    action_classes,
    changed_endpoints,
    changed_statements,
    is_unreadable,
)
from access.decision import Decision, Outcome, PolicySet
from access.environment import Environment, Principal
from access.evaluate import evaluate
from access.language.statement import Statement
from access.request import Request
from access.symbolic.cells import endpoints_used, facts, request, statements
from access.symbolic.formula import Cell, allowed
from access.symbolic.logic import FALSE, Formula, all_of, negation
from access.symbolic.solve import models
from access.symbolic.symbols import TooManyClasses

Direction: TypeAlias = Literal["newly allowed", "newly refused"]

# Models tried before a cell that may differ is called unknown.
_TRIES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One principal and kind of action for which the answer differs.

    `actions` are all that the policies treat alike. The witness is a request for the first of them that the
    one set allows and the other refuses; without one the difference is only possible, for the `reason`.
    """

    direction: Direction
    principal: Principal
    actions: tuple[str, ...]
    resource: str
    witness: Request | None = None
    allowing: Decision | None = None
    refusing: Decision | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything that differs; an `unknown` change has no witness, and could be none."""

    newly_allowed: tuple[Change, ...]
    newly_refused: tuple[Change, ...]
    unknown: tuple[Change, ...]

    @property
    def widened(self) -> bool:
        """Whether some request is allowed that was not."""
        return bool(self.newly_allowed)


def compare(before: Environment, after: Environment) -> Comparison:
    """Every difference between two sets; load both with `relative=True`, for they need the same places."""
    found = tuple({_key(change): change for change in _Comparer(before, after).changes()}.values())
    certain = [change for change in found if change.witness is not None]
    return Comparison(
        newly_allowed=tuple(c for c in certain if c.direction == "newly allowed"),
        newly_refused=tuple(c for c in certain if c.direction == "newly refused"),
        unknown=tuple(c for c in found if c.witness is None),
    )


def _key(change: Change) -> tuple[object, ...]:
    return change.direction, change.principal.kind, change.principal.arn, change.actions, change.resource


@dataclass(frozen=True, slots=True)
class _Side:
    """One set as it meets a principal at a area; without `policies` the one or the other is not there."""

    environment: Environment
    principal: Principal
    policies: PolicySet | None
    everything: bool

    def allows(self, cell: Cell) -> Formula:
        """When this set allows the requests of a cell."""
        if self.policies is None:
            return FALSE
        return allowed(cell, self.policies, endpoints_used(self.environment.endpoints, cell))

    def decide(self, asked: Request) -> Decision:
        """What `evaluate` says to one request."""
        if self.policies is None:
            return Decision(Outcome.IMPLICIT_DENY)
        found = self.environment.policies_for(
            self.principal, asked.resource, action=asked.action, context=asked.context
        )
        return evaluate(asked, found if self.everything else replace(found, resource=None, rcps=None))


class _Comparer:
    def __init__(self, before: Environment, after: Environment) -> None:
        self.before, self.after = before, after
        self.endpoints = changed_endpoints(before.endpoints, after.endpoints)

    def changes(self) -> Iterator[Change]:
        old, new = ({(p.kind, p.arn): p for p in e.principals} for e in (self.before, self.after))
        everywhere = tuple(areas(self.before, self.after))
        for key in sorted({*old, *new}):
            principal = new.get(key) or old[key]
            said: set[Statement] = set()
            for area in everywhere:
                earlier = _side(self.before, old.get(key), principal, area)
                later = _side(self.after, new.get(key), principal, area)
                if _only_assumed(principal, area, earlier, later):
                    continue
                changed = changed_statements(earlier.policies, later.policies)
                for statement in filter(is_unreadable, changed):
                    if statement not in said:  # once for a principal, not for every resource and action
                        said.add(statement)
                        yield _unreadable(principal, statement)
                legible = [s for s in (*changed, *self.endpoints.statements) if not is_unreadable(s)]
                if legible:
                    yield from _in_area(area, earlier, later, area.actions, legible)
                yield from self._without_endpoints(area, earlier, later)

    def _without_endpoints(self, area: Area, earlier: _Side, later: _Side) -> Iterator[Change]:
        """Where an endpoint came or went, every action of its service may be decided otherwise."""
        actions = tuple(f"{service}:*" for service in self.endpoints.services)
        actions = tuple(set(actions) & set(area.actions)) if area.arn else actions
        sides = [side.policies for side in (earlier, later) if side.policies is not None]
        if actions and len(sides) == 2:
            every = [s for policies in sides for s in statements(policies) if not is_unreadable(s)]
            yield from _in_area(area, earlier, later, actions, every)


def _only_assumed(principal: Principal, area: Area, earlier: _Side, later: _Side) -> bool:
    """Whether an account's own unknown principals meet a resource that came or went.

    What they may do to it follows from who administers the account, not from a change of templates.
    """
    one_sided = (earlier.policies is None) is not (later.policies is None)
    own = principal.kind in ("root", "other_principal_of_account") and principal.account == area.account
    return one_sided and own


def _unreadable(principal: Principal, statement: Statement) -> Change:
    reason = "; ".join(dict.fromkeys(str(gap.cause) for gap in statement.unresolved))
    return Change(
        direction="newly allowed", principal=principal, actions=("*",), resource="(any)", reason=reason
    )


def _side(environment: Environment, here: Principal | None, principal: Principal, area: Area) -> _Side:
    known = here is not None and (not area.arn or environment.resource(area.arn) is not None)
    policies = (
        environment.policies_for(principal if here is None else here, area.arn or "*") if known else None
    )
    return _Side(environment, here or principal, policies, bool(area.arn))


def _in_area(
    area: Area, earlier: _Side, later: _Side, actions: Sequence[str], changed: Sequence[Statement]
) -> Iterator[Change]:
    principal = later.principal
    sides = (earlier, later)
    asked = [s for side in sides if side.policies is not None for s in statements(side.policies)]
    asked += [
        s for side in sides for endpoint in side.environment.endpoints for s in endpoint.policy.statements
    ]
    account = area.account or principal.account
    directions: tuple[tuple[Direction, _Side, _Side], ...] = (
        ("newly allowed", later, earlier),
        ("newly refused", earlier, later),
    )
    for sample, alike in action_classes(actions, area.suits, asked, changed):
        known = facts(principal.caller, area.key(sample), resource_account=account, statements=asked)
        cell = Cell(principal.caller, sample.name, known, account, sample.wildcard_only)
        for direction, more, less in directions:
            found = _difference(cell, more, less)
            if found is not None:
                witness, allowing, refusing, reason = found
                yield Change(
                    direction=direction,
                    principal=principal,
                    actions=alike,
                    resource=area.name,
                    witness=witness,
                    allowing=allowing,
                    refusing=refusing,
                    reason=reason,
                )


def _difference(
    cell: Cell, more: _Side, less: _Side
) -> tuple[Request | None, Decision | None, Decision | None, str] | None:
    """A request that `more` allows and `less` refuses, or why that is not known; None if there is none."""
    difference = all_of([more.allows(cell), negation(less.allows(cell))])
    if difference == FALSE:
        return None
    reason = ""
    try:
        for model in models(difference, cell.facts, limit=_TRIES):
            reason = "; ".join(item.cause for item in model.open) or "no request was found that shows it"
            asked = request(cell, model)
            if asked is None:
                continue
            wide, narrow = more.decide(asked), less.decide(asked)
            if wide.allowed and narrow.outcome in (Outcome.IMPLICIT_DENY, Outcome.EXPLICIT_DENY):
                return asked, wide, narrow, ""
    except TooManyClasses as limit:
        reason = f"a limit of the proof was reached, {limit}"
    return (None, None, None, reason) if reason else None
