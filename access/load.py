"""Files into an environment: `load("cdk.out")`, `load("template.yaml")`."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from access.bindings.identities import read_identities
from access.bindings.implied import implied_principals
from access.bindings.organization import read_organization
from access.bindings.resource_policies import read_resources
from access.environment import Environment
from access.errors import AccessError
from access.language.unresolved import Unresolved
from access.place import Place
from access.templates.assembly import Assembly, read
from access.templates.deployment import UNKNOWN_ACCOUNT, UNKNOWN_REGION, Deployment, Returned
from access.templates.template import unexpected


def load(
    *paths: str | Path,
    account: str | None = None,
    region: str | None = None,
    parameters: Mapping[str, str] | None = None,
    account_ids: Mapping[str, str] | None = None,
    returned: Returned | None = None,
    relative: bool = False,
) -> Environment:
    """Read CDK assemblies, templates and folders of templates as one set.

    `account` and `region` are for stacks that do not say where they go; `parameters` for templates whose
    defaults are not meant; `account_ids` for accounts that the set creates, by logical id or AccountName;
    `returned` for what a deployment gave for `Ref` and attributes, so that real requests can be decided.
    With `relative`, places name files from the given path on, as a comparison of two sets needs.
    Raises: AccessError naming file, logical id and path for whatever CloudFormation would refuse.
    """
    if account is not None and not re.fullmatch(r"[0-9]{12}", account):
        raise unexpected(Place("account"), found=repr(account), expected="12 digits")
    assembly = read(paths, relative=relative)
    deployment = Deployment(
        assembly.stacks,
        account=account or UNKNOWN_ACCOUNT,
        region=region or UNKNOWN_REGION,
        parameters=parameters or {},
        returned=returned or {},
    )
    try:
        return _load(assembly, deployment, account_ids or {})
    except RecursionError as cause:
        found = "references that lead deeper than can be followed"
        raise unexpected(deployment.last_place, found=found, expected="fewer in a row") from cause


def _load(assembly: Assembly, deployment: Deployment, account_ids: Mapping[str, str]) -> Environment:
    deployment.find_nested_stacks()
    for scope in deployment.scopes:  # every property is read, so that nothing malformed passes unseen
        for logical_id in scope.logical_ids():
            scope.properties(logical_id)
    _check_returned(deployment)
    identities = read_identities(deployment)
    held = read_resources(deployment)
    accounts = tuple(sorted({scope.account for scope in deployment.scopes}))
    organization = read_organization(deployment, accounts, account_ids)
    accounts = tuple(sorted({*accounts, *organization.scps}))
    partition = deployment.scopes[0].partition
    implied = tuple(implied_principals(accounts, identities.principals, held.resources, partition))
    return Environment(
        accounts=accounts,
        principals=(*identities.principals, *implied),
        resources=tuple(held.resources),
        endpoints=tuple(held.endpoints),
        scps=MappingProxyType(organization.scps),
        rcps=MappingProxyType(organization.rcps),
        opaque=MappingProxyType(dict(deployment.tokens)),
        unresolved=(
            *identities.unresolved,
            *held.unresolved,
            *organization.unresolved,
            *_not_expanded(deployment),
        ),
        assumptions=(
            *deployment.assumptions,
            *(f"{file}: no template, ignored" for file in assembly.ignored),
        ),
    )


def _check_returned(deployment: Deployment) -> None:
    """Refuse a deployment that is not of these templates: then its requests would meet no policy of theirs.

    An ARN of a log group may end with `:*`, as CloudFormation gives it.
    """
    known = {(scope.stack.name, logical_id) for scope in deployment.scopes for logical_id in scope.resources}
    for stack, logical_id in sorted(deployment.returned.keys() - known):
        raise AccessError(f"the deployment has {stack}.{logical_id}, which no stack of the set makes")
    for scope in deployment.scopes:
        for logical_id in scope.logical_ids():
            given, made = scope.returned(logical_id).get("Arn"), scope.arn(logical_id)
            if given and made and given.removesuffix(":*") != made:
                place = scope.place(logical_id)
                raise AccessError(f"the deployment gave the ARN {given}, the template says {made}", place)


def _not_expanded(deployment: Deployment) -> Iterator[Unresolved]:
    """What only CloudFormation or another template knows: macros, loops, stack sets, stacks elsewhere."""
    for scope in deployment.scopes:
        for transform in scope.stack.template.transforms:
            yield Unresolved(
                Place(scope.file, "", "Transform"), f"what the macro {transform} makes of the template"
            )
        for logical_id in scope.resources:
            if logical_id.startswith("Fn::"):
                yield Unresolved(scope.place(logical_id), f"the resources that {logical_id} makes")
        for logical_id in scope.logical_ids():
            kind = scope.type_of(logical_id)
            if kind == "AWS::CloudFormation::StackSet" or kind.endswith("::MODULE"):
                yield Unresolved(scope.place(logical_id), f"what {kind} {logical_id} deploys")
        for logical_id in scope.of_type("AWS::CloudFormation::Stack"):
            if scope.nested(logical_id) is None:
                yield Unresolved(scope.place(logical_id), "a nested stack whose template is not in the set")
