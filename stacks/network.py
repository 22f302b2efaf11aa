"""The network from which user data is reached."""

from __future__ import annotations

from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from stacks.workload_stack import WorkloadStack


class Network(WorkloadStack):
    """Promise ENV-2: a network without a way to the internet."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        self.vpc = ec2.CfnVPC(
            self, "Vpc", cidr_block="10.0.0.0/16", enable_dns_hostnames=True, enable_dns_support=True
        )

    @property
    def vpc_id(self) -> str:
        """The id that `aws:SourceVpc` carries."""
        return self.vpc.attr_vpc_id
