"""Where two sets of policies can differ: the statements that changed, and the actions they speak of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from access.actions import ActionInfo, action_info, expand
from access.decision import PolicySet
from access.environment import Endpoint
from access.language.glob import matches_ignoring_case
from access.language.policy import Policy
from access.language.statement import Statement


@dataclass(frozen=True, slots=True)
class ChangedEndpoints:
    """Changed statements of endpoints that both sets have, and the services whose endpoints came or went."""

    statements: tuple[Statement, ...]
    services: tuple[str, ...]


def changed_statements(earlier: PolicySet | None, later: PolicySet | None) -> tuple[Statement, ...]:
    """The statements that are in one set and not in the other; all of them when a whole layer came or went.

    An action that none of them covers is decided by the same statements before and after; and one that no
    statement covers at all is allowed by nothing.
    """
    old, new = (_said(found) if found is not None else set() for found in (earlier, later))
    kept = earlier is not None and later is not None and _shape(earlier) == _shape(later)
    return tuple(dict.fromkeys(statement for _, statement in _ordered(old ^ new if kept else old | new)))


def changed_endpoints(earlier: Iterable[Endpoint], later: Iterable[Endpoint]) -> ChangedEndpoints:
    """What changed about the VPC endpoints that requests come through."""
    old, new = (
        {(e.id, e.vpc, e.service): set(e.policy.statements) for e in found} for found in (earlier, later)
    )
    both = sorted(old.keys() & new.keys())
    return ChangedEndpoints(
        statements=tuple(chain.from_iterable(old[key] ^ new[key] for key in both)),
        services=tuple(sorted({service for _, _, service in old.keys() ^ new.keys()})),
    )


def _ordered(said: Iterable[tuple[str, Statement]]) -> list[tuple[str, Statement]]:
    """The same, in an order that does not depend on hashes."""
    return sorted(said, key=lambda item: (item[0], str(item[1].place), str(item[1])))


def is_unreadable(statement: Statement) -> bool:
    """Whether nothing is known of a statement, as of a policy outside the set: it could be any change."""
    resource = "*" in statement.resource.maybe if statement.resource else True
    return statement.effect is None and "*" in statement.action.maybe and resource


def action_classes(
    actions: Iterable[str],
    suits: Callable[[ActionInfo], bool],
    asked: Sequence[Statement],
    changed: Sequence[Statement],
) -> Iterator[tuple[ActionInfo, tuple[str, ...]]]:
    """Actions that `suits` and a change could concern, in classes that no statement tells apart.

    Yields for each class the action that stands for it, and all of them.
    """
    patterns = sorted({p for s in asked for p in (*s.action.patterns, *s.action.maybe)})
    classes: dict[tuple[object, ...], list[ActionInfo]] = {}
    for pattern in actions:
        for name in expand(pattern):
            if not any(_may_cover(statement, name) for statement in changed):
                continue
            info = action_info(name)
            if info is None or not suits(info):
                continue
            covered = tuple(matches_ignoring_case(known, name) for known in patterns)
            classes.setdefault((name.partition(":")[0], info.arns[:1], covered), []).append(info)
    for alike in classes.values():
        yield alike[0], tuple(info.name for info in alike)


def _may_cover(statement: Statement, action: str) -> bool:
    """Whether a statement could speak of an action; what is unresolved could."""
    known = any(matches_ignoring_case(pattern, action) for pattern in statement.action.patterns)
    maybe = any(matches_ignoring_case(pattern, action) for pattern in statement.action.maybe)
    return maybe or known is not statement.action.negated


def _shape(policies: PolicySet) -> tuple[object, ...]:
    levels = tuple(None if found is None else len(found) for found in (policies.scps, policies.rcps))
    rest = (policies.boundaries, policies.session, policies.endpoint, policies.resource)
    return (*levels, *(found is None for found in rest))


def _said(policies: PolicySet) -> set[tuple[str, Statement]]:
    """Every statement with the layer it speaks in."""
    layers: list[tuple[str, tuple[Policy, ...]]] = [
        ("identity", policies.identity),
        ("boundaries", policies.boundaries or ()),
        ("session", policies.session or ()),
        ("grants", policies.grants),
        ("endpoint", policies.endpoint or ()),
        ("resource", (policies.resource,) if policies.resource else ()),
        *((f"scp {index}", level.policies) for index, level in enumerate(policies.scps or ())),
        *((f"rcp {index}", level.policies) for index, level in enumerate(policies.rcps or ())),
    ]
    return {(layer, s) for layer, found in layers for policy in found for s in policy.statements}
