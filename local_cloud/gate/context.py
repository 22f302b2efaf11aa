"""The condition keys that every service offers: about the caller, the connection and the time.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from local_cloud.gate.sessions import Session


@dataclass(frozen=True, kw_only=True)
class Door:
    """Where a call comes in: through the endpoints of a VPC, or from outside.

    A service without an endpoint cannot be reached from an isolated VPC, and so not through its door.
    """

    vpc: str | None = None
    endpoints: Mapping[str, str] = field(default_factory=dict)


OUTSIDE = Door()


def connection(door: Door, *, service: str, region: str, account: str) -> dict[str, tuple[str, ...]]:
    """Return what the network tells."""
    now = datetime.now(UTC)
    keys = {
        "aws:securetransport": "true",
        "aws:requestedregion": region,
        "aws:resourceaccount": account,
        "aws:viaawsservice": "false",
        "aws:currenttime": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "aws:epochtime": str(int(now.timestamp())),
    }
    if door.vpc is None:
        keys["aws:sourceip"] = "127.0.0.1"
    else:
        keys["aws:sourcevpc"] = door.vpc
        keys["aws:sourcevpce"] = door.endpoints[service]
        keys["aws:vpcsourceip"] = "127.0.0.1"
    return {key: (value,) for key, value in keys.items()}


def caller(session: Session) -> dict[str, tuple[str, ...]]:
    """Return what the credentials tell."""
    keys = {
        # For a role session it is the role's ARN, not the session's.
        "aws:principalarn": session.role.arn,
        "aws:principalaccount": session.account,
        "aws:principaltype": "AssumedRole",
        "aws:principalisawsservice": "false",
        "aws:userid": session.user_id,
        "aws:tokenissuetime": datetime.fromtimestamp(session.issued_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "aws:multifactorauthpresent": "false",
    }
    # The role's own tags count as well; a session tag overrides one of the same name, "regardless of case":
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html#id_session-tags_know
    tags = {name.lower(): value for name, value in {**session.role.tags, **session.tags}.items()}
    keys |= {f"aws:principaltag/{name}": value for name, value in tags.items()}
    if session.federated_provider:
        keys["aws:federatedprovider"] = session.federated_provider
    if session.function_arn:
        # Present on every call that a function makes with its own role's credentials:
        # https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html
        keys["lambda:sourcefunctionarn"] = session.function_arn
    return {key: (value,) for key, value in keys.items()}
