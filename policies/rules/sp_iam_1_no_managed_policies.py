"""Every permission is written in these templates."""

from policies.resource import Resource
from policies.rule import Rule
from policies.verdict import Verdict, holds_unless

RULE = Rule(
    id="SP_IAM_1",
    claim="ENV-4",
    title="No principal has a policy that is written elsewhere",
    why="AWS changes its managed policies when it likes: what they allow is in no review of ours.",
    fix="Write the few actions that are needed into an inline policy.",
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html",
    resource_types=("AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group"),
)


def judge(resource: Resource) -> Verdict:
    """A managed policy may be attached only when one of these stacks makes it."""
    problems = []
    for policy in resource.at("ManagedPolicyArns").each():
        reference = policy.reference()
        if reference is None or reference.resource_type != "AWS::IAM::ManagedPolicy":
            problems.append(f"{policy.text()} is attached")
    return holds_unless(problems)
