"""AWS's evaluation of one cell (this caller, this action, this resource) as a formula over the free keys.

The same order as `evaluate`, written a second time on purpose: the two are compared on every witness and on
random requests. What the templates leave open, and every approximation, is an atom that may be true or false,
so it can only add requests that might be allowed.
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache

from access.deciding import rcp
from access.deciding.principal import Reach, denied_by_boundary, reach
from access.decision import Level, PolicySet
from access.language.policy import Policy
from access.language.statement import Condition, Effect, Element, Statement
from access.request import Caller, Request
from access.symbolic.logic import FALSE, TRUE, Formula, all_of, any_of, constant, negation
from access.symbolic.patterns import Malformed, Pattern, Text, Undecided, text
from access.symbolic.questions import Facts, condition, unsettled
from access.symbolic.symbols import literal

RESOURCE = "@resource"
"""The name under which `Facts` know the ARN of the request; no condition key is spelled so."""

_ASSUMING = frozenset({
    "sts:assumerole", "sts:assumerolewithwebidentity", "sts:assumerolewithsaml",
    "sts:tagsession", "sts:setsourceidentity",
})  # fmt: skip


@dataclass(frozen=True)
class Cell:
    """Who asks for what, and what is known of the request; `wildcard_only`: the action knows no resources."""

    caller: Caller
    action: str
    facts: Facts
    resource_account: str = ""
    wildcard_only: bool = False

    def on_resource(self, glob: str) -> Formula:
        """When the ARN of the request matches a plain glob."""
        pattern = text(glob, "like", None)
        if self.wildcard_only or isinstance(pattern, Malformed):
            return FALSE
        return self.facts.some(RESOURCE, (pattern,), "matches")


@dataclass(frozen=True)
class Layer:
    """When the policies of one kind deny, and when they allow, naming the caller at least so directly."""

    deny: Formula
    allow_by: Callable[[Reach], Formula]

    @property
    def allow(self) -> Formula:
        """When they allow, however they name the caller."""
        return self.allow_by(Reach.ACCOUNT)


def allowed(cell: Cell, policies: PolicySet, endpoints: Iterable[tuple[Formula, Policy]] = ()) -> Formula:
    """When AWS allows the requests of this cell.

    `endpoints` are the VPC endpoint policies that have a say in some of them, each with when that is.
    """
    if cell.action.lower() == "sts:getcalleridentity":
        return TRUE
    caller, aws = cell.caller, cell.caller.is_aws_principal
    guards: list[Layer] = []
    if policies.rcps is not None:
        guards.append(_conditional(_rcp_binds(cell), _levels(policies.rcps, cell)))
    if policies.scps is not None and aws and not caller.is_service_linked_role:
        guards.append(_levels(policies.scps, cell))
    if policies.endpoint is not None:
        guards.append(_layer(policies.endpoint, cell))
    guards += [_conditional(used, _layer((policy,), cell)) for used, policy in endpoints]
    bounded = policies.boundaries is not None
    identity = _layer(policies.identity if aws else (), cell)
    limiting = (policies.boundaries, policies.session) if aws else ()
    limits = [_layer(found, cell) for found in limiting if found is not None]
    resource = _layer([policies.resource] if policies.resource else [], cell, boundary=bounded)
    grant = _layer(policies.grants if cell.action.lower().startswith("kms:") else (), cell)
    granted = _granted(cell, identity, all_of(limit.allow for limit in limits), resource, grant)
    layers = (*guards, identity, *limits, resource, grant)
    return all_of([
        negation(any_of(layer.deny for layer in layers)),
        *(guard.allow for guard in guards),
        granted,
    ])  # fmt: skip


def applies(statement: Statement, cell: Cell) -> Formula:
    """When action, resource and conditions of a statement match."""
    action = action_matches(statement.action, cell.action, statement)
    if action == FALSE:
        return FALSE
    resource = _resource(statement, cell)
    if resource == FALSE:
        return FALSE
    return all_of([
        action,
        resource,
        *(_condition(asked, statement, cell) for asked in statement.conditions),
    ])  # fmt: skip


def _condition(asked: Condition, statement: Statement, cell: Cell) -> Formula:
    causes = [str(item.cause) for item in statement.unresolved if item.element == "Condition" and asked.open]
    return condition(
        asked,
        cell.facts,
        variables=statement.variables,
        cause="; ".join([str(statement), *causes]),
        cautious=_cautious(statement),
    )


def action_matches(element: Element, action: str, statement: Statement) -> Formula:
    """When Action or NotAction covers an action."""
    known = any(covers_action(pattern, action) for pattern in element.patterns)
    maybe = any(covers_action(pattern, action) for pattern in element.maybe)
    return _element(element, constant(known), constant(maybe), statement, "Action")


@lru_cache(maxsize=65_536)
def covers_action(pattern: str, action: str) -> bool:
    """Whether a pattern of an Action element covers an action; case does not count."""
    read = text(pattern, "like", None, ignore_case=True)
    return isinstance(read, Text) and read.glob(lambda hole: literal(hole.key)).matches(action)


def _resource(statement: Statement, cell: Cell) -> Formula:
    element = statement.resource
    if element is None:
        return TRUE
    if cell.wildcard_only:
        return _element(
            element, constant("*" in element.patterns), constant("*" in element.maybe), statement, "Resource"
        )
    known = cell.facts.known if statement.variables else None
    patterns: dict[Pattern, None] = {}
    undecided: Formula = FALSE
    for pattern in element.patterns:
        try:
            read = text(pattern, "resource", known)
            if isinstance(read, Malformed):
                continue
            if any(cell.facts.key(hole.key).many for hole in read.holes):
                raise Undecided("a variable with several values")
            patterns[read] = None
        except Undecided as reason:
            undecided = unsettled(
                f"{statement}: Resource {pattern} ({reason})", cautious=_cautious(statement)
            )
    found = any_of([cell.facts.some(RESOURCE, tuple(patterns), "matches"), undecided])
    possible = [p for p in (text(glob, "resource", known) for glob in element.maybe) if isinstance(p, Text)]
    maybe = cell.facts.some(RESOURCE, tuple(possible), "matches")
    return _element(element, found, maybe, statement, "Resource")


def _element(element: Element, known: Formula, maybe: Formula, statement: Statement, name: str) -> Formula:
    """Action or Resource, with what an unresolved entry could add to it."""
    if element.maybe:
        causes = "; ".join(str(item) for item in statement.unresolved if item.element == name)
        more = unsettled(f"{statement}: {causes}", cautious=_cautious(statement) is not element.negated)
        known = any_of([known, all_of([maybe, more])])
    return negation(known) if element.negated else known


def _cautious(statement: Statement) -> bool:
    """A statement left open counts as matching, for the cautious, only where it denies."""
    return statement.effect is Effect.DENY


def _layer(policies: Iterable[Policy], cell: Cell, *, boundary: bool = False) -> Layer:
    denying: list[Formula] = []
    allowing: list[tuple[Reach, Formula, Formula]] = []
    for policy in policies:
        for statement in policy.statements:
            if policy.kind == "key" and statement.resource is None:
                continue
            matched = applies(statement, cell)
            if matched == FALSE:
                continue
            for named, doubted, when in _named(policy, statement, cell, boundary=boundary):
                here = all_of([matched, when])
                denied, allow = _effects(statement)
                doubt = unsettled(f"{statement}: whom Principal names", cautious=_cautious(statement))
                if denied != FALSE and (named or doubted):
                    denying.append(all_of([here, denied, TRUE if named else doubt]))
                if allow != FALSE:
                    allowing.append((named, all_of([here, allow]), doubt if doubted else FALSE))

    def allow_by(needed: Reach) -> Formula:
        return any_of(all_of([here, TRUE if named >= needed else doubt]) for named, here, doubt in allowing)

    return Layer(any_of(denying), allow_by)


def _effects(statement: Statement) -> tuple[Formula, Formula]:
    """Whether a statement denies, and whether it allows."""
    if statement.effect is None:
        cause = f"{statement}: " + "; ".join(map(str, statement.unresolved))
        return unsettled(f"{cause} (Deny?)", cautious=True), unsettled(f"{cause} (Allow?)", cautious=False)
    denies = statement.effect is Effect.DENY
    return constant(denies), constant(not denies)


def _named(
    policy: Policy, statement: Statement, cell: Cell, *, boundary: bool
) -> Iterable[tuple[Reach, bool, Formula]]:
    """How directly a statement names the caller, whether perhaps more directly, and when that is so."""
    principals, caller = statement.principals, cell.caller
    if policy.kind not in {"resource", "trust", "key", "grant", "rcp", "endpoint"}:
        return [(Reach.DIRECT, False, TRUE) if principals is None else (Reach.NONE, True, TRUE)]
    if principals is None:
        return [(Reach.DIRECT if policy.kind in {"endpoint", "rcp"} else Reach.NONE, False, TRUE)]
    if statement.effect is Effect.DENY and denied_by_boundary(principals, caller, boundary=boundary):
        return [(Reach.DIRECT, False, TRUE)]
    providers = tuple(p.value for p in principals.patterns if p.type == "Federated")
    if caller.kind != "session" or not providers:
        return [(*reach(principals, statement.effect, caller, {}), TRUE)]
    # A session may have come from an identity provider, which is then one of its keys.
    return [
        (
            *reach(principals, statement.effect, caller, {"aws:federatedprovider": came_from}),
            _came_from(cell, providers, came_from),
        )
        for came_from in ((), *((provider,) for provider in dict.fromkeys(providers)))
    ]


def _came_from(cell: Cell, providers: tuple[str, ...], chosen: tuple[str, ...]) -> Formula:
    def is_one_of(names: tuple[str, ...]) -> Formula:
        patterns = (text(name, "equals", None) for name in names)
        found = tuple(p for p in patterns if isinstance(p, Text))
        return cell.facts.some("aws:federatedprovider", found, "matches")

    return is_one_of(chosen) if chosen else negation(is_one_of(providers))


def _levels(levels: Iterable[Level], cell: Cell) -> Layer:
    """Every level must allow, and none may deny."""
    layers = [_layer(level.policies, cell) for level in levels]
    allow = all_of(layer.allow for layer in layers)
    return Layer(any_of(layer.deny for layer in layers), lambda _needed: allow)


def _conditional(binds: Formula, layer: Layer) -> Layer:
    """A guard that has a say only in some requests."""
    allow = any_of([negation(binds), layer.allow])
    return Layer(all_of([binds, layer.deny]), lambda _needed: allow)


def _rcp_binds(cell: Cell) -> Formula:
    if not rcp.binds(Request(cell.caller, cell.action, "")):
        return FALSE
    if not cell.action.lower().startswith("sts:"):
        return TRUE
    return negation(cell.on_resource("*:role/aws-service-role/*"))


def _granted(cell: Cell, identity: Layer, limits: Formula, resource: Layer, grant: Layer) -> Formula:
    """When anything gives the caller this permission, before guards and explicit denies."""
    caller, action = cell.caller, cell.action.lower()
    if not caller.is_aws_principal:
        return resource.allow
    if caller.kind == "root" and action in _ASSUMING:
        return FALSE
    by_identity = all_of([TRUE if caller.kind == "root" else identity.allow, limits])
    may = unsettled("a grant to an account, for a caller without an identity policy", cautious=False)
    by_grant = any_of([
        _by_name(grant, limits),
        all_of([grant.allow, any_of([by_identity, may])]),
    ])  # fmt: skip
    if cell.resource_account and caller.account != cell.resource_account:
        return any_of([all_of([resource.allow, by_identity]), by_grant])
    # "IAM role trust policies and KMS key policies […] must explicitly allow access for principals."
    own_policy = "*:key/*" if action.startswith("kms:") else "*:role/*" if action in _ASSUMING else ""
    own = cell.on_resource(own_policy) if own_policy else FALSE
    by_policy = all_of([by_identity, any_of([negation(own), resource.allow])])
    return any_of([by_policy, _by_name(resource, limits), by_grant])


def _by_name(layer: Layer, limits: Formula) -> Formula:
    """Naming the user, the session or everyone is enough; boundary and session limit naming the role."""
    return any_of([layer.allow_by(Reach.DIRECT), all_of([layer.allow_by(Reach.ROLE), limits])])
