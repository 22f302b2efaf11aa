"""What a set of templates makes: accounts, principals, resources, and every policy that has a say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal, TypeAlias

from access.decision import Decision, Level, PolicySet
from access.evaluate import evaluate
from access.language.policy import Policy
from access.language.unresolved import Unresolved
from access.place import Place
from access.request import Caller, Context, Request
from access.templates.names import Token

PrincipalKind: TypeAlias = Literal[
    "role",
    "user",
    "group",
    "root",
    "service",
    "federated",
    "other_principal_of_account",
    "foreign_account",
    "anonymous",
]

# Services whose resources can carry a policy: for a resource outside the set, that policy is not known.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_aws-services-that-work-with-iam.html
RESOURCE_POLICY_SERVICES = frozenset(
    {
        "s3",
        "kms",
        "sqs",
        "sns",
        "lambda",
        "dynamodb",
        "secretsmanager",
        "ecr",
        "events",
        "kinesis",
        "backup",
        "es",
    }
    | {"elasticfilesystem", "execute-api", "logs", "sts", "iam", "glue", "codeartifact", "ses", "s3tables"}
)


# How a user who joins a group shows itself; the group's own path follows.
_MEMBER = ":user/member-of/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Someone who can call AWS, with the policies attached to them.

    `group` is any user who joins the group. `other_principal_of_account` and `foreign_account` stand for
    principals outside the set; what their own account lets them do is not known, so it is taken to be
    everything, as it is for `root`. `boundaries` is None when there is no permissions boundary.
    """

    kind: PrincipalKind
    arn: str
    account: str = ""
    name: str = ""
    identity: tuple[Policy, ...] = ()
    boundaries: tuple[Policy, ...] | None = None
    trust: Policy | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    place: Place = field(default_factory=Place)

    @property
    def caller(self) -> Caller:
        """How this principal shows itself in a request; a role through a session of it."""
        if self.kind == "role":
            return Caller.session(self.arn, "session")
        if self.kind == "service":
            return Caller.service(self.arn)
        if self.kind == "federated":
            return Caller.federated(self.arn)
        if self.kind == "anonymous":
            return Caller.anonymous()
        if self.kind == "group":
            return Caller.from_arn(self.arn.replace(":group/", _MEMBER))
        caller = Caller.from_arn(self.arn)
        return Caller.session(self.arn, "session") if caller.kind == "role" else caller

    def __str__(self) -> str:
        return self.name or self.arn or self.kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One resource with an ARN, and the policy attached to it."""

    arn: str
    type: str
    account: str
    region: str = ""
    stack: str = ""
    policy: Policy | None = None
    properties: Mapping[str, Any] = field(default_factory=dict)
    place: Place = field(default_factory=Place)

    @property
    def name(self) -> str:
        """How a reader finds it: its logical id, or its ARN when it has none."""
        return self.place.logical_id or self.arn

    def __str__(self) -> str:
        return f"{self.account}/{self.name}" if self.account else self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A VPC endpoint: the network, the service behind it, and its policy."""

    id: str
    vpc: str
    service: str
    policy: Policy
    place: Place


@dataclass(frozen=True, kw_only=True)
class Environment:
    """Everything a question about access can refer to; frozen.

    `opaque` says what each generated name stands for. `unresolved` lists what is missing from the model (a
    policy outside the set, an attachment to an unknown principal), so that no proof forgets it. `assumptions`
    are the values that were taken as given, such as a parameter's default.
    """

    accounts: tuple[str, ...]
    principals: tuple[Principal, ...]
    resources: tuple[Resource, ...]
    endpoints: tuple[Endpoint, ...] = ()
    scps: Mapping[str, tuple[Level, ...]] = field(default_factory=dict)
    rcps: Mapping[str, tuple[Level, ...]] = field(default_factory=dict)
    opaque: Mapping[str, Token] = field(default_factory=dict)
    unresolved: tuple[Unresolved, ...] = ()
    assumptions: tuple[str, ...] = ()

    @cached_property
    def _principals(self) -> Mapping[str, Principal]:
        return {principal.arn: principal for principal in self.principals}

    @cached_property
    def _resources(self) -> Mapping[str, Resource]:
        return {resource.arn.removesuffix(":*"): resource for resource in self.resources}

    @cached_property
    def _role_sessions(self) -> Mapping[str, Principal]:
        """Roles by what a session's ARN shows of them, which is not the path."""
        return {f"{p.account}/{p.arn.rsplit('/', 1)[-1]}": p for p in self.principals if p.kind == "role"}

    def principal(self, arn: str) -> Principal | None:
        """The principal with this ARN, service name or provider; a session's ARN finds its role."""
        arn = arn.replace(_MEMBER, ":group/")
        if arn in self._principals:
            return self._principals[arn]
        caller = Caller.from_arn(arn)
        if caller.kind != "session":
            return None
        return self._role_sessions.get(f"{caller.account}/{caller.role.rsplit('/', 1)[-1]}")

    def resource(self, arn: str) -> Resource | None:
        """The resource that owns an ARN, as a bucket its objects and a table its indexes."""
        whole = arn
        while arn.count(":") >= 5:
            if arn in self._resources:
                return self._resources[arn]
            cut = max(arn.rfind("/"), arn.rfind(":"))
            arn = arn[:cut]
        return self._resources.get(whole)

    def find_resources(self, text: str) -> tuple[Resource, ...]:
        """Resources by ARN, logical id, `account/logical_id` or `stack.logical_id`."""
        if exact := self.resource(text):
            return (exact,)
        return tuple(
            r for r in self.resources if text in (r.name, f"{r.account}/{r.name}", f"{r.stack}.{r.name}")
        )

    def find_principals(self, text: str) -> tuple[Principal, ...]:
        """Principals by ARN, logical id, own name, any of these after `account/`, or a kind."""
        if exact := self.principal(text):
            return (exact,)
        account, slash, rest = text.partition("/")
        wanted = rest if slash and account in self.accounts else text
        return tuple(
            p
            for p in self.principals
            if wanted in (p.name, p.kind, p.place.logical_id, p.arn.rsplit("/", 1)[-1])
            and (wanted is text or p.account == account)
        )

    def account_of(self, arn: str) -> str:
        """The account that owns a resource; empty when neither the ARN nor the set tells."""
        resource = self.resource(arn)
        parts = arn.split(":", 5)
        return resource.account if resource else parts[4] if len(parts) == 6 else ""

    def policies_for(
        self, principal: Principal, resource_arn: str, *, action: str = "", context: Context | None = None
    ) -> PolicySet:
        """Every policy that has a say when this principal acts on this resource.

        A role's trust policy speaks only of `sts:` actions; with another `action` it is left out. A VPC
        endpoint's policy is included when the context says the request came through it. RCPs are those of the
        resource's account; `evaluate` knows which services they bind.
        """
        resource, account = self.resource(resource_arn), self.account_of(resource_arn)
        service = action.partition(":")[0].lower()
        linked = principal.caller.is_service_linked_role
        return PolicySet(
            identity=principal.identity,
            boundaries=principal.boundaries,
            resource=self._resource_policy(resource, resource_arn, service),
            scps=None if linked else self.scps.get(principal.account),
            rcps=self.rcps.get(account),
            endpoint=self._endpoint(service or _service(resource_arn), context or Context()),
        )

    def evaluate(self, request: Request) -> Decision:
        """AWS's decision for one request under these templates."""
        caller = request.caller
        principal = (
            self.principal(caller.principal_arn) or self.principal(caller.arn) or self._stranger(caller)
        )
        if caller.kind == "session" and principal.kind == "role":
            # A session's ARN leaves out its role's path, by which policies name the role.
            caller = replace(caller, role=principal.arn)
        policies = self.policies_for(
            principal, request.resource, action=request.action, context=request.context
        )
        account = request.resource_account or self.account_of(request.resource)
        return evaluate(replace(request, caller=caller, resource_account=account), policies)

    def _stranger(self, caller: Caller) -> Principal:
        """A caller outside the set: what its own account allows is not known, so everything."""
        for principal in self.principals:
            alike = principal.kind == "other_principal_of_account" and principal.account == caller.account
            if alike or (caller.kind == principal.kind == "anonymous"):
                return principal
        if caller.kind in ("service", "anonymous", "federated"):
            kind: PrincipalKind = caller.kind
            return Principal(kind=kind, arn=caller.arn)
        foreign = next(p for p in self.principals if p.kind == "foreign_account")
        return Principal(
            kind="foreign_account", arn=caller.arn, account=caller.account, identity=foreign.identity
        )

    def _resource_policy(self, resource: Resource | None, arn: str, service: str) -> Policy | None:
        if resource is not None:
            trusts = resource.type == "AWS::IAM::Role"
            return None if trusts and service not in ("sts", "") else resource.policy
        owner = _service(arn)
        if (
            not arn.startswith("arn:")
            or owner not in RESOURCE_POLICY_SERVICES
            or (owner == "iam" and service != "sts")
        ):
            return None
        cause = Unresolved(Place(arn), "the policy of a resource outside the set")
        return Policy.unknown(
            "key" if owner == "kms" else "trust" if owner == "iam" else "resource", arn, cause
        )

    def _endpoint(self, service: str, context: Context) -> tuple[Policy, ...] | None:
        """A request through an endpoint names it, or its VPC, which has one endpoint for each service."""
        named = [e for e in self.endpoints if e.id in context.get("aws:SourceVpce", ())]
        of_vpc = [
            e for e in self.endpoints if e.vpc in context.get("aws:SourceVpc", ()) and e.service == service
        ]
        found = named or of_vpc
        return (found[0].policy,) if len(found) == 1 else None


def _service(arn: str) -> str:
    parts = arn.split(":", 5)
    return parts[2] if len(parts) == 6 else ""
