"""Cases as data: a request, its policies and the decision expected; or one condition operator at a time.

A file holds `{"cases": [...]}` or a bare list. A decision case has `request` {principal: an ARN, a service
name, or null with `anonymous`; action; resource; resource_account; context; wildcard_only_action}, `policies`
{identity, resource, session, boundaries, scps, rcps, vpce, grants; each optional} and `expected` {decision}.
An operator case has `operator`, `policy_values`, `context_value`, `other_context`, `expected`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from access.deciding.operators import holds
from access.errors import AccessError, quoted
from access.evaluate import Level, PolicySet, evaluate
from access.language.policy import Condition, Policy, PolicyKind, parse_policy
from access.place import Place
from access.request import Caller, Context, Request

_LARGEST_FILE = 50_000_000
_KEY = "example:key"


@dataclass(frozen=True, slots=True)
class Result:
    """What a case expected and what came out."""

    case: str
    expected: str
    found: str
    detail: str = ""

    @property
    def passed(self) -> bool:
        """Tell whether the case came out as expected."""
        return self.expected == self.found

    def __str__(self) -> str:
        return f"{self.case}: expected {self.expected}, found {self.found}{self.detail}"


def main(paths: Sequence[str]) -> int:
    """Run every case, print each failure and the count; 0 if all pass, 1 if one fails, 2 if unreadable."""
    try:
        results = [result for path in paths for result in run_file(Path(path))]
    except AccessError as error:
        print(error)  # noqa: T201 - this is a command
        return 2
    failed = [result for result in results if not result.passed]
    for result in failed:
        print(result)  # noqa: T201
    print(f"{len(results) - len(failed)} passed, {len(failed)} failed")  # noqa: T201
    return 1 if failed else 0


def run_file(path: Path) -> Iterator[Result]:
    """Run every case of a file."""
    for place, case in read_file(path):
        yield run(case, place)


def read_file(path: Path) -> Iterator[tuple[Place, Mapping[str, Any]]]:
    """Yield each case of a file with its place."""
    place = Place(str(path))
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise AccessError(f"file is larger than {_LARGEST_FILE} bytes", place)
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise AccessError(f"cannot be read as JSON: {error}", place) from error
    cases = content.get("cases") if isinstance(content, dict) else content
    if not isinstance(cases, list):
        raise AccessError(f"found {quoted(cases)}, expected a list of cases", place)
    for index, case in enumerate(cases):
        spot = place.child("cases", index)
        if not isinstance(case, dict):
            raise AccessError(f"found {quoted(case)}, expected a case", spot)
        yield spot, case


def run(case: Mapping[str, Any], place: Place) -> Result:
    """Run one case of either form."""
    title = ", ".join(str(case[key]) for key in ("id", "name") if key in case) or str(place)
    try:
        if "operator" in case:
            return Result(title, _truth(case["expected"]), _truth(_run_operator(case)))
        decision = evaluate(request_of(case), policies_of(case, place))
        reasons = "; ".join([*map(str, decision.deciding), *decision.missing, *decision.unknown])
        return Result(
            title, case["expected"]["decision"], decision.outcome, f" ({reasons})" if reasons else ""
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise AccessError(f"not a case: {type(error).__name__} {error}", place) from error


def request_of(case: Mapping[str, Any]) -> Request:
    """Read the request of a decision case."""
    asked = case["request"]
    return Request(
        caller=Caller.anonymous() if asked.get("anonymous") else Caller.from_arn(asked["principal"]),
        action=asked["action"],
        resource=asked["resource"],
        resource_account=asked.get("resource_account") or "",
        context=Context(asked.get("context") or {}),
        wildcard_only_action=bool(asked.get("wildcard_only_action")),
    )


def policies_of(case: Mapping[str, Any], place: Place) -> PolicySet:
    """Read the policies of a decision case; no boundaries, levels or endpoints means that none binds."""
    given, spot = case["policies"], place.child("policies")

    def parsed(kind: str, documents: Sequence[object]) -> tuple[Policy, ...]:
        named = _RESOURCE_KINDS.get(case["request"]["action"].lower().partition(":")[0], "resource")
        policy_kind = cast(PolicyKind, named if kind == "resource" else kind)
        return tuple(
            parse_policy(document, place=spot.child(kind, index), kind=policy_kind)
            for index, document in enumerate(documents)
        )

    def levels(kind: str, entries: Sequence[Mapping[str, Any]]) -> tuple[Level, ...]:
        return tuple(Level(entry["level"], parsed(kind, entry["policies"])) for entry in entries)

    resource, session = given.get("resource"), given.get("session")
    return PolicySet(
        identity=parsed("identity", given.get("identity") or ()),
        boundaries=parsed("boundary", given.get("boundaries") or ()) or None,
        session=parsed("session", [session]) if session else None,
        resource=parsed("resource", [resource])[0] if resource else None,
        grants=parsed("grant", given.get("grants") or ()),
        scps=levels("scp", given.get("scps") or ()) or None,
        rcps=levels("rcp", given.get("rcps") or ()) or None,
        endpoint=parsed("endpoint", given.get("vpce") or ()) or None,
    )


_RESOURCE_KINDS: Mapping[str, PolicyKind] = {"kms": "key", "sts": "trust"}


def _run_operator(case: Mapping[str, Any]) -> bool | None:
    context = {**case.get("other_context", {}), _KEY: case["context_value"]}
    condition = Condition(case["operator"], _KEY, tuple(case["policy_values"]))
    return holds(condition, Context(context), variables=True)


def _truth(value: bool | None) -> str:
    return "unknown" if value is None else str(value).lower()
