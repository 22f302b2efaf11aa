"""Offers every rule of policies/rules to Checkov, and closes the ways in which Checkov fails open.

Checkov drops what it does not understand: a check that does not import is a log line, one that raises
becomes UNKNOWN and leaves the report, a resource whose Condition is false under the parameters' defaults
is never offered, and a parameter's default is taken for its value. So: what does not import registers
one check that fails everything; no judgement raises; the template is read again from its file, with its
neighbours, and never taken from Checkov; and a resource that Checkov may leave out fails a check of its own.

One way stays open here: a template that Checkov cannot parse at all is offered to nobody. The test suite
compares the resources that Checkov was offered with those on disk; `soulpicks verify` does without Checkov.
Source: https://www.checkov.io/3.Custom%20Policies/Python%20Custom%20Policies.html
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from checkov.cloudformation.checks.resource.base_resource_check import BaseResourceCheck
from checkov.common.models.enums import CheckCategories, CheckResult

try:
    from policies import catalogue
    from policies.assembly import Assembly
    from policies.resource import Resource
    from policies.rule import CataloguedRule
    from policies.verdict import Status

    RULES = catalogue.rules()
    FAILED_TO_LOAD = ""
except Exception as cause:  # noqa: BLE001 - whatever keeps the rules from loading must fail the scan
    RULES = ()
    FAILED_TO_LOAD = f"the rules did not load: {type(cause).__name__}: {cause}"


class RuleCheck(BaseResourceCheck):
    """One rule, as Checkov calls it."""

    def __init__(self, rule: CataloguedRule) -> None:
        super().__init__(
            name=rule.rule.title,
            id=rule.rule.id,
            categories=[CheckCategories.GENERAL_SECURITY],
            supported_resources=list(rule.rule.resource_types),
            guideline=rule.rule.source,
        )
        self.rule = rule

    def scan_resource_conf(self, conf: dict[str, Any]) -> CheckResult:
        """The rule's verdict; CANNOT_TELL, and any defect of ours, is a failure."""
        try:
            verdict = self.rule.verdict(_resource(conf, self.entity_path.rpartition(":")[2]))
        except Exception as defect:  # noqa: BLE001 - Checkov would drop the record
            self.details = [f"{type(defect).__name__}: {defect}"]
            return CheckResult.FAILED
        self.details = [str(verdict)]
        if verdict.fails:
            return CheckResult.FAILED
        return CheckResult.PASSED if verdict.status is Status.HOLDS else CheckResult.UNKNOWN


# Types that may have a Condition: no check of Checkov is about them, and no rule of ours is either.
# An account holds one provider of a token's issuer, so a second region makes none.
_MAY_BE_PASSED_OVER = frozenset({"AWS::IAM::OIDCProvider"})


class EveryResourceIsOffered(BaseResourceCheck):
    """Fails a template in which Checkov may pass over a resource, once, at its first resource."""

    def __init__(self) -> None:
        super().__init__(
            name="No resource has a Condition, which would let Checkov pass over it",
            id="SP_CHECKOV_1",
            categories=[CheckCategories.GENERAL_SECURITY],
            supported_resources=["*"],
        )

    def scan_resource_conf(self, conf: dict[str, Any]) -> CheckResult:
        """Judged where it is sure to be called: at the first resource without a Condition."""
        try:
            resource = _resource(conf, self.entity_path.rpartition(":")[2])
        except Exception as defect:  # noqa: BLE001 - Checkov would drop the record
            self.details = [f"{type(defect).__name__}: {defect}"]
            return CheckResult.FAILED
        every = resource.template.resources
        first = next((r.logical_id for r in every if "Condition" not in r.body), "")
        conditional = [
            r.logical_id for r in every if "Condition" in r.body and r.type not in _MAY_BE_PASSED_OVER
        ]
        if resource.logical_id in conditional or (conditional and resource.logical_id == first):
            self.details = [f"conditional resources: {', '.join(conditional)}"]
            return CheckResult.FAILED
        return CheckResult.PASSED


class RulesDidNotLoad(BaseResourceCheck):
    """Stands in for all rules when they cannot be imported, and fails every resource."""

    def __init__(self) -> None:
        super().__init__(
            name=FAILED_TO_LOAD,
            id="SP_CHECKOV_2",
            categories=[CheckCategories.GENERAL_SECURITY],
            supported_resources=["*"],
        )

    def scan_resource_conf(self, conf: dict[str, Any]) -> CheckResult:  # noqa: ARG002 - Checkov's signature
        """Always a failure: nothing was judged."""
        self.details = [FAILED_TO_LOAD]
        return CheckResult.FAILED


_read: dict[tuple[Path, int], Assembly] = {}


def _resource(conf: dict[str, Any], logical_id: str) -> Resource:
    """The resource as its template has it, with the neighbouring stacks that it may refer to.

    Checkov leaves the file's path inside the properties. A resource without properties has no such path
    and is judged alone, which no rule that asks for something can hold.
    """
    properties = conf.get("Properties") or {}
    if "__file__" not in properties:
        body = {key: value for key, value in conf.items() if not key.startswith("__")}
        alone = Assembly("alone", {Path("alone.yaml"): {"Resources": {logical_id: body}}})
        return alone.templates[0].resource(logical_id)
    path = Path(properties["__file__"]).resolve()
    version = (path, path.stat().st_mtime_ns)
    if version not in _read:
        _read[version] = Assembly.of_file(path)
    return _read[version].template_at(path).resource(logical_id)


if FAILED_TO_LOAD:
    CHECKS: tuple[BaseResourceCheck, ...] = (RulesDidNotLoad(),)
else:
    CHECKS = (EveryResourceIsOffered(), *(RuleCheck(rule) for rule in RULES))
