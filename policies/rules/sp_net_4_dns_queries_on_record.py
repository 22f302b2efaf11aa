"""What a network asks the name servers for is on record, under a key of our own."""

from policies.customer_key import names_our_key
from policies.node import UnresolvedError
from policies.resource import Resource
from policies.rule import Rule
from policies.verdict import HOLDS, Verdict, broken

RULE = Rule(
    id="SP_NET_4",
    claim="ENV-2",
    title="DNS queries are on record under our key",
    why="A query that was refused is the first sign of a function that was taken over.",
    fix="Associate a query logging configuration whose log group has KmsKeyId set to one of our keys.",
    source="https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-query-logs.html",
    resource_types=("AWS::EC2::VPC",),
)


def judge(resource: Resource) -> Verdict:
    """DNS is off, or a log group of ours receives the queries."""
    if not resource.at("EnableDnsSupport").flag(default=True):
        return HOLDS
    associated = [
        association.at("ResolverQueryLogConfigId")
        for association in resource.template.assembly.of_type(
            "AWS::Route53Resolver::ResolverQueryLoggingConfigAssociation"
        )
        if resource.is_meant_by(association.at("ResourceId").reference())
    ]
    if not associated:
        return broken("no query logging configuration is associated with it")
    for configuration in associated:
        reference = configuration.reference()
        if reference is None:
            raise UnresolvedError(f"{configuration.path} is {configuration.raw}, not made by these stacks")
        destination = reference.template.resource(reference.logical_id).at("DestinationArn")
        group = destination.reference()
        if group is None or group.resource_type != "AWS::Logs::LogGroup":
            return broken(f"{destination.path} is not a log group of these stacks")
        verdict = names_our_key(group.template.resource(group.logical_id).at("KmsKeyId"))
        if verdict is not HOLDS:
            return verdict
    return HOLDS
