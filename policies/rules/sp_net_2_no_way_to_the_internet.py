"""The network has no way out and no way in."""

from collections.abc import Iterator

from policies.resource import Resource
from policies.rule import Rule
from policies.verdict import Verdict, broken, holds_unless

RULE = Rule(
    id="SP_NET_2",
    claim="ENV-2",
    title="Network has no way to or from the internet",
    why="A function that cannot reach the internet cannot send a picture there.",
    fix="Remove it; reach AWS services through VPC endpoints.",
    source="https://docs.aws.amazon.com/vpc/latest/privatelink/what-is-privatelink.html",
    resource_types=(
        "AWS::EC2::CarrierGateway",
        "AWS::EC2::DHCPOptions",
        "AWS::EC2::EIP",
        "AWS::EC2::EgressOnlyInternetGateway",
        "AWS::EC2::InternetGateway",
        "AWS::EC2::NatGateway",
        "AWS::EC2::Route",
        "AWS::EC2::SecurityGroup",
        "AWS::EC2::SecurityGroupEgress",
        "AWS::EC2::SecurityGroupIngress",
        "AWS::EC2::Subnet",
        "AWS::EC2::TransitGatewayAttachment",
        "AWS::EC2::VPCGatewayAttachment",
        "AWS::EC2::VPCPeeringConnection",
        "AWS::EC2::VPNConnection",
        "AWS::EC2::VPNGateway",
        "AWS::ElasticLoadBalancing::LoadBalancer",
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        "AWS::Route53Resolver::ResolverEndpoint",
        "AWS::Route53Resolver::ResolverRule",
    ),
)

_ANYWHERE = ("0.0.0.0/0", "::/0")


def judge(resource: Resource) -> Verdict:
    """A gateway's type alone decides; a route, a subnet or a group is judged by what it opens."""
    match resource.type:
        case "AWS::EC2::Subnet":
            return holds_unless(_public_addresses(resource))
        case "AWS::EC2::SecurityGroup":
            rules = (*resource.at("SecurityGroupIngress").each(), *resource.at("SecurityGroupEgress").each())
            if not resource.at("SecurityGroupEgress").present:
                return broken("SecurityGroupEgress is absent: EC2 would allow everything out")
            return holds_unless(
                f"{rule.path} opens {address}"
                for rule in rules
                for address in (rule.at("CidrIp").text(), rule.at("CidrIpv6").text())
                if address in _ANYWHERE
            )
        case "AWS::EC2::SecurityGroupIngress" | "AWS::EC2::SecurityGroupEgress":
            addresses = (resource.at("CidrIp").text(), resource.at("CidrIpv6").text())
            return holds_unless(f"it opens {address}" for address in addresses if address in _ANYWHERE)
        case "AWS::EC2::Route":
            destinations = (resource.at(f"Destination{k}").text() for k in ("CidrBlock", "Ipv6CidrBlock"))
            return holds_unless(f"it routes {address}" for address in destinations if address)
    return broken(f"{resource.type} leads out of the network")


def _public_addresses(subnet: Resource) -> Iterator[str]:
    if subnet.at("MapPublicIpOnLaunch").flag(default=False):
        yield "MapPublicIpOnLaunch is on"
    if subnet.at("AssignIpv6AddressOnCreation").flag(default=False):
        yield "AssignIpv6AddressOnCreation is on"
