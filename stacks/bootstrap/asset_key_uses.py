"""Who uses the key of the assets bucket, and for what."""

from __future__ import annotations

from stacks.constructs.master_key import CRYPTOGRAPHIC_ACTIONS
from stacks.constructs.statement import Statement, all_of, allow, deny, role_is
from stacks.identities import Identities


def of_assets_key(identities: Identities) -> list[Statement]:
    """ENC-3: through S3 alone; the publisher writes, and who deploys reads templates and code."""
    here = identities.everyone_here
    through_s3 = {"StringEquals": {"kms:ViaService": f"s3.{identities.region}.amazonaws.com"}}
    publisher, deploy = identities.cdk_role("file-publishing"), identities.cdk_role("deploy")
    return [
        # An upload in parts needs both.
        # https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html#mpuAndPermissions
        allow(
            "AssetsAreWritten",
            to=here,
            can=["kms:Decrypt", "kms:GenerateDataKey"],
            where=all_of(role_is(publisher), through_s3),
        ),
        allow(
            "AssetsAreRead",
            to=here,
            can="kms:Decrypt",
            where=all_of(role_is(deploy, identities.deployer), through_s3),
        ),
        deny(
            "OnlyThroughS3",
            to=here,
            cannot=CRYPTOGRAPHIC_ACTIONS,
            where={
                "StringNotEquals": {"kms:ViaService": f"s3.{identities.region}.amazonaws.com"},
            },
        ),
    ]
