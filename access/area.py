"""The resources of two sets, in areas that a comparison asks about one by one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from access.actions import ActionInfo
from access.environment import Environment
from access.symbolic.cells import one_resource, resources
from access.symbolic.domains import Key

# How ARNs go on below those of a resource: objects, indexes, streams, versions, routes.
_BELOW = {
    "AWS::ApiGateway::RestApi": ("/*",),
    "AWS::ApiGatewayV2::Api": ("/*",),
    "AWS::DynamoDB::GlobalTable": ("/*",),
    "AWS::DynamoDB::Table": ("/*",),
    "AWS::Lambda::Function": (":*",),
    "AWS::Logs::LogGroup": (":*",),
    "AWS::S3::AccessPoint": ("/*",),
    "AWS::S3::Bucket": ("/*",),
}


@dataclass(frozen=True, slots=True)
class Area:
    """Some resources: one of the set, what lies below it, any outside the set, or none at all."""

    name: str
    arn: str = ""
    account: str = ""
    end: str = ""
    outside: tuple[str, ...] | None = None

    @property
    def actions(self) -> tuple[str, ...]:
        """The actions that can concern such resources, as patterns."""
        service = self.arn.split(":")[2] if self.arn else ""
        return ("*",) if not service else ("iam:*", "sts:*") if service == "iam" else (f"{service}:*",)

    def suits(self, action: ActionInfo) -> bool:
        """Whether the action can name such a resource."""
        if action.wildcard_only or not self.arn:
            return not self.arn and action.wildcard_only is (self.outside is None)
        return action.applies_to(self.arn + self.end.replace("*", "x"))

    def key(self, action: ActionInfo) -> Key:
        """What is known of the ARN of the request."""
        if self.outside is not None:
            service = action.name.partition(":")[0]
            return resources(
                action.arns[:1], [f"{arn}*" for arn in self.outside if arn.split(":")[2] == service]
            )
        if not self.arn:
            return one_resource("*")
        return resources([self.arn + self.end]) if self.end else one_resource(self.arn)


def areas(before: Environment, after: Environment) -> Iterator[Area]:
    """Every resource of either set, what lies below each, all that is outside, and no resource at all."""
    known = {r.arn.removesuffix(":*"): r for e in (before, after) for r in e.resources}
    for arn, resource in sorted(known.items()):
        for end in ("", *_BELOW.get(resource.type, ())):
            yield Area(f"{resource.name}{end}", arn, resource.account, end)
    yield Area("(no resource)")
    yield Area("(any other resource)", outside=tuple(sorted(known)))
