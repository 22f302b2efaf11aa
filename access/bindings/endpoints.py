"""VPC endpoints: which network reaches which service, under which policy."""

from collections.abc import Iterator

from access.bindings.documents import policy_at
from access.environment import Endpoint
from access.templates.scope import StackScope

# https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html
_OPEN = {"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}}


def read_endpoints(scope: StackScope) -> Iterator[Endpoint]:
    """The endpoints of one stack; one without a policy has the open one that AWS gives it."""
    for logical_id in scope.of_type("AWS::EC2::VPCEndpoint"):
        properties, place = scope.properties(logical_id), scope.place(logical_id)
        document = properties.get("PolicyDocument", _OPEN)
        name, vpc, service = (
            scope.name(logical_id, place),
            properties.get("VpcId"),
            properties.get("ServiceName"),
        )
        yield Endpoint(
            id=name if isinstance(name, str) else "",
            vpc=vpc if isinstance(vpc, str) else "",
            service=service.rsplit(".", 1)[-1] if isinstance(service, str) else "",
            policy=policy_at(
                scope, logical_id, ("PolicyDocument",), document, kind="endpoint", name=logical_id
            ),
            place=place,
        )
