"""Why a request is decided as it is, and what would have been needed, in sentences a person understands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from access.deciding import operators
from access.deciding.judgement import names_caller
from access.deciding.match import Asked, action_matches, resource_matches
from access.decision import Decision, Layer, Outcome, PolicySet, StatementRef
from access.evaluate import evaluate, judge_layers
from access.language.policy import Policy
from access.language.statement import Condition, Effect, Element
from access.language.variables import expand
from access.request import Request

MOST_NEAR_MISSES = 3


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A statement that would have allowed the request but for its `shortfalls`, one sentence each."""

    ref: StatementRef
    shortfalls: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.ref} does not apply: {'; '.join(self.shortfalls)}"


@dataclass(frozen=True, slots=True)
class Explanation:
    """A decision with its reasons; `near` are the statements that came closest to allowing it, in order."""

    request: Request
    decision: Decision
    near: tuple[NearMiss, ...] = ()

    def lines(self) -> Iterator[str]:
        """Yield the explanation, the answer first."""
        yield f"{self.decision.outcome}: {self.request}"
        for ref in self.decision.deciding:
            verb = "denied" if self.decision.outcome is Outcome.EXPLICIT_DENY else "allowed"
            conditions = " and ".join(map(str, ref.statement.conditions))
            yield f"{verb} by {ref}" + (f", where {conditions}" if conditions else "")
        if self.decision.allowed and not self.decision.deciding:
            yield f"{'a root user' if self.request.caller.kind == 'root' else 'this action'} needs no policy"
        for needed in self.decision.missing:
            yield f"needed: {needed}"
        for near in self.near:
            yield f"nearest: {near}"
        for reason in self.decision.unknown:
            yield f"not known: {reason}"

    def __str__(self) -> str:
        return "\n".join(self.lines())


def explain(request: Request, policies: PolicySet) -> Explanation:
    """Decide a request and say why; for an implicit denial also which statements nearly allowed it."""
    decision = evaluate(request, policies)
    if decision.outcome is not Outcome.IMPLICIT_DENY:
        return Explanation(request, decision)
    asked = Asked(request)
    silent = {name for name, judged in judge_layers(asked, policies).items() if judged.allow is False}
    near = [
        NearMiss(StatementRef(layer, policy.name, statement), shortfalls)
        for layer, policy in _policies(policies)
        if layer in silent
        for statement in policy.statements
        if statement.effect is Effect.ALLOW
        and (shortfalls := tuple(_shortfalls(StatementRef(layer, policy.name, statement), policy, asked)))
    ]
    # A statement about other actions is no near miss, unless nothing is nearer.
    near.sort(key=lambda miss: (miss.shortfalls[0].startswith("Action"), len(miss.shortfalls)))
    return Explanation(request, decision, tuple(near[:MOST_NEAR_MISSES]))


def _policies(policies: PolicySet) -> Iterator[tuple[Layer, Policy]]:
    yield from (("identity", policy) for policy in policies.identity)
    yield from (("boundary", policy) for policy in policies.boundaries or ())
    yield from (("session", policy) for policy in policies.session or ())
    yield from (("resource", policy) for policy in [policies.resource] if policy)
    yield from (("grant", policy) for policy in policies.grants)
    yield from (
        ("scp", policy) for policy in chain.from_iterable(lvl.policies for lvl in policies.scps or ())
    )
    yield from (
        ("rcp", policy) for policy in chain.from_iterable(lvl.policies for lvl in policies.rcps or ())
    )
    yield from (("endpoint", policy) for policy in policies.endpoint or ())


def _shortfalls(ref: StatementRef, policy: Policy, asked: Asked) -> Iterator[str]:
    """Say which elements of a statement keep it from applying."""
    statement = ref.statement
    if not action_matches(statement.action, asked.action):
        yield f"Action is {_listed(statement.action)}, asked was {asked.request.action}"
    if not names_caller(policy, statement, asked):
        yield f"Principal does not name {asked.request.caller}"
    if statement.resource and not resource_matches(statement, asked):
        valueless = _valueless(statement.resource.patterns, asked) if statement.variables else ""
        yield f"Resource is {_listed(statement.resource)}{valueless}, asked was {asked.request.resource}"
    for condition in statement.conditions:
        if not operators.holds(condition, asked.context, variables=statement.variables):
            yield _unmet(condition, asked, variables=statement.variables)


def _listed(element: Element) -> str:
    return f"{'all but ' if element.negated else ''}{' or '.join([*element.patterns, *element.maybe])}"


def _unmet(condition: Condition, asked: Asked, *, variables: bool) -> str:
    has = asked.context.get(condition.key)
    found = "has none" if has is None else f"has {' and '.join(has) or 'an empty set'}"
    valueless = _valueless(condition.values, asked) if variables else ""
    return f"Condition needs {condition}{valueless}, the request {found}"


def _valueless(patterns: Iterable[str], asked: Asked) -> str:
    """Name the patterns with a variable to which the request gives no value."""
    found = [pattern for pattern in patterns if expand(pattern, asked.context) is None]
    return f" (without a value: {', '.join(found)})" if found else ""
