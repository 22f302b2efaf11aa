"""Name resolution that answers for the services behind our endpoints and for no other name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import CfnResource
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_route53resolver as resolver
from constructs import Construct

# "The allowed values for Priority are between 100 and 9900", both left out.
# https://docs.aws.amazon.com/Route53/latest/APIReference/API_route53resolver_AssociateFirewallRuleGroup.html
FIRST_PRIORITY = 101


def names_of(services: Sequence[str], region: str) -> list[str]:
    """The names under which the SDK calls these services in one region.

    S3 has a name for each bucket. In us-east-1 botocore still uses S3's names without a region.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
    """
    names = [f"{service}.{region}.amazonaws.com" for service in sorted(services)]
    if "s3" in services:
        names.append(f"*.s3.{region}.amazonaws.com")
        if region == "us-east-1":
            names += ["s3.amazonaws.com", "*.s3.amazonaws.com"]
    return names


@dataclass(frozen=True, kw_only=True)
class DnsFirewallProps:
    """Whose name resolution, and the names that it answers for; `*.` at the beginning means any label."""

    vpc: ec2.CfnVPC
    allowed_names: Sequence[str]

    def __post_init__(self) -> None:
        if not self.allowed_names:
            raise ValueError("allowed_names must hold at least one name, got none")
        if wide := [name for name in self.allowed_names if not name.endswith(".amazonaws.com")]:
            raise ValueError(f"allowed_names must be names of AWS services, got {wide}")


class DnsFirewall(Construct):
    """Promise ENV-2: nothing is carried out of the network in the names that it asks for.

    A query for a name of somebody else's domain ends at that somebody's server, whatever routes exist.
    https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-dns-firewall.html

    A query that DNS Firewall does not answer is refused: "by default, the failure mode is closed".
    CloudFormation's type for that setting is newer than the CDK and the schemas that we pin, so the default
    is what holds; a test says when the type can be used.
    https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-dns-firewall-vpc-configuration.html
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-route53resolver-firewallconfig.html
    """

    def __init__(self, scope: Construct, construct_id: str, props: DnsFirewallProps) -> None:
        super().__init__(scope, construct_id)
        allowed = resolver.CfnFirewallDomainList(self, "Services", domains=list(props.allowed_names))
        everything = resolver.CfnFirewallDomainList(self, "Everything", domains=["*"])
        rules = resolver.CfnFirewallRuleGroup(
            self,
            "Rules",
            firewall_rules=[
                {
                    "priority": 1,
                    "action": "ALLOW",
                    "firewallDomainListId": allowed.attr_id,
                    # A bucket's name is an alias of a name that AWS chooses; by default each name of such a
                    # chain must be in the list.
                    # https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-dns-firewall-rule-settings.html
                    "firewallDomainRedirectionAction": "TRUST_REDIRECTION_DOMAIN",
                },
                # What no rule matches would be answered, so the last rule matches everything.
                {
                    "priority": 2,
                    "action": "BLOCK",
                    "blockResponse": "NXDOMAIN",
                    "firewallDomainListId": everything.attr_id,
                },
            ],
        )
        self._named = (rules, props.vpc)
        self._association = resolver.CfnFirewallRuleGroupAssociation(
            self,
            "Default",
            firewall_rule_group_id=rules.attr_id,
            vpc_id=props.vpc.attr_vpc_id,
            priority=FIRST_PRIORITY,
            # Nobody changes or removes the association before somebody has turned this off.
            # https://docs.aws.amazon.com/Route53/latest/APIReference/API_route53resolver_AssociateFirewallRuleGroup.html
            mutation_protection="ENABLED",
        )

    def made_last(self, others: Sequence[CfnResource]) -> None:
        """Make the association after all of these; what its properties name comes before it anyway.

        CloudFormation cannot remove a protected association, so a first deployment that fails after it was
        made could not be undone.
        """
        for other in others:
            if other is not self._association and other not in self._named:
                self._association.add_resource_dependency(other)
