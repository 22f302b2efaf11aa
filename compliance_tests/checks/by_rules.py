"""The part of a promise that rules already judge: the same rules that Checkov calls, over all stacks."""

from __future__ import annotations

from policies import catalogue
from policies.assembly import Assembly
from policies.finding import Finding, judge_assembly
from policies.verdict import cannot_tell

_RULES = {entry.rule.id: entry for entry in catalogue.rules()}


def by_rules(assembly: Assembly, *ids: str, needs: tuple[str, ...] = ()) -> tuple[Finding, ...]:
    """What these rules say about every resource they are about.

    needs: types without which the promise would be about nothing; a missing one is CANNOT_TELL.
    """
    absent = tuple(
        Finding("needs", assembly.name, cannot_tell(f"no {kind} in any stack: there is nothing to judge"))
        for kind in needs
        if not assembly.of_type(kind)
    )
    return (*judge_assembly(assembly, [_RULES[rule_id] for rule_id in ids]), *absent)
