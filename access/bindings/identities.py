"""Roles, users and groups of a set, with every policy attached to them from either side."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from access.bindings.documents import policy_at, uncertain
from access.environment import Principal, PrincipalKind
from access.errors import AccessError, quoted
from access.language.policy import Policy, PolicyKind
from access.language.unresolved import Partial, Unresolved
from access.place import Place
from access.templates.deployment import Deployment
from access.templates.physical import generated
from access.templates.scope import StackScope
from access.templates.template import unexpected
from access.templates.values import Value

_KINDS: Mapping[str, PrincipalKind] = {
    "AWS::IAM::Role": "role",
    "AWS::IAM::User": "user",
    "AWS::IAM::Group": "group",
}
# Policies that name whom they are attached to, and those of one principal as a resource of their own.
_ATTACHING = ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy")
_SINGLE = {
    "AWS::IAM::RolePolicy": ("role", "RoleName"),
    "AWS::IAM::UserPolicy": ("user", "UserName"),
    "AWS::IAM::GroupPolicy": ("group", "GroupName"),
}


@dataclass(slots=True)
class _Found:
    """A principal while its policies are still being gathered."""

    kind: PrincipalKind
    arn: str
    name: str
    scope: StackScope
    logical_id: str
    identity: list[Policy] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Identities:
    """The principals of a set, and what could not be attached to any of them."""

    principals: list[Principal] = field(default_factory=list)
    unresolved: list[Unresolved] = field(default_factory=list)


def read_identities(deployment: Deployment) -> Identities:
    """Every role, user and group; a user has the policies of its groups as its own."""
    result = Identities()
    managed = _managed_policies(deployment)
    found: dict[tuple[str, str, str], _Found] = {}
    for scope in deployment.scopes:
        for logical_id in scope.of_type(*_KINDS):
            _add(_principal(scope, logical_id, managed, result), found)
    for scope in deployment.scopes:
        _attach(scope, found, result)
    for principal in found.values():
        for group in principal.groups:
            joined = found.get((principal.scope.account, "group", group))
            if joined is not None:
                principal.identity.extend(joined.identity)
            else:
                result.unresolved.append(
                    Unresolved(
                        principal.scope.place(principal.logical_id), f"group {group}, which is not in the set"
                    )
                )
    result.principals = [_finished(principal, managed) for principal in found.values()]
    return result


def _add(principal: _Found, found: dict[tuple[str, str, str], _Found]) -> None:
    key = (principal.scope.account, principal.kind, principal.name)
    if key in found:
        other = found[key].scope.place(found[key].logical_id)
        raise AccessError(
            f"{principal.kind} {quoted(principal.name)} is also made by {other}, expected one; "
            "load one environment at a time, or say which account each stack goes to",
            principal.scope.place(principal.logical_id),
        )
    found[key] = principal


def _principal(
    scope: StackScope, logical_id: str, managed: Mapping[str, Policy], result: Identities
) -> _Found:
    kind = _KINDS[scope.type_of(logical_id)]
    arn, place = scope.arn(logical_id), scope.place(logical_id)
    if not isinstance(arn, str):
        # It must stay in the model; a pattern that its real name would match may miss this one.
        result.unresolved.append(Unresolved(place, f"the name of {kind} {logical_id}"))
        made = generated("name", "", scope.stack.name, logical_id, 64, scope.account)
        arn = f"arn:{scope.partition}:iam::{scope.account}:{kind}/{made}"
    principal = _Found(kind, arn, arn.rsplit("/", 1)[-1], scope, logical_id)
    properties = scope.properties(logical_id)
    inline = properties.get("Policies") or []
    if isinstance(inline, Unresolved | Partial):
        principal.identity.append(_unknown("identity", "inline policies", inline))
        inline = []
    for index, entry in enumerate(_list(inline, place.child("Properties", "Policies"))):
        if isinstance(entry, Unresolved):
            principal.identity.append(_unknown("identity", "inline policy", entry))
            continue
        if not isinstance(entry, dict) or "PolicyDocument" not in entry:
            raise unexpected(
                place.child("Properties", "Policies", index), found=quoted(entry), expected="a PolicyDocument"
            )
        path = ("Policies", index, "PolicyDocument")
        name = str(entry.get("PolicyName", f"{logical_id}/{index}"))
        principal.identity.append(
            policy_at(scope, logical_id, path, entry["PolicyDocument"], kind="identity", name=name)
        )
    for arn_value, inside in _entries(properties, "ManagedPolicyArns", place):
        principal.identity.append(_managed(arn_value, managed, inside, "identity"))
    for group, inside in _entries(properties, "Groups", place):
        if kind == "user" and isinstance(group, str):
            principal.groups.append(group)
        else:
            result.unresolved.append(Unresolved(inside, "a group that is not known"))
    return principal


def _finished(found: _Found, managed: Mapping[str, Policy]) -> Principal:
    scope, logical_id = found.scope, found.logical_id
    properties, place = scope.properties(logical_id), scope.place(logical_id)
    boundaries = None
    if (boundary := properties.get("PermissionsBoundary")) is not None:
        inside = place.child("Properties", "PermissionsBoundary")
        boundaries = (_managed(boundary, managed, inside, "boundary"),)
    trust = None
    if found.kind == "role":
        document = properties.get("AssumeRolePolicyDocument")
        if document is None:
            raise unexpected(
                place.child("Properties"), found="no AssumeRolePolicyDocument", expected="a trust policy"
            )
        trust = policy_at(
            scope,
            logical_id,
            ("AssumeRolePolicyDocument",),
            document,
            kind="trust",
            name=f"{logical_id} trust",
        )
    return Principal(
        kind=found.kind,
        arn=found.arn,
        account=scope.account,
        name=logical_id,
        identity=tuple(found.identity),
        boundaries=boundaries,
        trust=trust,
        tags=_tags(properties.get("Tags")),
        place=place,
    )


def _attach(scope: StackScope, found: dict[tuple[str, str, str], _Found], result: Identities) -> None:
    """Policies that are resources of their own and name whom they are for."""
    for logical_id in scope.of_type(*_ATTACHING, *_SINGLE):
        properties, place = scope.properties(logical_id), scope.place(logical_id)
        if "PolicyDocument" not in properties:
            raise unexpected(place.child("Properties"), found="no PolicyDocument", expected="one")
        policy = policy_at(
            scope,
            logical_id,
            ("PolicyDocument",),
            properties["PolicyDocument"],
            kind="identity",
            name=logical_id,
        )
        single = _SINGLE.get(scope.type_of(logical_id))
        lists = [single] if single else [("role", "Roles"), ("user", "Users"), ("group", "Groups")]
        for kind, key in lists:
            for name, inside in _entries(properties, key, place):
                target = found.get((scope.account, kind, name)) if isinstance(name, str) else None
                if target is not None:
                    target.identity.append(policy)
                    continue
                why = (
                    f"{kind} {name}, which is not in the set"
                    if isinstance(name, str)
                    else f"a {kind} not known"
                )
                result.unresolved.append(Unresolved(inside, f"policy {logical_id} attached to {why}"))
                if not isinstance(name, str):
                    _attach_to_any(kind, scope.account, policy, Unresolved(inside, why), found)


def _attach_to_any(
    kind: str, account: str, policy: Policy, cause: Unresolved, found: Mapping[tuple[str, str, str], _Found]
) -> None:
    """The policy may be anyone's, so each principal of that kind may have it."""
    for principal in found.values():
        if principal.kind == kind and principal.scope.account == account:
            principal.identity.append(uncertain(policy, cause))


def _managed_policies(deployment: Deployment) -> dict[str, Policy]:
    managed: dict[str, Policy] = {}
    for scope in deployment.scopes:
        for logical_id in scope.of_type("AWS::IAM::ManagedPolicy"):
            arn, document = scope.arn(logical_id), scope.properties(logical_id).get("PolicyDocument")
            if isinstance(arn, str) and document is not None:
                path = ("PolicyDocument",)
                managed[arn] = policy_at(scope, logical_id, path, document, kind="identity", name=logical_id)
    return managed


def _managed(arn: Value, managed: Mapping[str, Policy], place: Place, kind: PolicyKind) -> Policy:
    """A policy of the set by its ARN; one that is elsewhere, as AWS's own are, is not known."""
    if isinstance(arn, Unresolved | Partial):
        return _unknown(kind, "managed policy", arn)
    if not isinstance(arn, str):
        raise unexpected(place, found=quoted(arn), expected="the ARN of a managed policy")
    if arn in managed:
        return replace(managed[arn], kind=kind)
    return Policy.unknown(kind, arn, Unresolved(place, f"managed policy {arn}, which is not in the set"))


def _unknown(kind: PolicyKind, name: str, value: Unresolved | Partial) -> Policy:
    return Policy.unknown(kind, name, value if isinstance(value, Unresolved) else value.holes[0])


def _entries(properties: Mapping[str, Value], key: str, place: Place) -> Iterator[tuple[Value, Place]]:
    inside = place.child("Properties", key)
    value = properties.get(key) or []
    if isinstance(value, str | Unresolved | Partial):
        yield value, inside
        return
    for index, item in enumerate(_list(value, inside)):
        yield item, inside.child(index)


def _list(value: Value, place: Place) -> Sequence[Value]:
    if not isinstance(value, list):
        raise unexpected(place, found=quoted(value), expected="a list")
    return value


def _tags(value: Value) -> Mapping[str, str]:
    if not isinstance(value, list):
        return {}
    pairs = ((tag.get("Key"), tag.get("Value")) for tag in value if isinstance(tag, dict))
    return {key: text for key, text in pairs if isinstance(key, str) and isinstance(text, str)}
