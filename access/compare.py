"""What a change newly allows and newly refuses, decided for all requests.

Two sets of templates meet cell by cell (this principal, this action, these resources): a request is newly
allowed when the later set allows it and the earlier one does not. What both leave open in the same place is
the same question in both, so an unchanged gap changes nothing; a gap that could hide a change is `unknown`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from access.actions import ActionInfo
from access.cells import endpoints_used, facts, one_resource, request, resources, statements
from access.change import Changed, action_classes, changed_endpoints, changed_statements
from access.decision import Decision, Outcome, PolicySet
from access.domains import Key
from access.environment import Environment, Principal
from access.evaluate import evaluate
from access.formula import Cell, allowed
from access.logic import FALSE, Formula, all_of, negation
from access.request import Request
from access.solve import models
from access.symbols import TooManyClasses

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
    found = tuple(_Comparer(before, after).changes())
    certain = [change for change in found if change.witness is not None]
    return Comparison(
        newly_allowed=tuple(c for c in certain if c.direction == "newly allowed"),
        newly_refused=tuple(c for c in certain if c.direction == "newly refused"),
        unknown=tuple(c for c in found if c.witness is None),
    )


@dataclass(frozen=True, slots=True)
class _Target:
    """Some resources: one of the set, what lies below it, any outside the set, or none at all."""

    name: str
    arn: str = ""
    account: str = ""
    end: str = ""
    outside: tuple[str, ...] | None = None

    @property
    def actions(self) -> tuple[str, ...]:
        """The actions that can concern such resources, as patterns."""
        service = self.arn.split(":")[2] if self.arn else ""
        return ("*",) if not service else ("iam:*", "sts:*") if service == "iam" else (f"{service}:*",)

    def suits(self, action: ActionInfo) -> bool:
        """Whether the action can name such a resource."""
        if action.wildcard_only or not self.arn:
            return not self.arn and action.wildcard_only is (self.outside is None)
        return action.applies_to(self.arn + self.end.replace("*", "x"))

    def key(self, action: ActionInfo) -> Key:
        """What is known of the ARN of the request."""
        if self.outside is not None:
            service = action.name.partition(":")[0]
            return resources(
                action.arns[:1], [f"{arn}*" for arn in self.outside if arn.split(":")[2] == service]
            )
        if not self.arn:
            return one_resource("*")
        return resources([self.arn + self.end]) if self.end else one_resource(self.arn)


@dataclass(frozen=True, slots=True)
class _Side:
    """One set as it meets a principal at a target; without `policies` the one or the other is not there."""

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
        places = tuple(_targets(self.before, self.after))
        for key in sorted({*old, *new}):
            principal = new.get(key) or old[key]
            for target in places:
                earlier = _side(self.before, old.get(key), principal, target)
                later = _side(self.after, new.get(key), principal, target)
                changed = changed_statements(earlier.policies, later.policies)
                if changed is not None:
                    changed = None if self.endpoints is None else (*changed, *self.endpoints)
                if changed != ():
                    yield from _at_target(target, earlier, later, changed)


def _targets(before: Environment, after: Environment) -> Iterator[_Target]:
    known = {r.arn.removesuffix(":*"): r for e in (before, after) for r in e.resources}
    for arn, resource in sorted(known.items()):
        for end in ("", "/*", ":*"):
            yield _Target(f"{resource.name}{end}", arn, resource.account, end)
    yield _Target("(no resource)")
    yield _Target("(any other resource)", outside=tuple(sorted(known)))


def _side(environment: Environment, here: Principal | None, principal: Principal, target: _Target) -> _Side:
    known = here is not None and (not target.arn or environment.resource(target.arn) is not None)
    policies = (
        environment.policies_for(principal if here is None else here, target.arn or "*") if known else None
    )
    return _Side(environment, here or principal, policies, bool(target.arn))


def _at_target(target: _Target, earlier: _Side, later: _Side, changed: Changed) -> Iterator[Change]:
    principal = later.principal
    sides = (earlier, later)
    asked = [s for side in sides if side.policies is not None for s in statements(side.policies)]
    asked += [
        s for side in sides for endpoint in side.environment.endpoints for s in endpoint.policy.statements
    ]
    account = target.account or principal.account
    directions: tuple[tuple[Direction, _Side, _Side], ...] = (
        ("newly allowed", later, earlier),
        ("newly refused", earlier, later),
    )
    for sample, alike in action_classes(target.actions, target.suits, asked, changed):
        known = facts(principal.caller, target.key(sample), resource_account=account, statements=asked)
        cell = Cell(principal.caller, sample.name, known, account, sample.wildcard_only)
        for direction, more, less in directions:
            found = _difference(cell, more, less)
            if found is not None:
                witness, allowing, refusing, reason = found
                yield Change(
                    direction=direction,
                    principal=principal,
                    actions=alike,
                    resource=target.name,
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
