"""What the templates say about the REST API: routes, authorizers, gateway responses, binary types."""

import fnmatch
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from local_cloud.api.mock import Mock, constant, mock_of
from local_cloud.errors import LocalCloudError
from local_cloud.intrinsics import Resolver
from local_cloud.template import Environment, Resource

# `arn:aws:apigateway:<region>:lambda:path/2015-03-31/functions/<function ARN>/invocations`
INVOCATION = re.compile(
    r"arn:aws:apigateway:[^:]+:lambda:path/2015-03-31/functions/(?P<function>arn:.+)/invocations"
)


@dataclass(frozen=True, kw_only=True)
class Authorizer:
    """A TOKEN authorizer: which header it reads, what that must look like, how long its answer is kept."""

    function_arn: str
    header: str
    validation: re.Pattern[str] | None
    cache_seconds: int


@dataclass(frozen=True, kw_only=True)
class Method:
    """One method of one resource, answered by a function (its ARN) or by the gateway itself."""

    http_method: str
    resource_id: str
    resource_path: str
    answered_by: str | Mock
    authorizer: Authorizer | None


@dataclass(frozen=True, kw_only=True)
class GatewayResponse:
    """How the API words one kind of refusal."""

    status: int | None
    headers: Mapping[str, str]
    templates: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class AccessLog:
    """Which line is written for each request, and into which log group."""

    group: str
    format: str


@dataclass(frozen=True, kw_only=True)
class Definition:
    """One REST API behind its stage and its domain."""

    api_id: str
    account: str
    region: str
    stage: str
    base_path: str
    domain_name: str
    binary_media_types: tuple[str, ...]
    methods: tuple[Method, ...]
    gateway_responses: Mapping[str, GatewayResponse] = field(default_factory=dict)
    access_log: AccessLog | None = None

    def arn(self, http_method: str, path: str) -> str:
        """The ARN that policies speak of for one request."""
        return (
            f"arn:aws:execute-api:{self.region}:{self.account}:{self.api_id}/{self.stage}/{http_method}{path}"
        )

    def find(self, http_method: str, path: str) -> tuple[Method, dict[str, str]] | None:
        """Return the method for a request and the values of its path parameters."""
        for method in self.methods:
            if method.http_method in (http_method, "ANY"):
                match = _path_pattern(method.resource_path).fullmatch(path)
                if match:
                    return method, match.groupdict()
        return None

    def is_binary(self, media_type: str) -> bool:
        """Whether a media type is among the binary ones."""
        return any(fnmatch.fnmatchcase(media_type, pattern) for pattern in self.binary_media_types)


def definition_of(environment: Environment, resolver: Resolver) -> Definition:
    """Read the environment's one REST API.

    Raises: LocalCloudError when a part is missing, or when a method is answered by something else than a
    function that API Gateway may invoke.
    """
    api = environment.one("AWS::ApiGateway::RestApi")
    api_id = resolver.resolve({"Ref": api.logical_id}, api.stack)
    stage = resolver.properties(environment.one("AWS::ApiGateway::Stage"))
    properties = resolver.properties(api)
    closed = bool(properties.get("DisableExecuteApiEndpoint"))
    mappings = list(environment.resources("AWS::ApiGateway::BasePathMapping"))
    if closed and not mappings:
        raise LocalCloudError(
            f"{api}: its own endpoint is disabled and no domain maps to it: nothing can reach it"
        )
    mapping = resolver.properties(mappings[0]) if mappings else {}
    paths = _paths(environment, resolver)
    authorizers = dict(_authorizers(environment, resolver))
    _check_permissions(environment, resolver, api_id)
    return Definition(
        api_id=api_id,
        account=environment.account,
        region=environment.region,
        stage=stage["StageName"],
        base_path=f"/{mapping.get('BasePath', '')}".rstrip("/") if closed else f"/{stage['StageName']}",
        domain_name=mapping["DomainName"]
        if closed
        else f"{api_id}.execute-api.{environment.region}.amazonaws.com",
        binary_media_types=tuple(properties.get("BinaryMediaTypes", ())),
        methods=tuple(
            sorted(
                (
                    _method(resource, resolver, paths, authorizers)
                    for resource in environment.resources("AWS::ApiGateway::Method")
                ),
                # A literal segment goes before a parameter, and a method before ANY, as in API Gateway.
                key=lambda method: (method.resource_path.replace("{", "~"), method.http_method == "ANY"),
            )
        ),
        gateway_responses=dict(_gateway_responses(environment, resolver)),
        access_log=_access_log(stage.get("AccessLogSetting")),
    )


def _path_pattern(path: str) -> re.Pattern[str]:
    parts = re.split(r"(\{\w+\+?\})", path)
    return re.compile(
        "".join(
            (f"(?P<{part[1:-2]}>.+)" if part.endswith("+}") else f"(?P<{part[1:-1]}>[^/]+)")
            if part.startswith("{")
            else re.escape(part)
            for part in parts
        )
    )


def _paths(environment: Environment, resolver: Resolver) -> dict[str, str]:
    """Return the path of each resource by its id."""
    parents: dict[str, tuple[str, str]] = {}
    for resource in environment.resources("AWS::ApiGateway::Resource"):
        properties = resolver.properties(resource)
        identity = resolver.resolve({"Ref": resource.logical_id}, resource.stack)
        parents[identity] = (properties["ParentId"], properties["PathPart"])

    def path(identity: str) -> str:
        if identity not in parents:
            return ""
        parent, part = parents[identity]
        return f"{path(parent)}/{part}"

    return {identity: path(identity) for identity in parents}


def _authorizers(environment: Environment, resolver: Resolver) -> Iterator[tuple[str, Authorizer]]:
    for resource in environment.resources("AWS::ApiGateway::Authorizer"):
        properties = resolver.properties(resource)
        header = re.fullmatch(r"method\.request\.header\.([\w-]+)", properties.get("IdentitySource", ""))
        if properties.get("Type") != "TOKEN" or header is None:
            raise LocalCloudError(f"{resource}: only TOKEN authorizers that read one header run here")
        validation = properties.get("IdentityValidationExpression")
        yield (
            resolver.resolve({"Ref": resource.logical_id}, resource.stack),
            Authorizer(
                function_arn=_function_arn(resource, properties.get("AuthorizerUri", "")),
                header=header.group(1).lower(),
                validation=re.compile(validation) if validation else None,
                # What CloudFormation sets when the template is silent.
                cache_seconds=int(properties.get("AuthorizerResultTtlInSeconds", 300)),
            ),
        )


def _method(
    resource: Resource, resolver: Resolver, paths: Mapping[str, str], authorizers: Mapping[str, Authorizer]
) -> Method:
    properties = resolver.properties(resource)
    integration = properties.get("Integration", {})
    answered_by: str | Mock
    match integration.get("Type"):
        case "AWS_PROXY":
            answered_by = _function_arn(resource, integration.get("Uri", ""))
        case "MOCK":
            answered_by = mock_of(resource, properties)
        case other:
            raise LocalCloudError(
                f"{resource}: integration {other} does not run here, only AWS_PROXY and MOCK"
            )
    kind = properties.get("AuthorizationType", "NONE")
    if kind not in ("NONE", "CUSTOM"):
        raise LocalCloudError(f"{resource}: authorization {kind} does not run here")
    return Method(
        http_method=properties["HttpMethod"],
        resource_id=properties["ResourceId"],
        resource_path=paths.get(properties["ResourceId"]) or "/",
        answered_by=answered_by,
        authorizer=authorizers[properties["AuthorizerId"]] if kind == "CUSTOM" else None,
    )


def _function_arn(resource: Resource, uri: str) -> str:
    match = INVOCATION.fullmatch(uri)
    if match is None:
        raise LocalCloudError(f"{resource}: {uri!r} does not name a function")
    return match["function"]


def _check_permissions(environment: Environment, resolver: Resolver, api_id: str) -> None:
    """Refuse an API whose functions do not let API Gateway in: deployed, it would answer 500."""
    allowed = set()
    for resource in environment.resources("AWS::Lambda::Permission"):
        permission = resolver.properties(resource)
        if permission.get("Principal") == "apigateway.amazonaws.com" and f":{api_id}/" in permission.get(
            "SourceArn", ""
        ):
            allowed.add(permission["FunctionName"])
    for resource in environment.resources("AWS::ApiGateway::Method", "AWS::ApiGateway::Authorizer"):
        properties = resolver.properties(resource)
        if properties.get("Integration", {}).get("Type") == "MOCK":
            continue
        uri = properties.get("AuthorizerUri") or properties.get("Integration", {}).get("Uri", "")
        arn = _function_arn(resource, uri)
        if not allowed & {arn, arn.rpartition(":")[2]}:
            raise LocalCloudError(f"{resource}: no permission lets API Gateway invoke {arn}")


def _gateway_responses(environment: Environment, resolver: Resolver) -> Iterator[tuple[str, GatewayResponse]]:
    prefix = "gatewayresponse.header."
    for resource in environment.resources("AWS::ApiGateway::GatewayResponse"):
        properties = resolver.properties(resource)
        status = properties.get("StatusCode")
        yield (
            properties["ResponseType"],
            GatewayResponse(
                status=int(status) if status else None,
                headers={
                    name.removeprefix(prefix): constant(resource, value)
                    for name, value in properties.get("ResponseParameters", {}).items()
                    if name.startswith(prefix)
                },
                templates=properties.get("ResponseTemplates", {}),
            ),
        )


def _access_log(setting: Mapping[str, str] | None) -> AccessLog | None:
    if setting is None:
        return None
    _, _, group = setting["DestinationArn"].partition(":log-group:")
    return AccessLog(group=group.removesuffix(":*"), format=setting["Format"])
