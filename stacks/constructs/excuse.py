"""How a finding of Checkov's own checks is excused: on one resource, with the reason beside it."""

from __future__ import annotations

from aws_cdk import CfnResource


def excuse(resource: CfnResource, **reasons: str) -> None:
    """Tell Checkov which of its checks do not fit this resource, and every reader why.

    Source: https://www.checkov.io/2.Basics/Suppressing%20and%20Skipping%20Policies.html
    """
    skipped = [{"id": check, "comment": reason} for check, reason in reasons.items()]
    resource.add_metadata("checkov", {"skip": skipped})
