"""Decide one request the way AWS does.

An explicit deny in any policy wins. Otherwise every guard that binds the request (RCPs, SCPs, the endpoint)
must allow it, and the caller must have been granted it: by an identity policy within boundary and session
policy, by a resource policy that names the caller, or across accounts by both.
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from access.deciding import rcp
from access.deciding.doubt import doubts
from access.deciding.judgement import Judgement, judge, judge_levels
from access.deciding.kleene import Tri, all_of, any_of
from access.deciding.match import Asked
from access.deciding.principal import Reach
from access.decision import Decision, Layer, Level, Outcome, PolicySet, StatementRef
from access.request import Request

__all__ = ["Decision", "Layer", "Level", "Outcome", "PolicySet", "StatementRef", "evaluate", "judge_layers"]

_ASSUME = frozenset({
    "sts:assumerole", "sts:assumerolewithwebidentity", "sts:assumerolewithsaml",
    "sts:tagsession", "sts:setsourceidentity",
})  # fmt: skip


def evaluate(request: Request, policies: PolicySet) -> Decision:
    """Return AWS's decision, the statements that made it, and for a denial what would have been needed."""
    asked = Asked(request)
    if asked.action == "sts:getcalleridentity":
        # No permission is needed, and a deny has no effect on it:
        # https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
        return Decision(Outcome.ALLOW)
    layers = judge_layers(asked, policies)
    if denying := _all_refs(layer.denying for layer in layers.values()):
        return Decision(Outcome.EXPLICIT_DENY, denying)
    guards = [layers[name].allow for name in _GUARDS if name in layers]
    granted = _granted(asked, layers)
    allowed = all_of([*guards, granted])
    if allowed is False:
        return Decision(Outcome.IMPLICIT_DENY, missing=tuple(_missing(asked, layers, granted)))
    if allowed is None or any(layer.may_deny for layer in layers.values()):
        unsure = _all_refs(layer.doubtful for layer in layers.values())
        return Decision(Outcome.UNKNOWN, unknown=doubts(unsure, asked) or (_GRANT_LIMITS,))
    return Decision(Outcome.ALLOW, _all_refs(layer.allowing for layer in layers.values()))


def _all_refs(found: Iterable[tuple[StatementRef, ...]]) -> tuple[StatementRef, ...]:
    return tuple(chain.from_iterable(found))


def judge_layers(asked: Asked, policies: PolicySet) -> dict[Layer, Judgement]:
    """Judge every kind of policy that binds the request."""
    request, caller = asked.request, asked.request.caller
    layers: dict[Layer, Judgement] = {}
    if policies.rcps is not None and rcp.binds(request):
        layers["rcp"] = judge_levels("rcp", policies.rcps, asked)
    if policies.scps is not None and caller.is_aws_principal and not caller.is_service_linked_role:
        layers["scp"] = judge_levels("scp", policies.scps, asked)
    if policies.endpoint is not None:
        layers["endpoint"] = judge("endpoint", policies.endpoint, asked)
    if caller.is_aws_principal:
        layers["identity"] = judge("identity", policies.identity, asked)
        if policies.boundaries is not None:
            layers["boundary"] = judge("boundary", policies.boundaries, asked)
        if policies.session is not None:
            layers["session"] = judge("session", policies.session, asked)
    if policies.resource is not None:
        bounded = policies.boundaries is not None
        layers["resource"] = judge("resource", (policies.resource,), asked, boundary=bounded)
    if policies.grants and asked.action.startswith("kms:"):
        layers["grant"] = judge("grant", policies.grants, asked)
    return layers


def _granted(asked: Asked, layers: dict[Layer, Judgement]) -> Tri:
    """Tell whether anything gives the caller this permission, before guards and explicit denies."""
    caller = asked.request.caller
    resource = layers.get("resource", _NO_POLICY)
    if not caller.is_aws_principal:
        return resource.allow
    if caller.kind == "root" and asked.action in _ASSUME:
        # https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
        return False
    limits = all_of(layers[name].allow for name in _LIMITS if name in layers)
    # An account's root user has full access without any identity policy.
    by_identity = all_of([caller.kind == "root" or layers["identity"].allow, limits])
    by_grant = _by_grant(layers.get("grant"), by_identity, limits)
    if _crosses_accounts(asked.request):
        # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
        return any_of([all_of([resource.allow, by_identity]), by_grant])
    if _needs_own_policy(asked):
        by_identity = all_of([resource.allow, by_identity])
    return any_of([by_identity, _by_name(resource, limits), by_grant])


def _by_name(resource: Judgement, limits: Tri) -> Tri:
    """Tell whether a policy of the same account allows the caller by name.

    Naming the user or the session itself, or everyone, is enough. Naming the role is "limited by an implicit
    deny in a permissions boundary or session policy". Naming the account hands over to identity policies.
    """
    return any_of([resource.allows_by(Reach.DIRECT), all_of([resource.allows_by(Reach.ROLE), limits])])


def _by_grant(grant: Judgement | None, by_identity: Tri, limits: Tri) -> Tri:
    """Tell whether a KMS grant allows the caller; it needs no identity policy, in any account.

    Not documented, so not known: whether a grant to a whole account needs an identity policy as well, and
    whether a permissions boundary or session policy limits a grant to a role.
    Source: https://docs.aws.amazon.com/kms/latest/developerguide/policy-evaluation.html
    """
    if grant is None:
        return False
    undocumented = all_of([grant.allow, by_identity or None])
    return any_of([_by_name(grant, limits), undocumented])


def _crosses_accounts(request: Request) -> bool:
    return bool(request.resource_account) and request.caller.account != request.resource_account


def _needs_own_policy(asked: Asked) -> bool:
    """Tell whether the resource's own policy must allow, identity policies never being enough.

    "IAM role trust policies and KMS key policies are exceptions to this logic, because they must explicitly
    allow access for principals."
    """
    request = asked.request
    if asked.action.startswith("kms:"):
        return ":key/" in request.resource and not request.wildcard_only_action
    return asked.action in _ASSUME and ":role/" in request.resource


def _missing(asked: Asked, layers: dict[Layer, Judgement], granted: Tri) -> Iterator[str]:
    """Say for every layer that stands in the way what it would have to do."""
    silent = {name for name, judged in layers.items() if judged.allow is False}
    yield from (_NEEDED[name] for name in _GUARDS if name in silent)
    caller = asked.request.caller
    if granted is not False:
        return
    if caller.kind == "root" and asked.action in _ASSUME:
        yield "another caller: a root user cannot assume a role"
        return
    own = not caller.is_aws_principal or _crosses_accounts(asked.request) or _needs_own_policy(asked)
    if own and layers.get("resource", _NO_POLICY).allow is False:
        yield _NEEDED["resource"]
        if not _crosses_accounts(asked.request):
            return
    if "identity" in silent and caller.kind != "root":
        yield _NEEDED["identity"] if own else _NEEDED["identity"] + _OR_RESOURCE
    yield from (_NEEDED[name] for name in _LIMITS if name in silent)


_NO_POLICY = Judgement("resource")
_GRANT_LIMITS = (
    "how identity policies and boundaries limit this KMS grant; naming the very principal settles it"
)
_OR_RESOURCE = ", or the policy of the resource, naming the caller"
_GUARDS: tuple[Layer, ...] = ("rcp", "scp", "endpoint")
_LIMITS: tuple[Layer, ...] = ("boundary", "session")
_NEEDED: dict[Layer, str] = {
    "rcp": "every level of resource control policies must allow it",
    "scp": "every level of service control policies must allow it",
    "endpoint": "the VPC endpoint policy must allow it",
    "identity": "an identity policy of the caller must allow it",
    "boundary": "the permissions boundary must allow it",
    "session": "the session policy must allow it",
    "resource": "the policy of the resource must allow the caller",
}
