"""A network resolves the names of its own endpoints and no other name."""

import re
from collections.abc import Iterator

from policies.node import Node, UnresolvedError
from policies.resource import Resource
from policies.rule import Rule
from policies.verdict import HOLDS, Verdict, broken, holds_unless

RULE = Rule(
    id="SP_NET_3",
    claim="ENV-2",
    title="Name resolution leads to the endpoints only",
    why="A query carries data to whoever answers for the domain, although no route leads out.",
    fix="Associate one DNS Firewall rule group: allow the endpoints' names, and block * in the last rule.",
    source="https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-dns-firewall.html",
    resource_types=("AWS::EC2::VPC",),
)

_SERVICE = re.compile(r"com\.amazonaws\.([a-z0-9-]+)\.([a-z0-9-]+)")


def judge(resource: Resource) -> Verdict:
    """DNS is off; or one rule group whose last rule blocks everything and whose others allow endpoints."""
    if not resource.at("EnableDnsSupport").flag(default=True):
        return HOLDS
    associations = [
        association
        for association in _all(resource, "AWS::Route53Resolver::FirewallRuleGroupAssociation")
        if resource.is_meant_by(association.at("VpcId").reference())
    ]
    if len(associations) != 1:
        # With several, the priority of each would decide which of their rules is the last.
        return broken(f"it is associated with {len(associations)} rule groups of DNS Firewall, expected one")
    (association,) = associations
    group = _made_here(association.at("FirewallRuleGroupId"))
    return holds_unless((*_weak(association), *_problems(group, _names_of_endpoints(resource))))


def _weak(association: Resource) -> Iterator[str]:
    if association.at("MutationProtection").text() != "ENABLED":
        yield f"{association.logical_id}.MutationProtection is not ENABLED"


def _problems(group: Resource, endpoints: frozenset[str]) -> Iterator[str]:
    rules = sorted(group.at("FirewallRules").each(), key=lambda rule: rule.at("Priority").number(default=0))
    if not rules:
        yield f"{group.logical_id} has no rule, so every name is resolved"
        return
    for rule in rules:
        if rule.at("Action").text() == "BLOCK":
            if rule.at("BlockResponse").text() not in ("NODATA", "NXDOMAIN"):
                yield f"{rule.path}.BlockResponse is not NODATA or NXDOMAIN: it answers with another name"
            continue
        for name in _domains(rule):
            if name not in endpoints:
                yield f"{rule.path} resolves {name}, which is no endpoint of the network"
    last = rules[-1]
    if last.at("Action").text() != "BLOCK" or "*" not in _domains(last):
        yield f"{last.path} is the last rule and does not block *"
    if last.at("Qtype").present:
        yield f"{last.path} blocks queries of type {last.at('Qtype').text()} alone"


def _domains(rule: Node) -> list[str]:
    """The names of a rule's list, in lower case and without a dot at the end."""
    if not rule.at("FirewallDomainListId").present:
        raise UnresolvedError(f"{rule.path} has no list of domains")
    names = _made_here(rule.at("FirewallDomainListId"))
    if names.at("DomainFileUrl").present:
        raise UnresolvedError(f"{names.logical_id}.DomainFileUrl: the names are not in the template")
    return [name.text().lower().rstrip(".") for name in names.at("Domains").each()]


def _names_of_endpoints(vpc: Resource) -> frozenset[str]:
    """The names that the network's endpoints answer to; S3 has one for each bucket.

    In us-east-1 S3 also has names without a region.
    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
    """
    names: set[str] = set()
    for endpoint in _all(vpc, "AWS::EC2::VPCEndpoint"):
        service = _SERVICE.fullmatch(endpoint.at("ServiceName").text())
        if service is None or not vpc.is_meant_by(endpoint.at("VpcId").reference()):
            continue
        region, name = service.groups()
        suffixes = [f"{name}.{region}.amazonaws.com"]
        if (name, region) == ("s3", "us-east-1"):
            suffixes.append("s3.amazonaws.com")
        names.update(suffixes)
        if name == "s3":
            names.update(f"*.{suffix}" for suffix in suffixes)
    return frozenset(names)


def _all(resource: Resource, kind: str) -> tuple[Resource, ...]:
    return resource.template.assembly.of_type(kind)


def _made_here(node: Node) -> Resource:
    reference = node.reference()
    if reference is None:
        raise UnresolvedError(f"{node.path} is {node.raw}, which is not made by these stacks")
    return reference.template.resource(reference.logical_id)
