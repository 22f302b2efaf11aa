"""What the policies of one layer say about one request."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from access.deciding.kleene import Tri, all_of
from access.deciding.match import Asked, applies
from access.deciding.principal import Reach, denied_by_boundary, reach
from access.decision import Layer, Level, StatementRef
from access.language.policy import Policy
from access.language.statement import Effect, Statement


class Judgement(NamedTuple):
    """The statements of one layer that allow, that deny, and of which it is not known whether they apply.

    `reach` is how directly the caller is allowed for certain, `possible` how directly it might be.
    """

    layer: Layer
    allowing: tuple[StatementRef, ...] = ()
    denying: tuple[StatementRef, ...] = ()
    doubtful: tuple[StatementRef, ...] = ()
    reach: Reach = Reach.NONE
    possible: Reach = Reach.NONE

    @property
    def allow(self) -> Tri:
        """Tell whether the layer allows the request, however it names the caller."""
        return self.allows_by(Reach.ACCOUNT)

    @property
    def may_deny(self) -> bool:
        """Tell whether a statement that denies, or could, might apply."""
        return any(ref.statement.effect is not Effect.ALLOW for ref in self.doubtful)

    def allows_by(self, needed: Reach) -> Tri:
        """Tell whether the layer allows the request naming the caller at least as directly as `needed`."""
        return True if self.reach >= needed else None if self.possible >= needed else False


def judge(layer: Layer, policies: Iterable[Policy], asked: Asked, *, boundary: bool = False) -> Judgement:
    """Judge policies of which any may allow; `boundary` says that the caller has a permissions boundary."""
    allowing, denying, doubtful = [], [], []
    certain = possible = Reach.NONE
    for policy in policies:
        for statement in policy.statements:
            applied = _applies(policy, statement, asked)
            if applied is False:
                continue
            named, doubted = _reach(policy, statement, asked, boundary=boundary)
            if not named and not doubted:
                continue
            ref = StatementRef(layer, policy.name, statement)
            if applied is None or statement.effect is None or not named:
                doubtful.append(ref)
            elif statement.effect is Effect.DENY:
                denying.append(ref)
                continue
            else:
                allowing.append(ref)
                certain = max(certain, named)
            if statement.effect is not Effect.DENY:
                possible = max(possible, Reach.DIRECT if doubted else named)
    if not (allowing or denying or doubtful):
        return Judgement(layer)
    return Judgement(layer, tuple(allowing), tuple(denying), tuple(doubtful), certain, possible)


def judge_levels(layer: Layer, levels: Iterable[Level], asked: Asked) -> Judgement:
    """Judge the levels of an organization, every one of which must allow.

    Source: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html
    """
    judged = [judge(layer, level.policies, asked) for level in levels]
    allowed = all_of(level.allow for level in judged)
    return Judgement(
        layer,
        tuple(ref for level in judged for ref in level.allowing),
        tuple(ref for level in judged for ref in level.denying),
        tuple(ref for level in judged for ref in level.doubtful),
        Reach.DIRECT if allowed else Reach.NONE,
        Reach.NONE if allowed is False else Reach.DIRECT,
    )


def names_caller(policy: Policy, statement: Statement, asked: Asked, *, boundary: bool = False) -> bool:
    """Tell whether the statement surely names the caller, as a policy attached to the caller always does."""
    return bool(_reach(policy, statement, asked, boundary=boundary)[0])


def _applies(policy: Policy, statement: Statement, asked: Asked) -> Tri:
    if policy.kind == "key" and statement.resource is None:
        # "A key policy statement without a Resource element has no effect."
        # https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html
        return False
    return applies(statement, asked)


def _reach(policy: Policy, statement: Statement, asked: Asked, *, boundary: bool) -> tuple[Reach, bool]:
    """Return how directly the statement surely names the caller, and whether it might do so more directly."""
    principals, caller = statement.principals, asked.request.caller
    if policy.kind in {"resource", "trust", "key", "grant", "rcp", "endpoint"}:
        if principals is None:
            # Without a Principal a resource policy names nobody; AWS refuses it, except in endpoint policies.
            return (Reach.DIRECT if policy.kind in {"endpoint", "rcp"} else Reach.NONE), False
        if statement.effect is Effect.DENY and denied_by_boundary(principals, caller, boundary=boundary):
            return Reach.DIRECT, False
        return reach(principals, statement.effect, caller, asked.request.context)
    # Attached to the caller itself. AWS refuses a Principal here, so what one would mean is not known.
    return (Reach.DIRECT, False) if principals is None else (Reach.NONE, True)
