"""Weakens a copy of an environment at one place, and demands that the promise's check says where."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pytest

from policies.assembly import Assembly
from policies.finding import Finding, summary
from policies.verdict import Status

Check = Callable[[Assembly], tuple[Finding, ...]]
Change = Callable[[dict[str, Any]], object]


@dataclass(frozen=True)
class Weakness:
    """One thing that somebody could get wrong: where, what, and the check that must report it."""

    name: str
    resource_type: str
    change: Change
    reported_by: str
    only: str = ""

    def apply(self, assembly: Assembly) -> tuple[Assembly, str]:
        """A weakened copy, and the place where it is weak: the first resource of the type.

        only: a text that must occur in its construct path or logical id.
        """
        weakened = assembly.copy()
        for resource in weakened.of_type(self.resource_type):
            if self.only in resource.construct_path or self.only in resource.logical_id:
                before = repr(resource.body)
                self.change(resource.body)
                assert repr(resource.body) != before, f"the sabotage {self.name!r} changed nothing"
                return weakened, resource.place
        raise AssertionError(f"no {self.resource_type} {self.only} to sabotage in {assembly.name}")


def must_be_reported(check: Check, weakness: Weakness, environment: Assembly) -> None:
    """The check holds for the environment, and turns BROKEN at that place when it is weakened."""
    weakened, place = weakness.apply(environment)
    before, after = _before(check, environment), check(weakened)
    new = [finding for finding in after if finding not in before and finding.verdict.status is Status.BROKEN]
    assert summary(after).status is Status.BROKEN
    assert (weakness.reported_by, place) in {(finding.check, finding.place) for finding in new}, new


def must_be_refuted(check: Check, environment: Assembly, by: str, words: str, *every: Weakness) -> None:
    """The check holds for the environment, and names a request that all these weaknesses together allow.

    by: the check's own name. words: what the reason must hold, as who may do what, by which statement.
    """
    assert summary(_before(check, environment)).status is Status.HOLDS
    weakened = environment
    for weakness in every:
        weakened, _ = weakness.apply(weakened)
    found = [f for f in check(weakened) if f.check == by and f.verdict.status is Status.BROKEN]
    assert any(words in finding.verdict.reason for finding in found), found


@lru_cache(maxsize=64)
def _before(check: Check, environment: Assembly) -> frozenset[Finding]:
    """What the check says of the environment as it is, which no sabotage changes: each works on a copy."""
    return frozenset(check(environment))


def weaknesses(*every: Weakness) -> Any:
    """The parameters of a sabotaging test, titled by what goes wrong."""
    return pytest.mark.parametrize("weakness", every, ids=lambda weakness: weakness.name)


def added(
    logical_id: str, resource_type: str, properties: dict[str, Any], stack: int = 0
) -> Callable[[Assembly], Assembly]:
    """A copy of an environment with one more resource, in one of its stacks."""

    def add(assembly: Assembly) -> Assembly:
        grown = assembly.copy()
        body = {"Type": resource_type, "Properties": properties}
        grown.templates[stack].body["Resources"][logical_id] = body
        return Assembly(grown.name, {template.path: template.body for template in grown.templates})

    return add


def put(path: str, value: Any) -> Change:
    """Set a property."""

    def change(body: dict[str, Any]) -> None:
        holder, last = _holder(body, path)
        holder[last] = value

    return change


def append(path: str, value: Any) -> Change:
    """Add an element to a list."""

    def change(body: dict[str, Any]) -> None:
        holder, last = _holder(body, path)
        holder[last] = [*holder[last], value]

    return change


def drop(path: str) -> Change:
    """Take a property away."""

    def change(body: dict[str, Any]) -> None:
        holder, last = _holder(body, path)
        del holder[last]

    return change


def attribute(name: str, value: Any) -> Change:
    """Set what stands beside the properties, such as DeletionPolicy."""
    return lambda body: body.__setitem__(name, value)


def restated(sid: str, **elements: Any) -> Change:
    """Set elements of the statements with this Sid, wherever in the resource; None takes one away."""

    def change(body: dict[str, Any]) -> None:
        for statement in _statements(body["Properties"]):
            if statement.get("Sid") == sid:
                statement.update(elements)
                for name in [name for name, value in elements.items() if value is None]:
                    del statement[name]

    return change


def _statements(value: Any) -> Iterator[dict[str, Any]]:
    """Every object with an Effect, however deep."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    if isinstance(value, dict) and "Effect" in value:
        yield value
    for each in inner:
        yield from _statements(each)


def _holder(body: dict[str, Any], path: str) -> tuple[Any, Any]:
    """The object or list that holds what a path names, and the last step of the path."""
    *steps, last = path.split(".")
    holder: Any = body.setdefault("Properties", {})
    for step in steps:
        holder = holder[int(step)] if isinstance(holder, list) else holder.setdefault(step, {})
    return holder, int(last) if isinstance(holder, list) else last
