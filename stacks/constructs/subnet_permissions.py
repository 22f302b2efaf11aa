"""What an execution role must hold so that Lambda can put its function into our subnets."""

from __future__ import annotations

from stacks.constructs.isolated_network import IsolatedNetwork
from stacks.constructs.statement import Statement, allow, deny
from stacks.identities import Identities


def joining(network: IsolatedNetwork, identities: Identities, name: str) -> list[Statement]:
    """What Lambda needs to put the function into its subnet, refused to the function's own code.

    Describing works "only if it's allowed on all resources"; deleting needs one interface's id, which nobody
    knows beforehand, or all ids of the account. Of the two actions on addresses the page says nothing.
    https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions
    https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-best-practice
    """
    place = f"arn:aws:ec2:{identities.region}:{identities.account}"
    on_any = (
        "ec2:AssignPrivateIpAddresses",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSubnets",
        "ec2:UnassignPrivateIpAddresses",
    )
    return [
        allow(
            "JoinOwnSubnets",
            can="ec2:CreateNetworkInterface",
            on=[
                f"{place}:network-interface/*",
                f"{place}:security-group/{network.functions_security_group_id}",
                *(f"{place}:subnet/{subnet}" for subnet in network.subnet_ids),
            ],
        ),
        allow("LeaveThem", can="ec2:DeleteNetworkInterface", on=f"{place}:*/*"),
        allow("KeepTheInterface", can=on_any),
        deny(
            "NotByTheCodeItself",
            cannot=["ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface", *on_any],
            where={"ArnEquals": {"lambda:SourceFunctionArn": identities.function(name)}},
        ),
    ]
