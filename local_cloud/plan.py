"""What the templates say must run, resolved and checked before anything starts."""

from collections.abc import Mapping
from dataclasses import dataclass

from local_cloud.api.definition import Definition, definition_of
from local_cloud.errors import LocalCloudError
from local_cloud.functions.function import Function, functions_of
from local_cloud.gate.context import OUTSIDE, Door
from local_cloud.gate.sessions import Role
from local_cloud.gate.web_identity import Provider
from local_cloud.identity import Tenant
from local_cloud.intrinsics import Resolver
from local_cloud.template import Environment


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One environment, ready to be started."""

    roles: Mapping[str, Role]
    providers: tuple[Provider, ...]
    doors: tuple[Door, ...]
    functions: Mapping[str, Function]
    api: Definition
    tenant: Tenant


def plan_of(environment: Environment, resolver: Resolver) -> Plan:
    """Read the plan from the templates.

    Raises: LocalCloudError when something is missing or does not fit together.
    """
    functions = functions_of(environment, resolver)
    api = definition_of(environment, resolver)
    roles = _roles(environment, resolver)
    providers = tuple(_providers(environment, resolver))
    groups = {
        resolver.resolve({"Ref": g.logical_id}, g.stack) for g in environment.resources("AWS::Logs::LogGroup")
    }
    for function in functions.values():
        if function.role_arn not in roles:
            raise LocalCloudError(
                f"function {function.name} has no role in the templates: {function.role_arn}"
            )
        if function.log_group not in groups:
            raise LocalCloudError(
                f"function {function.name} logs into {function.log_group}, which is no log group"
            )
    return Plan(
        roles=roles,
        providers=providers,
        doors=(OUTSIDE, *_vpc_doors(environment, resolver)),
        functions=functions,
        api=api,
        tenant=_tenant(api, functions, providers, roles),
    )


def _roles(environment: Environment, resolver: Resolver) -> dict[str, Role]:
    roles = {}
    for resource in environment.resources("AWS::IAM::Role"):
        properties = resolver.properties(resource)

        def attribute(name: str, resource=resource) -> str:  # type: ignore[no-untyped-def]
            return str(resolver.resolve({"Fn::GetAtt": [resource.logical_id, name]}, resource.stack))

        roles[attribute("Arn")] = Role(
            name=resolver.resolve({"Ref": resource.logical_id}, resource.stack),
            arn=attribute("Arn"),
            unique_id=attribute("RoleId"),
            trust=properties["AssumeRolePolicyDocument"],
            max_session_seconds=int(properties.get("MaxSessionDuration", 3600)),
            tags={tag["Key"]: tag["Value"] for tag in properties.get("Tags", [])},
        )
    return roles


def _providers(environment: Environment, resolver: Resolver) -> list[Provider]:
    return [
        Provider(
            arn=resolver.resolve({"Ref": resource.logical_id}, resource.stack),
            url=resolver.properties(resource)["Url"],
            client_ids=tuple(resolver.properties(resource)["ClientIdList"]),
        )
        for resource in environment.resources("AWS::IAM::OIDCProvider")
    ]


def _vpc_doors(environment: Environment, resolver: Resolver) -> list[Door]:
    endpoints: dict[str, dict[str, str]] = {
        resolver.resolve({"Ref": vpc.logical_id}, vpc.stack): {}
        for vpc in environment.resources("AWS::EC2::VPC")
    }
    for resource in environment.resources("AWS::EC2::VPCEndpoint"):
        properties = resolver.properties(resource)
        service = properties["ServiceName"].rpartition(".")[2]
        identity = resolver.resolve({"Ref": resource.logical_id}, resource.stack)
        endpoints[properties["VpcId"]][service] = identity
    return [Door(vpc=vpc, endpoints=services) for vpc, services in endpoints.items()]


def _tenant(
    api: Definition,
    functions: Mapping[str, Function],
    providers: tuple[Provider, ...],
    roles: Mapping[str, Role],
) -> Tenant:
    """The identity provider that the authorizer believes, which must be the one that STS believes."""
    authorizers = {method.authorizer.function_arn for method in api.methods if method.authorizer}
    if len(authorizers) != 1:
        raise LocalCloudError(f"expected one authorizer function, found {len(authorizers)}")
    authorizer = functions[authorizers.pop()]
    issuer, audience = (authorizer.environment.get(name) for name in ("ISSUER", "AUDIENCE"))
    provider = next((each for each in providers if each.url == issuer), None)
    if issuer is None or audience is None or provider is None:
        raise LocalCloudError(
            f"function {authorizer.name}: ISSUER {issuer!r} is not the url of an OIDC provider"
            f" of the templates, or AUDIENCE {audience!r} is missing"
        )
    role_arn = authorizer.environment.get("USER_DATA_ROLE_ARN", "")
    if role_arn not in roles:
        raise LocalCloudError(
            f"function {authorizer.name}: USER_DATA_ROLE_ARN is {role_arn!r}, no role of the templates"
        )
    return Tenant(issuer=issuer, audience=audience, client_ids=provider.client_ids, role_arn=role_arn)
