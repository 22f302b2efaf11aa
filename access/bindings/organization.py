"""The organization of a set: its tree of units and accounts, and the SCPs and RCPs attached to each level."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from access.bindings.documents import policy_at
from access.decision import Level
from access.language.policy import Policy, PolicyKind, parse_policy
from access.language.unresolved import Partial, Unresolved
from access.place import Place
from access.templates.deployment import Deployment
from access.templates.scope import StackScope
from access.templates.template import unexpected

_KINDS: Mapping[str, PolicyKind] = {"SERVICE_CONTROL_POLICY": "scp", "RESOURCE_CONTROL_POLICY": "rcp"}
# Units nest five deep: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html
_MAX_LEVELS = 10


@dataclass(slots=True)
class Organization:
    """Per account, the levels that bind its principals (`scps`) and its resources (`rcps`)."""

    scps: dict[str, tuple[Level, ...]] = field(default_factory=dict)
    rcps: dict[str, tuple[Level, ...]] = field(default_factory=dict)
    management: frozenset[str] = frozenset()
    unresolved: list[Unresolved] = field(default_factory=list)


@dataclass(slots=True)
class _Tree:
    """Parents by id, and the attached policies by target id; roots are their own parents."""

    parents: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    accounts: list[str] = field(default_factory=list)
    attached: dict[tuple[PolicyKind, str], list[Policy]] = field(default_factory=dict)


def read_organization(
    deployment: Deployment, accounts: Sequence[str], account_ids: Mapping[str, str]
) -> Organization:
    """Levels for each account that the set places in an organization.

    `account_ids` gives the id of an account that the set creates, by its logical id or AccountName, since
    CloudFormation learns it only at deployment. An account whose unit is not known gets no levels, which
    only allows more.
    """
    result, tree = Organization(), _Tree()
    managers: set[str] = set()
    for scope in deployment.scopes:
        if any(scope.of_type("AWS::Organizations::Organization", "AWS::Organizations::Policy")):
            managers.add(scope.account)
        for logical_id in scope.of_type(
            "AWS::Organizations::OrganizationalUnit", "AWS::Organizations::Account"
        ):
            _place_node(scope, logical_id, account_ids, tree, result)
        for logical_id in scope.of_type("AWS::Organizations::Policy"):
            _attach(scope, logical_id, account_ids, tree, result)
    if not managers:
        return result
    result.management = frozenset(managers)
    for account in (*tree.accounts, *(a for a in accounts if a not in tree.accounts)):
        if account in managers:
            continue  # SCPs and RCPs do not bind the management account
        path = _path(account, tree)
        if len(path) < 2 and not any(node == account for _, node in tree.attached):
            result.unresolved.append(
                Unresolved(Place(), f"the place of account {account} in the organization")
            )
            continue
        result.scps[account] = tuple(_levels("scp", path, tree))
        result.rcps[account] = tuple(_levels("rcp", path, tree))
    return result


def _place_node(
    scope: StackScope, logical_id: str, account_ids: Mapping[str, str], tree: _Tree, result: Organization
) -> None:
    properties, place = scope.properties(logical_id), scope.place(logical_id)
    if scope.type_of(logical_id) == "AWS::Organizations::Account":
        node = _account_id(scope, logical_id, account_ids)
        tree.accounts.append(node)
        parents = properties.get("ParentIds")
        parent = parents[0] if isinstance(parents, list) and parents else None
        name = properties.get("AccountName")
    else:
        made = scope.name(logical_id, place)
        node = made if isinstance(made, str) else logical_id
        parent, name = properties.get("ParentId"), properties.get("Name")
    tree.names[node] = name if isinstance(name, str) else logical_id
    if isinstance(parent, str):
        tree.parents[node] = parent
    else:
        result.unresolved.append(Unresolved(place, f"the parent of {logical_id} in the organization"))


def _attach(
    scope: StackScope, logical_id: str, account_ids: Mapping[str, str], tree: _Tree, result: Organization
) -> None:
    properties, place = scope.properties(logical_id), scope.place(logical_id)
    kind = _KINDS.get(str(properties.get("Type")))
    if kind is None:
        return  # tag, backup and other management policies grant and deny nothing
    if "Content" not in properties:
        raise unexpected(place.child("Properties"), found="no Content", expected="a policy document")
    policy = policy_at(scope, logical_id, ("Content",), properties["Content"], kind=kind, name=logical_id)
    targets = properties.get("TargetIds") or []
    if isinstance(targets, Unresolved):
        targets = [targets]
    if not isinstance(targets, list):
        raise unexpected(place.child("Properties", "TargetIds"), found="no list", expected="a list of ids")
    created = {scope.name(i, place): _account_id(scope, i, account_ids) for i in _accounts(scope)}
    for target in targets:
        if isinstance(target, Unresolved | Partial):
            result.unresolved.append(Unresolved(place, f"the target of policy {logical_id}"))
        else:
            node = created.get(str(target), str(target))
            tree.attached.setdefault((kind, node), []).append(policy)


def _accounts(scope: StackScope) -> Iterator[str]:
    return scope.of_type("AWS::Organizations::Account")


def _account_id(scope: StackScope, logical_id: str, account_ids: Mapping[str, str]) -> str:
    name = scope.properties(logical_id).get("AccountName")
    known = account_ids.get(logical_id) or (account_ids.get(name) if isinstance(name, str) else None)
    made = scope.name(logical_id, scope.place(logical_id))
    return known or (made if isinstance(made, str) else logical_id)


def _path(account: str, tree: _Tree) -> list[str]:
    """From the root down to the account."""
    path = [account]
    while (parent := tree.parents.get(path[0])) is not None:
        if parent in path or len(path) > _MAX_LEVELS:
            raise unexpected(Place(), found=f"units that contain each other: {parent}", expected="a tree")
        path.insert(0, parent)
    return path


def _levels(kind: PolicyKind, path: Sequence[str], tree: _Tree) -> Iterator[Level]:
    """AWS attaches a full-access policy at every level; CloudFormation has no way to detach it.

    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html
    """
    for node in path:
        full = parse_policy(_FULL_ACCESS[kind], place=Place(), kind=kind, name=_FULL_NAME[kind])
        yield Level(tree.names.get(node, node), (full, *tree.attached.get((kind, node), ())))


_FULL_NAME = {"scp": "FullAWSAccess", "rcp": "RCPFullAWSAccess"}
_FULL_ACCESS = {
    "scp": {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}},
    "rcp": {
        "Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"},
    },
}
