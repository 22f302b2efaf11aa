"""What a deployment is refused, whatever else is ever allowed to it."""

from __future__ import annotations

from stacks.constructs.statement import Statement, deny
from stacks.identities import Identities

# Whatever gives a role a permission, or changes who takes it.
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
GIVING = (
    "iam:AttachRolePolicy",
    "iam:CreateRole",
    "iam:PutRolePermissionsBoundary",
    "iam:PutRolePolicy",
    "iam:UpdateAssumeRolePolicy",
)


def never(identities: Identities) -> list[Statement]:
    """No role without the boundary, no way to loosen it, and nothing of the bootstrap itself."""
    account = f"arn:aws:iam::{identities.account}"
    return [
        # Also where the call names no boundary: a role without one is what this is about.
        # https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html#access_policies_boundaries-delegate
        deny(
            "NoRoleWithoutTheBoundary",
            cannot=GIVING,
            where={"StringNotEquals": {"iam:PermissionsBoundary": identities.boundary}},
        ),
        deny(
            "TheBoundaryStays",
            cannot=["iam:DeleteRolePermissionsBoundary", "iam:DeleteUserPermissionsBoundary"],
        ),
        deny(
            "TheBootstrapIsNotTouched",
            cannot="iam:*",
            on=[
                f"{account}:policy/soulpicks-bootstrap-*",
                f"{account}:role/cdk-soulpicks-*",
                f"{account}:role/soulpicks-bootstrap-*",
            ],
        ),
        deny("NoPeople", cannot=["iam:*AccessKey*", "iam:*LoginProfile*", "iam:*User", "iam:*UserPolicy"]),
    ]
