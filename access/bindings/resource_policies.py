"""Resources of a set with the policies attached to them: embedded, attached, implied, or account-wide."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from access.bindings.documents import merged, policy_at, uncertain
from access.bindings.endpoints import read_endpoints
from access.bindings.synthesized import bus_policy, default_policy, permission, required
from access.environment import Endpoint, Resource
from access.errors import AccessError, quoted
from access.language.policy import Policy, PolicyKind
from access.language.unresolved import Partial, Unresolved
from access.place import Place
from access.templates.deployment import Deployment
from access.templates.scope import StackScope
from access.templates.template import unexpected
from access.templates.values import Value

# Where a resource holds its own policy.
EMBEDDED: Mapping[str, tuple[str, ...]] = {
    "AWS::ApiGateway::RestApi": ("Policy",),
    "AWS::Backup::BackupVault": ("AccessPolicy",),
    "AWS::DynamoDB::Table": ("ResourcePolicy", "PolicyDocument"),
    "AWS::ECR::Repository": ("RepositoryPolicyText",),
    "AWS::EFS::FileSystem": ("FileSystemPolicy",),
    "AWS::Events::EventBus": ("Policy",),
    "AWS::IAM::Role": ("AssumeRolePolicyDocument",),
    "AWS::KMS::Key": ("KeyPolicy",),
    "AWS::KMS::ReplicaKey": ("KeyPolicy",),
    "AWS::Logs::LogGroup": ("ResourcePolicyDocument",),
    "AWS::OpenSearchService::Domain": ("AccessPolicies",),
    "AWS::S3::AccessPoint": ("Policy",),
}
# Policies that are resources of their own: the property that names their targets, the property that holds the
# document, and the type of the target.
ATTACHED: Mapping[str, tuple[str, str, str]] = {
    "AWS::Kinesis::ResourcePolicy": ("ResourceArn", "ResourcePolicy", "AWS::Kinesis::Stream"),
    "AWS::S3::BucketPolicy": ("Bucket", "PolicyDocument", "AWS::S3::Bucket"),
    "AWS::SNS::TopicInlinePolicy": ("TopicArn", "PolicyDocument", "AWS::SNS::Topic"),
    "AWS::SNS::TopicPolicy": ("Topics", "PolicyDocument", "AWS::SNS::Topic"),
    "AWS::SQS::QueueInlinePolicy": ("Queue", "PolicyDocument", "AWS::SQS::Queue"),
    "AWS::SQS::QueuePolicy": ("Queues", "PolicyDocument", "AWS::SQS::Queue"),
    "AWS::SecretsManager::ResourcePolicy": ("SecretId", "ResourcePolicy", "AWS::SecretsManager::Secret"),
}
_SYNTHESIZED = ("AWS::Lambda::Permission", "AWS::Events::EventBusPolicy", "AWS::Logs::ResourcePolicy")
# Types that give access in ways which are not read here.
_ELSEWHERE = frozenset(
    {"AWS::SSO::PermissionSet", "AWS::RAM::ResourceShare", "AWS::Lambda::LayerVersionPermission"}
)
_KNOWN = {*EMBEDDED, *ATTACHED, *_SYNTHESIZED, "AWS::DynamoDB::GlobalTable", "AWS::EC2::VPCEndpoint"}


@dataclass(slots=True)
class _Held:
    """A resource while its policies are gathered; `names` are the texts by which others mean it."""

    scope: StackScope
    logical_id: str
    arn: str
    names: frozenset[str]
    policies: list[Policy] = field(default_factory=list)

    @property
    def type(self) -> str:
        return self.scope.type_of(self.logical_id)

    @property
    def place(self) -> Place:
        return self.scope.place(self.logical_id)


@dataclass(slots=True)
class Held:
    """The resources and endpoints of a set, and the policies whose target is not known."""

    resources: list[Resource] = field(default_factory=list)
    endpoints: list[Endpoint] = field(default_factory=list)
    unresolved: list[Unresolved] = field(default_factory=list)


def read_resources(deployment: Deployment) -> Held:
    """Every resource that has an ARN, with its policy; every VPC endpoint."""
    result = Held()
    held: dict[str, _Held] = {}
    for scope in deployment.scopes:
        for logical_id in scope.logical_ids():
            _hold(scope, logical_id, held, result)
    for scope in deployment.scopes:
        _attach(scope, held, result)
        result.endpoints.extend(read_endpoints(scope))
        result.unresolved.extend(_not_modelled(scope))
    for resource in held.values():
        default = default_policy(resource.scope, resource.logical_id, resource.arn)
        if not resource.policies and default is not None:
            resource.policies.append(default)
        result.resources.append(
            Resource(
                arn=resource.arn,
                type=resource.type,
                account=resource.scope.account,
                region=resource.scope.region,
                stack=resource.scope.stack.name,
                policy=merged(resource.policies),
                properties=resource.scope.properties(resource.logical_id),
                place=resource.place,
            )
        )
    return result


def _hold(scope: StackScope, logical_id: str, held: dict[str, _Held], result: Held) -> None:
    arn, place = scope.arn(logical_id), scope.place(logical_id)
    if not arn:
        return
    if not isinstance(arn, str):
        result.unresolved.append(Unresolved(place, f"the ARN of {scope.type_of(logical_id)} {logical_id}"))
        return
    if arn in held:
        raise AccessError(
            f"{arn} is also made by {held[arn].place}, expected one; load one environment at a time, "
            "or say which account each stack goes to",
            place,
        )
    names = (arn, scope.ref(logical_id, place), scope.name(logical_id, place))
    resource = _Held(scope, logical_id, arn, frozenset(name for name in names if isinstance(name, str)))
    held[arn] = resource
    found = _embedded(scope, logical_id)
    if found is not None:
        path, document = found
        role = scope.type_of(logical_id) == "AWS::IAM::Role"
        kind: PolicyKind = (
            "trust" if role else "key" if "::KMS::" in scope.type_of(logical_id) else "resource"
        )
        name = f"{logical_id} trust" if role else logical_id
        policy = policy_at(scope, logical_id, path, _absolute(document, arn), kind=kind, name=name)
        resource.policies.append(policy)


def _embedded(scope: StackScope, logical_id: str) -> tuple[tuple[str | int, ...], Value] | None:
    properties = scope.properties(logical_id)
    path: tuple[str | int, ...] = EMBEDDED.get(scope.type_of(logical_id), ())
    if scope.type_of(logical_id) == "AWS::DynamoDB::GlobalTable":
        replicas = properties.get("Replicas")
        if isinstance(replicas, list):
            regions = [replica.get("Region") if isinstance(replica, dict) else None for replica in replicas]
            if scope.region in regions:
                path = ("Replicas", regions.index(scope.region), "ResourcePolicy", "PolicyDocument")
    value: Value = properties if path else None
    for index, key in enumerate(path):
        if isinstance(value, Unresolved | Partial):
            return path[:index], value
        if isinstance(value, dict):
            value = value.get(key)
        else:
            value = value[key] if isinstance(value, list) and isinstance(key, int) else None
    return None if value is None else (path, value)


def _absolute(document: Value, arn: str) -> Value:
    """An API's policy may say `execute-api:/stage/…` for its own ARN.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies-examples.html
    """
    if isinstance(document, dict):
        return {key: _absolute(item, arn) for key, item in document.items()}
    if isinstance(document, list):
        return [_absolute(item, arn) for item in document]
    if isinstance(document, str) and document.startswith("execute-api:/"):
        return f"{arn}/{document.removeprefix('execute-api:/')}"
    return document


def _attach(scope: StackScope, held: Mapping[str, _Held], result: Held) -> None:
    for logical_id in scope.of_type(*ATTACHED):
        target, key, kind = ATTACHED[scope.type_of(logical_id)]
        document = required(scope, logical_id, key)
        policy = policy_at(scope, logical_id, (key,), document, kind="resource", name=logical_id)
        targets = required(scope, logical_id, target)
        for name in targets if isinstance(targets, list) else [targets]:
            _give(scope, logical_id, name, kind, policy, held, result)
    for logical_id in scope.of_type("AWS::Lambda::Permission"):
        name = required(scope, logical_id, "FunctionName")
        make = permission(scope, logical_id)
        _give(scope, logical_id, name, "AWS::Lambda::Function", make, held, result)
    for logical_id in scope.of_type("AWS::Events::EventBusPolicy"):
        bus = scope.properties(logical_id).get("EventBusName", "default")
        _give(scope, logical_id, bus, "AWS::Events::EventBus", bus_policy(scope, logical_id), held, result)
    for logical_id in scope.of_type("AWS::Logs::ResourcePolicy"):
        document = required(scope, logical_id, "PolicyDocument")
        policy = policy_at(scope, logical_id, ("PolicyDocument",), document, kind="resource", name=logical_id)
        for resource in held.values():  # an account-wide policy, which names its log groups itself
            if resource.type == "AWS::Logs::LogGroup" and _same_home(resource.scope, scope):
                resource.policies.append(policy)


def _give(
    scope: StackScope,
    logical_id: str,
    name: Value,
    kind: str,
    policy: Policy | Callable[[str], Policy],
    held: Mapping[str, _Held],
    result: Held,
) -> None:
    """Attach a policy to the resource that `name` means, or to each one that it could mean."""
    place = scope.place(logical_id)
    candidates = [r for r in held.values() if r.type == kind and r.scope.account == scope.account]
    if isinstance(name, str):
        short = name.rsplit("function:", 1)[-1].split(":")[0] if kind == "AWS::Lambda::Function" else name
        named = [r for r in candidates if name in r.names or short in r.names]
        for resource in named:
            resource.policies.append(policy if isinstance(policy, Policy) else policy(resource.arn))
        if not named:
            what = f"policy for {kind} {quoted(name)}, which is not in the set"
            result.unresolved.append(Unresolved(place, what))
        return
    if not isinstance(name, Unresolved | Partial):
        raise unexpected(place, found=quoted(name), expected=f"the name of {kind}")
    cause = Unresolved(place, f"policy for a {kind} that is not known")
    result.unresolved.append(cause)
    for resource in candidates:
        made = policy if isinstance(policy, Policy) else policy(resource.arn)
        resource.policies.append(uncertain(made, cause))


def _not_modelled(scope: StackScope) -> Iterator[Unresolved]:
    """Resource policies of types that nothing here reads: missing from the model, so said."""
    for logical_id in scope.logical_ids():
        kind = scope.type_of(logical_id)
        if kind in _KNOWN or kind.startswith(("AWS::IAM::", "AWS::Organizations::")):
            continue
        if kind in _ELSEWHERE:
            yield Unresolved(scope.place(logical_id), f"what {kind} {logical_id} gives to whom")
            continue
        for key, value in scope.properties(logical_id).items():
            shown = value.glob() if isinstance(value, Partial) else value
            if "polic" in key.lower() and isinstance(shown, dict | str) and "Statement" in shown:
                yield Unresolved(
                    scope.place(logical_id, "Properties", key), f"the policy of {kind}, not modelled"
                )


def _same_home(left: StackScope, right: StackScope) -> bool:
    return (left.account, left.region) == (right.account, right.region)
