"""A verdict about a place, and the judgement of a whole environment as a list of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from policies.assembly import Assembly
from policies.resource import Resource
from policies.rule import CataloguedRule
from policies.verdict import Verdict, overall


@dataclass(frozen=True)
class Finding:
    """What one check says about one place."""

    check: str
    place: str
    verdict: Verdict

    def __str__(self) -> str:
        return f"{self.check} at {self.place}: {self.verdict.reason or self.verdict.status.value}"


def judge_resource(rule: CataloguedRule, resource: Resource) -> Finding:
    """One rule on one resource."""
    return Finding(rule.rule.id, resource.place, rule.verdict(resource))


def judge_assembly(assembly: Assembly, rules: Iterable[CataloguedRule]) -> tuple[Finding, ...]:
    """These rules on every resource they are about, over all stacks of an environment."""
    return tuple(
        judge_resource(rule, resource)
        for rule in rules
        for resource in assembly.of_type(*rule.rule.resource_types)
    )


def summary(findings: Iterable[Finding]) -> Verdict:
    """One verdict for many findings; its reason names every place that made it bad."""
    every = tuple(findings)
    status = overall(finding.verdict for finding in every)
    guilty = [str(finding) for finding in every if finding.verdict.status is status.status]
    if not status.fails or not guilty:
        return status
    return Verdict(status.status, "\n".join(dict.fromkeys(guilty)))
