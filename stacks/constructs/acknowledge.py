"""How a finding of an outside tool that is by design is acknowledged: on one resource, with the reason."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from aws_cdk import CfnResource

# The form of each tool's ids, which says whose finding it is.
_CHECKOV = re.compile(r"CKV2?_[A-Z]+_[0-9]+")
_CFN_LINT = re.compile(r"[EWI][0-9]{4}")
_CDK_NAG = re.compile(r"(AwsSolutions|NIST\.800\.53\.R5)-[A-Za-z0-9]+(\[.+\])?")

# Why a policy stands in its role, and not in a resource of its own as cdk-nag wants it.
INLINE_POLICY = {
    "NIST.800.53.R5-IAMNoInlinePolicy": "an inline policy belongs to one role and cannot be attached to a "
    "second by mistake"
}

# Why a policy has many patterns; with one, its id in brackets says which.
PATTERNS = {
    "AwsSolutions-IAM5": "AWS makes up these ids, or only names of this environment begin like this; "
    "SP_IAM_2 refuses every other pattern"
}


def acknowledge(resource: CfnResource, reasons: Mapping[str, str]) -> None:
    """Tell every tool which of its findings are by design on this resource, and every reader why.

    `reasons` maps the tool's own id of a finding (of Checkov, cfn-lint or cdk-nag) to at least five words.
    Each is written where its tool looks, and with cfn-lint, which keeps no reasons, the reason beside it.
    Raises: ValueError when an id belongs to no tool, or a reason says too little.
    Source: https://www.checkov.io/2.Basics/Suppressing%20and%20Skipping%20Policies.html
            https://github.com/aws-cloudformation/cfn-lint#resource-based-metadata
            https://github.com/cdklabs/cdk-nag#rules-and-property-overrides
    """
    for finding, reason in reasons.items():
        if not any(form.fullmatch(finding) for form in (_CHECKOV, _CFN_LINT, _CDK_NAG)):
            raise ValueError(f"finding: got {finding!r}, expected an id of Checkov, cfn-lint or cdk-nag")
        if len(reason.split()) < 5:
            raise ValueError(f"{finding}: got the reason {reason!r}, expected at least five words")
    every = {**_said_before(resource), **reasons}
    if skipped := [{"id": id_, "comment": why} for id_, why in every.items() if _CHECKOV.fullmatch(id_)]:
        resource.add_metadata("checkov", {"skip": skipped})
    if ignored := {id_: why for id_, why in every.items() if _CFN_LINT.fullmatch(id_)}:
        resource.add_metadata("cfn-lint", {"config": {"ignore_checks": sorted(ignored)}, "reasons": ignored})
    if accepted := [{"id": id_, "reason": why} for id_, why in every.items() if _CDK_NAG.fullmatch(id_)]:
        resource.add_metadata("cdk_nag", {"rules_to_suppress": accepted})


def _said_before(resource: CfnResource) -> dict[str, str]:
    metadata: Mapping[str, Any] = {
        key: resource.get_metadata(key) or {} for key in ("checkov", "cfn-lint", "cdk_nag")
    }
    return {
        **{one["id"]: one["comment"] for one in metadata["checkov"].get("skip", [])},
        **metadata["cfn-lint"].get("reasons", {}),
        **{one["id"]: one["reason"] for one in metadata["cdk_nag"].get("rules_to_suppress", [])},
    }
