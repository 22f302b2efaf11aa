"""Topics and queues take messages over TLS only."""

from policies.resource import Resource
from policies.rule import Rule
from policies.statement import Statement, statements
from policies.verdict import Verdict, broken, holds_unless

RULE = Rule(
    id="SP_MSG_2",
    claim="ENC-2",
    title="Topic or queue refuses requests without TLS",
    why="A topic without encryption also takes plain HTTP; a policy refuses it whatever the encryption is.",
    fix="Deny publishing or sending to everyone where aws:SecureTransport is false.",
    source="https://docs.aws.amazon.com/sns/latest/dg/sns-security-best-practices.html",
    resource_types=("AWS::SNS::Topic", "AWS::SQS::Queue"),
)

_POLICY = {
    "AWS::SNS::Topic": ("AWS::SNS::TopicPolicy", "Topics"),
    "AWS::SQS::Queue": ("AWS::SQS::QueuePolicy", "Queues"),
}
_SENDING = {"AWS::SNS::Topic": ("sns:Publish",), "AWS::SQS::Queue": ("sqs:SendMessage", "sqs:ReceiveMessage")}


def judge(resource: Resource) -> Verdict:
    """A policy of the same stack denies it; no statement opens it to everyone."""
    policy_type, targets = _POLICY[resource.type]
    policies = [
        policy
        for policy in resource.template.of_type(policy_type)
        if any(resource.is_meant_by(target.reference()) for target in policy.at(targets).each())
    ]
    if not policies:
        return broken("no policy belongs to it")
    every = [statement for policy in policies for statement in statements(policy.at("PolicyDocument"))]
    open_to_all = [
        f"{s.name} allows everyone" for s in every if s.allows and s.for_everyone and not s.conditions
    ]
    unsafe = [
        f"no statement denies {action} without TLS"
        for action in _SENDING[resource.type]
        if not any(_denies_plain(s, action) for s in every)
    ]
    return holds_unless(open_to_all + unsafe)


def _denies_plain(statement: Statement, action: str) -> bool:
    return (
        not statement.allows
        and ("AWS", "*") in statement.principals
        and statement.covers(action)
        and statement.condition_keys() == {"aws:securetransport"}
        and statement.condition("Bool", "aws:SecureTransport") == ("false",)
    )
