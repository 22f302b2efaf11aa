"""How a finding of Checkov's own checks is excused: on one resource, with the reason beside it."""

from __future__ import annotations

from aws_cdk import CfnResource


def excuse(resource: CfnResource, check: str, because: str) -> None:
    """Tell Checkov that a check does not fit this resource, and every reader why.

    Source: https://www.checkov.io/2.Basics/Suppressing%20and%20Skipping%20Policies.html
    """
    excuses = (resource.get_metadata("checkov") or {}).get("skip", [])
    resource.add_metadata("checkov", {"skip": [*excuses, {"id": check, "comment": because}]})
