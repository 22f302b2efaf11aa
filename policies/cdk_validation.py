"""Offers every rule to the CDK, which puts what breaks one into its validation report.

AWS's page says that the synthesis then fails and that the report is printed. A synth in process, or of the
app alone, fails on it. The CDK's command line does not: with 2.1148 `cdk synth` writes the report, says
nothing and exits 0. So no app registers this yet: whoever does must have the app look at
`validation-report.json` itself. Until then `soulpicks verify` is the gate.

A stack that refers to another is judged with all templates of its environment, like everywhere else.
Source: https://docs.aws.amazon.com/cdk/v2/guide/policy-validation-synthesis.html
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import aws_cdk as cdk
import jsii

from policies import catalogue
from policies.assembly import Assembly
from policies.resource import Resource
from policies.rule import CataloguedRule
from policies.verdict import Verdict

_Failure = tuple[CataloguedRule, Resource, Verdict]


@jsii.implements(cdk.IPolicyValidationPlugin)
class RulesAtSynthesis:
    """The validation plugin; register it with `cdk.Validations.of(app).add_plugins(RulesAtSynthesis())`."""

    @property
    def name(self) -> str:
        """What the CDK's report calls it."""
        return "soulpicks-rules"

    @property
    def version(self) -> str:
        """The report's wording may change with it."""
        return "1"

    @property
    def rule_ids(self) -> list[str]:
        """The rules it judges by."""
        return [entry.rule.id for entry in catalogue.rules()]

    def validate(self, context: cdk.IPolicyValidationContext) -> cdk.PolicyValidationPluginReport:
        """Judge every template; BROKEN and CANNOT_TELL both fail the synthesis."""
        folders = sorted({Path(path).resolve().parent for path in context.template_paths})
        failures = [failure for folder in folders for failure in _failures(Assembly.load(folder))]
        return cdk.PolicyValidationPluginReport(
            success=not failures, violations=[_violation(*failure) for failure in failures]
        )


def _failures(assembly: Assembly) -> Iterable[_Failure]:
    for entry in catalogue.rules():
        for resource in assembly.of_type(*entry.rule.resource_types):
            verdict = entry.verdict(resource)
            if verdict.fails:
                yield entry, resource, verdict


def _violation(entry: CataloguedRule, resource: Resource, verdict: Verdict) -> cdk.PolicyViolation:
    return cdk.PolicyViolation(
        rule_name=entry.rule.id,
        description=f"{entry.rule.title}: {verdict}",
        fix=entry.rule.fix,
        severity="error",
        violating_resources=[
            cdk.PolicyViolatingResource(
                resource_logical_id=resource.logical_id,
                template_path=str(resource.template.path),
                locations=[],
            )
        ],
    )
