"""Every role that a deployment makes is bounded."""

from policies.node import Node
from policies.resource import Resource
from policies.rule import Rule
from policies.verdict import DOES_NOT_APPLY, HOLDS, Verdict, broken

RULE = Rule(
    id="SP_IAM_6",
    claim="ENV-4",
    title="Role carries the permissions boundary of its account",
    why="A role without it can be given everything by whoever deploys; the bootstrap refuses to make one.",
    fix="Make the role in a WorkloadStack, which adds the boundary.",
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html",
    resource_types=("AWS::IAM::Role",),
)


def judge(resource: Resource) -> Verdict:
    """The boundary is a policy that these templates make; a bootstrap is where boundaries come from."""
    if any(each.at("Name").text().startswith("/cdk-bootstrap/") for each in _parameters(resource)):
        return DOES_NOT_APPLY
    boundary = resource.at("PermissionsBoundary")
    if not boundary.present:
        return broken("no PermissionsBoundary")
    if not any(_is(boundary, each) for each in resource.template.assembly.of_type("AWS::IAM::ManagedPolicy")):
        return broken(f"PermissionsBoundary is {boundary.text()}, which no template makes")
    return HOLDS


def _parameters(resource: Resource) -> tuple[Resource, ...]:
    return resource.template.of_type("AWS::SSM::Parameter")


def _is(boundary: Node, policy: Resource) -> bool:
    found = boundary.reference()
    if found is not None:
        return (found.template, found.logical_id) == (policy.template, policy.logical_id)
    name = policy.at("ManagedPolicyName")
    return name.present and boundary.text().rpartition(":policy/")[2] == name.text()
