"""A network that leads to four AWS services and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from stacks.constructs.acknowledge import acknowledge
from stacks.constructs.endpoint_policies import of_gateways, of_interfaces
from stacks.constructs.statement import Statement, policy
from stacks.identities import Identities
from stacks.settings import PrefixLists

ZONES = 3
HTTPS: dict[str, Any] = {"ipProtocol": "tcp", "fromPort": 443, "toPort": 443}


@dataclass(frozen=True, kw_only=True)
class IsolatedNetworkProps:
    """Who may pass the endpoints, and where two of them lie."""

    identities: Identities
    prefix_lists: PrefixLists


class IsolatedNetwork(Construct):
    """Promise ENV-2: subnets in three zones, no gateway out, no route but to the endpoints.

    Each endpoint has a policy that says who may use it for what: even a function that was taken over, with
    credentials of somebody else's account in its hands, can carry nothing out through it.
    https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html

    The VPC's own default security group cannot be emptied by CloudFormation without a custom resource, whose
    function would hold rights on the network; nothing is ever put into that group instead.
    """

    def __init__(self, scope: Construct, construct_id: str, props: IsolatedNetworkProps) -> None:
        super().__init__(scope, construct_id)
        self.vpc = ec2.CfnVPC(
            self, "Default", cidr_block="10.0.0.0/16", enable_dns_hostnames=True, enable_dns_support=True
        )
        acknowledge(
            self.vpc,
            {
                "NIST.800.53.R5-VPCDefaultSecurityGroupClosed": "nothing is ever put into that group; only a "
                "custom resource with rights on the network could empty it"
            },
        )
        self.vpc_id = self.vpc.attr_vpc_id
        self._region = props.identities.region
        routes = ec2.CfnRouteTable(self, "Routes", vpc_id=self.vpc_id)
        self.subnet_ids = [self._subnet(zone, routes) for zone in range(ZONES)]
        endpoints = ec2.CfnSecurityGroup(
            self,
            "EndpointsSecurityGroup",
            group_description="The interface endpoints; only our functions reach them.",
            vpc_id=self.vpc_id,
            # A group without a rule of its own would get one that allows everything; this one leads nowhere.
            # https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-securitygroup.html
            security_group_egress=[
                {**HTTPS, "cidrIp": "127.0.0.1/32", "description": "Answers only; no connection of its own"}
            ],
        )
        functions = ec2.CfnSecurityGroup(
            self,
            "FunctionsSecurityGroup",
            group_description="Our functions; nothing reaches them, they reach the endpoints.",
            vpc_id=self.vpc_id,
            security_group_egress=[
                {
                    **HTTPS,
                    "destinationSecurityGroupId": endpoints.attr_group_id,
                    "description": "KMS and STS",
                },
                {**HTTPS, "destinationPrefixListId": props.prefix_lists.s3, "description": "S3"},
                {**HTTPS, "destinationPrefixListId": props.prefix_lists.dynamodb, "description": "DynamoDB"},
            ],
        )
        ec2.CfnSecurityGroupIngress(
            self,
            "FunctionsReachEndpoints",
            group_id=endpoints.attr_group_id,
            source_security_group_id=functions.attr_group_id,
            ip_protocol=HTTPS["ipProtocol"],
            from_port=HTTPS["fromPort"],
            to_port=HTTPS["toPort"],
            description="Our functions",
        )
        self.functions_security_group_id = functions.attr_group_id
        gateways, interfaces = of_gateways(props.identities), of_interfaces(props.identities)
        self.services = tuple(sorted((*gateways, *interfaces)))
        for service, statement in gateways.items():
            self._endpoint(
                service, statement, vpc_endpoint_type="Gateway", route_table_ids=[routes.attr_route_table_id]
            )
        for service, statement in interfaces.items():
            self._endpoint(
                service,
                statement,
                vpc_endpoint_type="Interface",
                private_dns_enabled=True,
                subnet_ids=self.subnet_ids,
                security_group_ids=[endpoints.attr_group_id],
            )

    def _subnet(self, zone: int, routes: ec2.CfnRouteTable) -> str:
        subnet = ec2.CfnSubnet(
            self,
            f"Subnet{zone + 1}",
            vpc_id=self.vpc_id,
            # Zone names differ from account to account; asking for them would need one while synthesizing.
            availability_zone=cdk.Fn.select(zone, cdk.Fn.get_azs()),
            cidr_block=f"10.0.{zone * 16}.0/20",
            map_public_ip_on_launch=False,
        )
        ec2.CfnSubnetRouteTableAssociation(
            self,
            f"Subnet{zone + 1}Routes",
            subnet_id=subnet.attr_subnet_id,
            route_table_id=routes.attr_route_table_id,
        )
        return subnet.attr_subnet_id

    def _endpoint(self, service: str, statement: Statement, **properties: Any) -> None:
        ec2.CfnVPCEndpoint(
            self,
            f"{service.capitalize()}Endpoint",
            vpc_id=self.vpc_id,
            service_name=f"com.amazonaws.{self._region}.{service}",
            policy_document=policy(statement),
            **properties,
        )
