"""One request: who asks, for which action, on which resource, in which context."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

CallerKind: TypeAlias = Literal[
    "user", "role", "session", "federated_user", "root", "service", "federated", "anonymous"
]

AWS_PRINCIPALS: frozenset[CallerKind] = frozenset({"user", "role", "session", "federated_user", "root"})


@dataclass(frozen=True, slots=True)
class Caller:
    """The identity behind a request, before any policy is looked at.

    `arn` is the ARN of a user, role, session, federated user or account root; the name of a service
    (`lambda.amazonaws.com`); the ARN or name of an identity provider for a federated caller, who has no
    AWS identity yet; empty for an anonymous caller. `role` is the ARN, path included, of a session's role.
    """

    kind: CallerKind
    arn: str = ""
    account: str = ""
    role: str = ""

    @classmethod
    def from_arn(cls, arn: str) -> Caller:
        """Read a user, role, session, federated user, provider or root ARN; anything else names a service."""
        parts = arn.split(":", 5)
        if len(parts) != 6:
            return cls("service", arn)
        _, partition, service, _, account, name = parts
        if service == "sts" and name.startswith("assumed-role/"):
            # The session ARN leaves out the role's path; `session` below is exact when a path is known.
            role = f"arn:{partition}:iam::{account}:role/{name.split('/')[1]}"
            return cls("session", arn, account, role)
        if service == "sts" and name.startswith("federated-user/"):
            return cls("federated_user", arn, account)
        if service == "iam" and name.startswith(("oidc-provider/", "saml-provider/")):
            return cls("federated", arn, account)
        if name == "root":
            return cls("root", arn, account)
        return cls("role" if name.startswith("role/") else "user", arn, account)

    @classmethod
    def session(cls, role_arn: str, session_name: str) -> Caller:
        """Name a session of a role, whose ARN may have a path that the session's ARN does not show."""
        _, partition, _, _, account, name = role_arn.split(":", 5)
        arn = f"arn:{partition}:sts::{account}:assumed-role/{name.rsplit('/', 1)[-1]}/{session_name}"
        return cls("session", arn, account, role_arn)

    @classmethod
    def service(cls, name: str) -> Caller:
        """Name an AWS service that calls with its own identity, such as `lambda.amazonaws.com`."""
        return cls("service", name)

    @classmethod
    def federated(cls, provider: str) -> Caller:
        """Name the identity provider that vouches for a caller without AWS credentials."""
        parts = provider.split(":", 5)
        return cls("federated", provider, parts[4] if len(parts) == 6 else "")

    @classmethod
    def anonymous(cls) -> Caller:
        """Name nobody: an unsigned request."""
        return cls("anonymous")

    @property
    def principal_arn(self) -> str:
        """Return what `aws:PrincipalArn` holds: for a session the role, otherwise the caller's own ARN."""
        return self.role if self.kind == "session" else self.arn

    @property
    def is_aws_principal(self) -> bool:
        """Tell whether the caller belongs to an account, where policies attached to it count."""
        return self.kind in AWS_PRINCIPALS

    @property
    def is_service_linked_role(self) -> bool:
        """Tell whether this is a role only AWS can change, which SCPs and RCPs do not bind."""
        return ":role/aws-service-role/" in self.principal_arn

    def __str__(self) -> str:
        return self.arn or "anonymous"


class Context(Mapping[str, tuple[str, ...]]):
    """Condition keys and their values; key names compare without case.

    A key that is present with no values is an empty set, which differs from an absent key only for `Null`.
    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition.html
    """

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, str | Sequence[str]] | None = None) -> None:
        self._values: dict[str, tuple[str, ...]] = {
            key.lower(): (value,) if isinstance(value, str) else tuple(value)
            for key, value in (values or {}).items()
        }

    def __getitem__(self, key: str) -> tuple[str, ...]:
        return self._values[key.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __hash__(self) -> int:
        return hash(frozenset(self._values.items()))

    def __repr__(self) -> str:
        return f"Context({self._values!r})"

    def with_defaults(self, defaults: Mapping[str, str | Sequence[str]]) -> Context:
        """Return this context with the keys it lacks taken from `defaults`."""
        merged = Context(defaults)
        merged._values |= self._values
        return merged


@dataclass(frozen=True, slots=True)
class Request:
    """One call to decide.

    `resource` is an ARN, or `*`. With `wildcard_only_action` the action knows no resources and `*` is what
    AWS authorizes. Without it, `*` asks about some resource: an Allow for any one counts, a Deny only if it
    covers all.
    """

    caller: Caller
    action: str
    resource: str
    resource_account: str = ""
    context: Context = field(default_factory=Context)
    wildcard_only_action: bool = False

    def __str__(self) -> str:
        return f"{self.caller} {self.action} on {self.resource}"


def tied_context(caller: Caller, resource_account: str) -> dict[str, str]:
    """Return the condition keys whose values follow from who asks and whose resource it is.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
    and https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-caller-account
    """
    tied: dict[str, str] = {"aws:principalisawsservice": "true" if caller.kind == "service" else "false"}
    if resource_account:
        tied["aws:resourceaccount"] = resource_account
    if caller.kind == "service":
        tied["aws:principalservicename"] = caller.arn
    if caller.kind == "anonymous":
        tied["aws:principaltype"] = "Anonymous"
    if caller.is_aws_principal:
        tied["aws:principalarn"] = caller.principal_arn
        tied["aws:principalaccount"] = tied["kms:calleraccount"] = caller.account
        tied["aws:principaltype"] = _PRINCIPAL_TYPE[caller.kind]
    if caller.kind == "user":
        tied["aws:username"] = caller.arn.rsplit("/", 1)[-1]
    return tied


_PRINCIPAL_TYPE: dict[CallerKind, str] = {
    "user": "User",
    "role": "AssumedRole",
    "session": "AssumedRole",
    "federated_user": "FederatedUser",
    "root": "Account",
}
