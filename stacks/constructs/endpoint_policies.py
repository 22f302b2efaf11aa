"""What passes each VPC endpoint: whose calls, for which actions, on whose resources."""

from __future__ import annotations

from stacks.constructs.statement import ANYONE, Statement, all_of, allow, role_is
from stacks.identities import Identities


def of_gateways(identities: Identities) -> dict[str, Statement]:
    """S3 and DynamoDB: the principal of a gateway endpoint's policy must be `*`, so the role is a condition.

    Source: https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html#vpc-endpoint-policies-gateway
    """
    sessions_on_ours = all_of(
        role_is(identities.user_data), {"StringEquals": {"aws:ResourceAccount": identities.account}}
    )
    return {
        "s3": allow(
            "OurSessionsOnOurBuckets",
            to=ANYONE,
            can=["s3:DeleteObject", "s3:GetObject", "s3:PutObject"],
            where=sessions_on_ours,
        ),
        "dynamodb": allow(
            "OurSessionsOnOurTables",
            to=ANYONE,
            can=[f"dynamodb:{verb}Item" for verb in ("Delete", "Get", "Put", "Update")] + ["dynamodb:Query"],
            on=f"arn:aws:dynamodb:{identities.region}:{identities.account}:table/*",
            where=sessions_on_ours,
        ),
    }


def of_interfaces(identities: Identities) -> dict[str, Statement]:
    """KMS for the sessions of people, and STS for their tokens."""
    return {
        "kms": allow(
            "OurSessionsOnOurKeys",
            to=ANYONE,
            can=["kms:Decrypt", "kms:GenerateDataKey"],
            on=f"arn:aws:kms:{identities.region}:{identities.account}:key/*",
            where=role_is(identities.user_data),
        ),
        # Whoever brings a token has no AWS identity yet, and none of the keys that tell who calls: the role's
        # trust judges the token, and from here a token of ours buys no session of another role.
        # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sts_vpc_endpoint_policies.html
        "sts": allow(
            "TokensBuySessionsOfOneRole",
            to=ANYONE,
            can=["sts:AssumeRoleWithWebIdentity", "sts:TagSession"],
            on=identities.user_data,
            where={"StringEquals": {"aws:ResourceAccount": identities.account}},
        ),
    }
