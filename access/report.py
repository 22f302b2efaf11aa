"""Answers as tables for people and as JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from access.claims import Group, Proof, Witness
from access.compare import Change, Comparison
from access.decision import Decision, Outcome
from access.environment import Environment, Principal
from access.explain import Explanation
from access.reach import Reached
from access.request import Request
from access.who_can import Row

_COLOUR = {
    Outcome.ALLOW: "green",
    Outcome.EXPLICIT_DENY: "red",
    Outcome.IMPLICIT_DENY: "red",
    Outcome.UNKNOWN: "yellow",
}
_VERDICT_COLOUR = {
    "proved": "green",
    "refuted": "red",
    "unknown": "yellow",
    "unreachable": "green",
    "reached": "red",
}


class Report:
    """Collects what one verb has to say, and prints it once: as JSON, or as tables while it is given."""

    def __init__(self, *, as_json: bool, console: Console | None = None) -> None:
        self.as_json = as_json
        self.console = console or Console(soft_wrap=True, highlight=False)

    def environment(self, found: Environment) -> None:
        """What was loaded: how many of everything, what is missing, what was assumed."""
        kinds: dict[str, int] = {}
        for principal in found.principals:
            kinds[principal.kind] = kinds.get(principal.kind, 0) + 1
        held = sum(resource.policy is not None for resource in found.resources)
        self._give(
            {
                "accounts": list(found.accounts),
                "principals": kinds,
                "resources": {"total": len(found.resources), "with_policy": held},
                "endpoints": len(found.endpoints),
                "scp_accounts": sorted(found.scps),
                "unresolved": [str(gap) for gap in found.unresolved],
                "assumptions": list(found.assumptions),
            }
        )
        if self.as_json:
            return
        table = _table(f"accounts: {', '.join(found.accounts)}", "what", "how many")
        for kind, count in kinds.items():
            table.add_row(kind.replace("_", " "), str(count))
        table.add_row("resources with an ARN", str(len(found.resources)))
        table.add_row("  with a policy", str(held))
        table.add_row("VPC endpoints", str(len(found.endpoints)))
        table.add_row("accounts bound by SCPs and RCPs", str(len(found.scps)))
        self.console.print(table)
        self._list("not in the model", map(str, found.unresolved))
        self._list("taken as given", found.assumptions)

    def explanation(self, explained: Explanation) -> None:
        """One decision, with what decided it, what was missing, and what came nearest."""
        decision, asked = explained.decision, explained.request
        near = [str(miss) for miss in explained.near]
        self._give({**_request(asked), **_decision(decision), "near": near})
        if self.as_json:
            return
        colour = _COLOUR[decision.outcome]
        self.console.print(f"[{colour}]{decision.outcome}[/] {escape(str(asked))}")
        self._list("decided by", map(str, decision.deciding))
        self._list("needed", decision.missing)
        self._list("came nearest", near)
        self._list("would settle it", decision.unknown)

    def proof(self, proof: Proof) -> None:
        """A claim with its verdict, and the requests or reasons behind it."""
        self._give(
            {
                "claim": proof.claim,
                "verdict": proof.verdict,
                "counterexamples": [_witness(witness) for witness in proof.counterexamples],
                "reasons": list(proof.reasons),
                "settles": list(proof.settles),
            }
        )
        if self.as_json:
            return
        self.console.print(f"[{_VERDICT_COLOUR[proof.verdict]}]{proof.verdict}[/]: {escape(proof.claim)}")
        self._list("counterexamples", map(str, proof.counterexamples))
        self._list("not known because", proof.reasons)
        self._list("would settle it", proof.settles)

    def way(self, who: Group, found: Reached) -> None:
        """How a permission is come to, as one sentence and step by step; or that it is not."""
        self._give(
            {
                "verdict": found.verdict,
                "sentence": str(found),
                "start": found.start.arn if found.start else None,
                "steps": [
                    {
                        "words": step.words,
                        "certain": step.certain,
                        "witnesses": [_witness(witness) for witness in step.witnesses],
                        "settles": list(step.settles),
                    }
                    for step in found.steps
                ],
                "settles": list(found.settles),
            }
        )
        if self.as_json:
            return
        said = f"nobody of {who.name} comes to it, in any number of steps" if found.holds else str(found)
        self.console.print(f"[{_VERDICT_COLOUR[found.verdict]}]{found.verdict}[/]: {escape(said)}")
        for number, step in enumerate(found.steps, 1):
            self._list(f"{number}. {step.words}", [str(witness) for witness in step.witnesses])
        self._list("would settle it", found.settles)

    def comparison(self, compared: Comparison) -> None:
        """What is newly allowed and newly refused, and what may be."""
        groups = {
            "newly allowed": compared.newly_allowed,
            "newly refused": compared.newly_refused,
            "unknown": compared.unknown,
        }
        self._give({name.replace(" ", "_"): [_change(c) for c in found] for name, found in groups.items()})
        if self.as_json:
            return
        for name, found in groups.items():
            if not found:
                self.console.print(f"{name}: nothing")
                continue
            table = _table(name, "principal", "action", "resource", "for example, or why")
            for change in found:
                more = f" and {len(change.actions) - 1} more" if len(change.actions) > 1 else ""
                shown = _context(change.witness) if change.witness else change.reason
                cells = (_who(change.principal), change.actions[0] + more, change.resource, shown)
                table.add_row(*map(escape, cells))
            self.console.print(table)

    def matrices(self, action: str, matrices: Mapping[str, Sequence[Row]], *, denied_too: bool) -> None:
        """Who may do an action, for each resource; those who are denied only if asked for."""
        shown = {
            resource: [row for row in rows if denied_too or row.may != "denied"]
            for resource, rows in matrices.items()
        }
        self._give(
            {
                "action": action,
                "resources": [
                    {"resource": resource, "principals": [_row(row) for row in rows]}
                    for resource, rows in shown.items()
                ],
            }
        )
        if self.as_json:
            return
        for resource, rows in shown.items():
            table = _table(f"{action} on {resource}", "principal", "may", "when")
            for row in rows:
                table.add_row(escape(_who(row.principal)), row.may, escape(_when(row)))
            self.console.print(table if rows else escape(f"{action} on {resource}: nobody"))

    def _give(self, answer: Mapping[str, Any]) -> None:
        if self.as_json:
            self.console.print_json(json.dumps(answer), highlight=False)

    def _list(self, title: str, lines: Iterable[str]) -> None:
        found = tuple(lines)
        if found:
            self.console.print(f"{title}:")
        for line in found:
            self.console.print(f"  {escape(line)}")


def _table(title: str, *columns: str) -> Table:
    """A table that breaks long names rather than cutting them off."""
    folded = (Column(column, overflow="fold") for column in columns)
    return Table(*folded, title=escape(title), title_justify="left")


def _request(asked: Request) -> dict[str, Any]:
    return {
        "principal": str(asked.caller),
        "action": asked.action,
        "resource": asked.resource,
        "context": {key: list(values) for key, values in asked.context.items()},
    }


def _decision(decision: Decision) -> dict[str, Any]:
    return {
        "decision": str(decision.outcome),
        "deciding": [str(ref) for ref in decision.deciding],
        "missing": list(decision.missing),
        "unknown": list(decision.unknown),
    }


def _witness(witness: Witness) -> dict[str, Any]:
    return {"name": str(witness.principal), **_request(witness.request), **_decision(witness.decision)}


def _row(row: Row) -> dict[str, Any]:
    return {
        "principal": str(row.principal),
        "kind": row.principal.kind,
        "arn": row.principal.arn,
        "account": row.principal.account,
        "may": row.may,
        "condition": row.condition,
        "witness": _witness(row.witness) if row.witness else None,
        "settles": list(row.settles),
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "principal": str(change.principal),
        "arn": change.principal.arn,
        "direction": change.direction,
        "actions": list(change.actions),
        "resource": change.resource,
        "witness": _request(change.witness) if change.witness else None,
        "allowed_by": [str(ref) for ref in change.allowing.deciding] if change.allowing else [],
        "reason": change.reason,
    }


def _context(asked: Request) -> str:
    """The context of a request, a key a line; without one, the resource."""
    lines = "\n".join(f"{key} = {' + '.join(values)}" for key, values in asked.context.items())
    return lines or asked.resource


def _when(row: Row) -> str:
    """The condition of a row; for an unknown one only what it depends on, since the rest is not certain."""
    if row.may != "unknown":
        return row.condition
    policies = (*row.principal.identity, *(row.principal.boundaries or ()))
    causes = dict.fromkeys(gap.cause.expression for policy in policies for gap in policy.unresolved)
    return "depends on " + "; ".join(causes or row.settles)


def _who(principal: Principal) -> str:
    known = principal.account and principal.account not in str(principal)
    return f"{principal.account}/{principal}" if known else str(principal)
