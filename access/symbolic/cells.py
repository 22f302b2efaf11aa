"""What is known of a request before any policy is read, and how a model of a formula becomes a request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from access.decision import PolicySet
from access.environment import Endpoint
from access.language.policy import Policy
from access.language.statement import Statement
from access.request import Caller, Context, Request, tied_context
from access.symbolic.domains import Key
from access.symbolic.formula import RESOURCE, Cell
from access.symbolic.logic import Formula, all_of, any_of, negation
from access.symbolic.patterns import Text, text
from access.symbolic.questions import Facts
from access.symbolic.solve import Model

# These keys are booleans whenever they are present:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
_BOOLEANS = (
    "aws:multifactorauthpresent",
    "aws:securetransport",
    "aws:viaawsservice",
    "kms:grantisforawsresource",
)
# Keys that the same page, or the service's own, calls multivalued.
_MULTIVALUED = frozenset({
    "aws:calledvia", "aws:principalorgpaths", "aws:principalservicenameslist", "aws:resourceorgpaths",
    "aws:sourceorgpaths", "aws:tagkeys", "dynamodb:attributes", "dynamodb:leadingkeys",
    "kms:encryptioncontextkeys", "kms:grantoperations",
})  # fmt: skip
# Keys with one value, even where a policy asks about them with a set operator.
_SINGLE = (
    "aws:principaltag/", "aws:requesttag/", "aws:resourcetag/", "kms:encryptioncontext:",
    "aws:source", "aws:user", "aws:principalarn", "aws:principalaccount", "aws:principalorgid",
    "aws:principaltype", "aws:requestedregion",
)  # fmt: skip


def facts(
    caller: Caller,
    resource: Key,
    *,
    resource_account: str,
    statements: Iterable[Statement],
    assumed: Mapping[str, Key] | None = None,
) -> Facts:
    """Everything known of the requests of one cell.

    Tied to the caller: ARN, account, type. Free, absence included: everything else, such as MFA, source
    address, VPC, TLS, the service called through, encryption context, leading keys, tags and time. `assumed`
    adds to what is known.
    """
    keys: dict[str, Key] = {name: Key(choices=("true", "false")) for name in _BOOLEANS}
    keys |= {name: Key(many=True) for name in multivalued(statements)}
    keys |= {name: Key.tied(value) for name, value in tied_context(caller, resource_account).items()}
    if caller.kind != "user":
        # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-infotouse
        keys["aws:username"] = Key.tied()
    if caller.kind in ("anonymous", "federated"):
        # Only signed requests have a principal's ARN, and only principals have tags.
        keys["aws:principalarn"] = keys["aws:principalorgid"] = Key.tied()
    return Facts({**keys, **(assumed or {}), RESOURCE: resource})


def one_resource(arn: str) -> Key:
    """The resource is this one."""
    return Key.tied(arn)


def resources(within: Iterable[str], without: Iterable[str] = ()) -> Key:
    """The resource is any that matches all of the first and none of the second patterns."""
    return Key(
        within=tuple(map(_resource_text, within)), without=tuple(map(_resource_text, without)), required=True
    )


def texts(within: Iterable[str], without: Iterable[str] = ()) -> Key:
    """The key has a value that matches all of the first and none of the second plain globs."""

    def read(globs: Iterable[str]) -> tuple[Text, ...]:
        found = (text(glob, "like", None) for glob in globs)
        return tuple(pattern for pattern in found if isinstance(pattern, Text))

    return Key(within=read(within), without=read(without), required=True)


def multivalued(statements: Iterable[Statement]) -> Iterator[str]:
    """The keys that may have several values: known to be so, or asked about with a set operator."""
    yield from sorted(_MULTIVALUED)
    for statement in statements:
        for asked in statement.conditions:
            key = asked.key.lower()
            if asked.quantifier and not key.startswith(_SINGLE):
                yield key


def endpoints_used(endpoints: Iterable[Endpoint], cell: Cell) -> Iterator[tuple[Formula, Policy]]:
    """The policy of every VPC endpoint of the action's service, with when requests come through it.

    A request names its endpoint, or the VPC, which has one endpoint for each service.
    """
    endpoints = tuple(endpoints)

    def some(key: str, values: Iterable[str]) -> Formula:
        patterns = (text(value, "equals", None) for value in values if value)
        return cell.facts.some(key, tuple(p for p in patterns if isinstance(p, Text)), "matches")

    named = some("aws:sourcevpce", dict.fromkeys(endpoint.id for endpoint in endpoints))
    service = cell.action.partition(":")[0].lower()
    of_service = [endpoint for endpoint in endpoints if endpoint.service == service]
    for endpoint in of_service:
        used = some("aws:sourcevpce", [endpoint.id])
        if [e.vpc for e in of_service].count(endpoint.vpc) == 1:
            used = any_of([used, all_of([negation(named), some("aws:sourcevpc", [endpoint.vpc])])])
        yield used, endpoint.policy


def statements(policies: PolicySet) -> Iterator[Statement]:
    """Every statement of every policy that has a say."""
    levels = [*(policies.scps or ()), *(policies.rcps or ())]
    groups: list[tuple[Policy, ...]] = [
        policies.identity, policies.boundaries or (), policies.session or (), policies.grants,
        policies.endpoint or (), (policies.resource,) if policies.resource else (),
        *(level.policies for level in levels),
    ]  # fmt: skip
    return (statement for group in groups for policy in group for statement in policy.statements)


def request(cell: Cell, model: Model) -> Request | None:
    """The request that a model describes; None when its kinds of values have no concrete ones."""
    if model.values is None:
        return None
    known = cell.facts.key(RESOURCE)
    arn = (model.values.get(RESOURCE) or known.choices or ("*",))[0]
    caller = _caller(cell, model.values)
    told = {RESOURCE} if caller is cell.caller else {RESOURCE, "aws:principalarn", "aws:principalaccount"}
    context = {name: list(values) for name, values in model.values.items() if name not in told}
    return Request(caller, cell.action, arn, cell.resource_account, Context(context), cell.wildcard_only)


def _caller(cell: Cell, values: Mapping[str, tuple[str, ...]]) -> Caller:
    """The caller, by the name and account that the model gives a principal that could have any."""
    named, lodged = (cell.facts.key(f"aws:principal{part}").within for part in ("arn", "account"))
    if not named:
        return cell.caller
    (arn,) = values.get("aws:principalarn", (cell.caller.principal_arn,))
    fields = arn.split(":", 5)
    (account,) = values.get("aws:principalaccount", (fields[4],)) if lodged else (cell.caller.account,)
    return Caller.session(":".join([*fields[:4], account, fields[5]]), "session")


def _resource_text(pattern: str) -> Text:
    read = text(pattern if pattern != "*" else "arn:*", "resource", None)
    if isinstance(read, Text):
        return read
    raise ValueError(f"{pattern!r} is not the pattern of an ARN")
