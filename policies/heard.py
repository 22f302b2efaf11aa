"""Who hears an alarm: the way from a thing that happens to a topic, and from there to a person."""

from __future__ import annotations

from collections.abc import Iterator

from policies.assembly import Assembly
from policies.node import Node
from policies.resource import Resource

# Protocols that end at a person or at a pager; the others end at another machine.
# https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html
OF_PEOPLE = frozenset({"email", "email-json", "https", "sms"})


def referred(node: Node) -> Resource | None:
    """The resource that stands here by Ref, GetAtt or another stack's export."""
    reference = node.reference()
    return reference.template.resource(reference.logical_id) if reference else None


def unheard(destination: Node) -> str:
    """Why nobody hears what is sent there; nothing when somebody does."""
    topic = referred(destination)
    if topic is None or topic.type != "AWS::SNS::Topic":
        return f"{destination.path} is no topic of these stacks"
    if not any(_is_of_a_person(subscription) for subscription in _subscriptions(topic)):
        return f"{destination.path}: nobody is subscribed to {topic.logical_id}"
    return ""


def has_an_alarm(watched: Resource, namespace: str, metric: str, dimension: str) -> bool:
    """Whether an alarm that a person hears looks at this metric of this very resource."""
    return any(
        alarm.at("Namespace").text() == namespace
        and alarm.at("MetricName").text() == metric
        and any(_names(one, dimension, watched) for one in alarm.at("Dimensions").each())
        and not silent(alarm)
        for alarm in _assembly(watched).of_type("AWS::CloudWatch::Alarm")
    )


def silent(alarm: Resource) -> str:
    """Why nobody hears an alarm; nothing when somebody does."""
    if not alarm.at("ActionsEnabled").flag(default=True):
        return "ActionsEnabled is false"
    actions = alarm.at("AlarmActions").each()
    if not actions:
        return "it has no AlarmActions"
    reasons = [unheard(action) for action in actions]
    return "; ".join(reasons) if all(reasons) else ""


def _subscriptions(topic: Resource) -> Iterator[Node]:
    yield from topic.at("Subscription").each()
    for subscription in _assembly(topic).of_type("AWS::SNS::Subscription"):
        if topic.is_meant_by(subscription.at("TopicArn").reference()):
            yield subscription.properties


def _is_of_a_person(subscription: Node) -> bool:
    """Whether everything that is published reaches a person; a filter may drop what matters."""
    return (
        subscription.at("Protocol").text() in OF_PEOPLE
        and bool(subscription.at("Endpoint").text())
        and not subscription.at("FilterPolicy").present
    )


def _names(dimension: Node, name: str, watched: Resource) -> bool:
    return dimension.at("Name").text() == name and watched.is_meant_by(dimension.at("Value").reference())


def _assembly(resource: Resource) -> Assembly:
    return resource.template.assembly
