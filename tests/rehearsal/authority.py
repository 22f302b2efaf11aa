"""Who may do what in the account as it now is, by `access.evaluate`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from typing import Any

from access.bindings.documents import merged
from access.bindings.implied import implied_principals
from access.bindings.resource_policies import ATTACHED, EMBEDDED
from access.decision import Decision, Outcome
from access.environment import Environment, Principal, Resource
from access.errors import AccessError
from access.language.policy import Policy, PolicyKind, parse_policy
from access.language.unresolved import Unresolved
from access.place import Place
from access.request import Caller, Context, Request
from tests.rehearsal.account import Account, Physical

PRINCIPALS = {"AWS::IAM::Role": "role", "AWS::IAM::User": "user"}
_ATTACHING = {
    "AWS::IAM::Policy": "Roles",
    "AWS::IAM::ManagedPolicy": "Roles",
    "AWS::IAM::RolePolicy": "RoleName",
}
# Policies that say nothing about whoever deploys: an endpoint's is for calls through it, and these give
# permissions to services alone.
_ELSEWHERE = frozenset({"AWS::EC2::VPCEndpoint", "AWS::Logs::ResourcePolicy"})


class RefusedError(Exception):
    """A call is not allowed, or nobody can tell whether it is."""


class Authority:
    """The policies of an account at one moment; decisions are remembered."""

    def __init__(self, account: Account, pending: Physical | None = None, *, own_policy: bool = True) -> None:
        """Read the account, with `pending` in it, whose own policy counts only with `own_policy`."""
        found = dict(account.resources)
        if pending is not None:
            found[pending.key] = pending
        made = list(_principals(found))
        resources = tuple(_resources(found, None if own_policy else pending))
        home = account.home
        known = [*account.people, *made]
        implied = implied_principals((home.account,), known, resources, home.partition)
        self.environment = Environment(
            accounts=(home.account,), principals=(*known, *implied), resources=resources
        )
        self._decided: dict[tuple[str, str, str, Context], Decision] = {}

    def decide(
        self,
        caller: Caller,
        action: str,
        resource: str,
        context: Mapping[str, str | list[str]] | None = None,
        *,
        wildcard_only: bool = False,
    ) -> Decision:
        """AWS's decision for one call."""
        asked = Context(context or {})
        key = (caller.arn, action, resource, asked)
        if key not in self._decided:
            request = Request(caller, action, resource, context=asked, wildcard_only_action=wildcard_only)
            self._decided[key] = self.environment.evaluate(request)
        return self._decided[key]

    def demand(self, caller: Caller, action: str, resource: str, **given: Any) -> None:
        """Raise RefusedError unless the call is allowed; what nobody can tell is not allowed."""
        decision = self.decide(caller, action, resource, **given)
        if decision.outcome is Outcome.ALLOW:
            return
        why = {
            Outcome.EXPLICIT_DENY: ", ".join(map(str, decision.deciding)),
            Outcome.IMPLICIT_DENY: "; ".join(decision.missing),
            Outcome.UNKNOWN: "cannot be decided: " + "; ".join(decision.unknown),
        }[decision.outcome]
        raise RefusedError(f"{caller} may not {action} on {resource}: {decision.outcome} ({why})")


def _resources(found: Mapping[Any, Physical], without: Physical | None) -> Iterator[Resource]:
    attached: dict[str, list[Physical]] = {}
    for physical in found.values():
        if physical.type in ATTACHED and physical is not without:
            target, _, kind = ATTACHED[physical.type]
            named = physical.properties[target]
            for name in named if isinstance(named, list) else [named]:
                for other in found.values():
                    if other.type == kind and name in other.names:
                        attached.setdefault(other.arn, []).append(physical)
    for physical in found.values():
        if physical.arn:
            yield _resource(physical, tuple(attached.get(physical.arn, ())), physical is not without)


@lru_cache(maxsize=20_000)
def _resource(physical: Physical, attached: tuple[Physical, ...], own_policy: bool) -> Resource:
    policies = [_policy(each, (ATTACHED[each.type][1],), "resource") for each in attached]
    path = EMBEDDED.get(physical.type)
    role = physical.type == "AWS::IAM::Role"
    # A key and a role are made together with the policy that speaks of them.
    if path and (own_policy or "::KMS::" in physical.type or role):
        kind: PolicyKind = "trust" if role else "key" if "::KMS::" in physical.type else "resource"
        if _at(physical.properties, path) is not None:
            policies.append(_policy(physical, path, kind))
        elif kind == "key":
            policies.append(_default_key_policy(physical))
    return Resource(
        arn=physical.arn,
        type=physical.type,
        account=physical.home.account,
        region=physical.home.region,
        stack=physical.stack,
        policy=merged(policies),
        place=Place(physical.stack, physical.logical_id),
    )


def unread_policies(physical: Physical) -> Iterator[str]:
    """Properties that hold a policy which nothing here reads; what it says is not known."""
    if physical.type.startswith("AWS::IAM::") or physical.type in {*EMBEDDED, *ATTACHED, *_ELSEWHERE}:
        return
    for name, value in physical.properties.items():
        if "polic" in name.lower() and isinstance(value, dict | str) and "Statement" in value:
            yield f"{physical}: the policy in {name} is of a kind that the rehearsal does not read"


def _principals(found: Mapping[Any, Physical]) -> Iterator[Principal]:
    managed = tuple(p for p in found.values() if p.type == "AWS::IAM::ManagedPolicy")
    attaching = [p for p in found.values() if p.type in _ATTACHING]
    for physical in found.values():
        if physical.type in PRINCIPALS:
            attached = tuple(p for p in attaching if physical.identity[0] in _attached_to(p))
            yield _principal(physical, attached, managed)


def _attached_to(policy: Physical) -> list[str]:
    named = policy.properties.get(_ATTACHING[policy.type], [])
    return [named] if isinstance(named, str) else named


@lru_cache(maxsize=20_000)
def _principal(
    physical: Physical, attached: tuple[Physical, ...], managed: tuple[Physical, ...]
) -> Principal:
    properties = physical.properties
    identity = [
        _policy(physical, ("Policies", str(index), "PolicyDocument"), "identity")
        for index in range(len(properties.get("Policies", ())))
    ]
    identity += [_policy(each, ("PolicyDocument",), "identity") for each in attached]
    identity += [_by_arn(arn, managed, "identity") for arn in properties.get("ManagedPolicyArns", ())]
    boundary = properties.get("PermissionsBoundary")
    trust = None
    if "AssumeRolePolicyDocument" in properties:
        trust = _policy(physical, ("AssumeRolePolicyDocument",), "trust")
    return Principal(
        kind="role" if physical.type == "AWS::IAM::Role" else "user",
        arn=physical.arn,
        account=physical.home.account,
        name=physical.logical_id,
        identity=tuple(identity),
        boundaries=(_by_arn(boundary, managed, "boundary"),) if boundary else None,
        trust=trust,
        place=Place(physical.stack, physical.logical_id),
    )


def _by_arn(arn: str, managed: tuple[Physical, ...], kind: PolicyKind) -> Policy:
    for each in managed:
        if each.arn == arn:
            return _policy(each, ("PolicyDocument",), kind)
    return Policy.unknown(
        kind, arn, Unresolved(Place(arn), f"managed policy {arn}, which is not in the account")
    )


@cache
def _default_key_policy(physical: Physical) -> Policy:
    """A key without a policy of its own leaves everything to the account's identity policies.

    Source: https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
    """
    root = f"arn:{physical.home.partition}:iam::{physical.home.account}:root"
    statement = {"Effect": "Allow", "Principal": {"AWS": root}, "Action": "kms:*", "Resource": "*"}
    document = {"Version": "2012-10-17", "Statement": statement}
    return parse_policy(
        document, place=Place(physical.stack, physical.logical_id), kind="key", name="default"
    )


_parsed: dict[tuple[int, PolicyKind], tuple[Any, Policy]] = {}


def _policy(physical: Physical, path: tuple[str, ...], kind: PolicyKind) -> Policy:
    """The policy at a path of the properties; one document object is parsed once."""
    document = _at(physical.properties, path)
    known = _parsed.get((id(document), kind))
    if known is not None and known[0] is document:
        return known[1]
    place = Place(physical.stack, physical.logical_id).child(*path)
    try:
        policy = parse_policy(document, place=place, kind=kind, name=physical.logical_id)
    except AccessError as error:
        raise RefusedError(f"{physical}: {error}") from error
    _parsed[(id(document), kind)] = (document, policy)
    return policy


def _at(document: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        if isinstance(document, list):
            document = document[int(name)]
        elif isinstance(document, Mapping):
            document = document.get(name)
    return document
