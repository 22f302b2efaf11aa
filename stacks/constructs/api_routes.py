"""The routes of the API: its paths, its methods, who judges the token, and who may call which function."""

from __future__ import annotations

from dataclasses import dataclass

from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from stacks.constructs.acknowledge import acknowledge
from stacks.constructs.cross_origin import CrossOrigin
from stacks.constructs.preflight import preflight
from stacks.constructs.service_function import ServiceFunction
from stacks.identities import Identities

BEARER_TOKEN = r"^Bearer [A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$"  # noqa: S105 - a shape, not a token


@dataclass(frozen=True, kw_only=True)
class Route:
    """A method on a path, and the headers without which the gateway refuses it."""

    method: str
    path: str
    required_headers: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.path.startswith("/") or self.path.endswith("/"):
            raise ValueError(f"path must start with / and not end with it, got {self.path!r}")
        if self.method == "OPTIONS":
            raise ValueError(
                f"OPTIONS of every path is answered by the gateway, got a route for it: {self.path}"
            )


@dataclass(frozen=True, kw_only=True)
class ApiRoutesProps:
    """Which API and stage, the routes, and who answers and judges."""

    api: apigateway.CfnRestApi
    stage_name: str
    identities: Identities
    routes: tuple[Route, ...]
    pictures: ServiceFunction
    authorize: ServiceFunction
    authorizer_cache_seconds: int
    cross_origin: CrossOrigin


class ApiRoutes(Construct):
    """Promises ENV-2, AUT-2: every route asks the authorizer; `OPTIONS` alone is answered without a token."""

    def __init__(self, scope: Construct, construct_id: str, props: ApiRoutesProps) -> None:
        super().__init__(scope, construct_id)
        self._props = props
        self._api_id = props.api.attr_rest_api_id
        self._authorizer_id = self._authorizer().attr_authorizer_id
        self._validator_id = apigateway.CfnRequestValidator(
            self,
            "Headers",
            rest_api_id=self._api_id,
            name="headers",
            validate_request_parameters=True,
            validate_request_body=False,
        ).attr_request_validator_id
        folders: dict[str, str] = {"": props.api.attr_root_resource_id}
        for route in props.routes:
            self._method(route, self._folder(route.path, folders))
        for path in dict.fromkeys(route.path for route in props.routes):
            preflight(
                self,
                f"Options{_words(path)}",
                rest_api_id=self._api_id,
                resource_id=folders[path],
                methods=tuple(route.method for route in props.routes if route.path == path),
                cross_origin=props.cross_origin,
            )

    def _authorizer(self) -> apigateway.CfnAuthorizer:
        authorize = self._props.authorize
        authorizer = apigateway.CfnAuthorizer(
            self,
            "Authorizer",
            rest_api_id=self._api_id,
            name="access-token",
            type="TOKEN",
            identity_source="method.request.header.Authorization",
            # The gateway answers 401 to what has not even the shape of a token, and calls no function.
            # https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-authorizer.html
            identity_validation_expression=BEARER_TOKEN,
            authorizer_uri=self._invocation(authorize),
            authorizer_result_ttl_in_seconds=self._props.authorizer_cache_seconds,
        )
        self._permit("MayAskAuthorize", authorize, f"authorizers/{authorizer.attr_authorizer_id}")
        return authorizer

    def _folder(self, path: str, folders: dict[str, str]) -> str:
        """The id of a path's resource, made with those above it where they are missing."""
        if path not in folders:
            above, _, part = path.rpartition("/")
            folders[path] = apigateway.CfnResource(
                self,
                f"Path{_words(path)}",
                rest_api_id=self._api_id,
                parent_id=self._folder(above, folders),
                path_part=part,
            ).attr_resource_id
        return folders[path]

    def _method(self, route: Route, resource_id: str) -> None:
        pictures = self._props.pictures
        name = f"{route.method.capitalize()}{_words(route.path)}"
        method = apigateway.CfnMethod(
            self,
            name,
            rest_api_id=self._api_id,
            resource_id=resource_id,
            http_method=route.method,
            authorization_type="CUSTOM",
            authorizer_id=self._authorizer_id,
            api_key_required=False,
            request_validator_id=self._validator_id,
            request_parameters={f"method.request.header.{name}": True for name in route.required_headers}
            or None,
            integration={
                "type": "AWS_PROXY",
                "integrationHttpMethod": "POST",
                "uri": self._invocation(pictures),
            },
        )
        acknowledge(
            method,
            {"AwsSolutions-COG4": "tokens are Auth0's, not Cognito's; our authorizer verifies each one"},
        )
        self._permit(
            f"May{name}", pictures, f"{self._props.stage_name}/{route.method}{_as_in_arn(route.path)}"
        )

    def _permit(self, construct_id: str, function: ServiceFunction, what: str) -> None:
        """Let this API, and no other of any account, call a function for one thing."""
        region, account = self._props.identities.region, self._props.identities.account
        lambda_.CfnPermission(
            self,
            construct_id,
            action="lambda:InvokeFunction",
            function_name=function.arn,
            principal="apigateway.amazonaws.com",
            source_account=account,
            source_arn=f"arn:aws:execute-api:{region}:{account}:{self._api_id}/{what}",
        )

    def _invocation(self, function: ServiceFunction) -> str:
        service = f"arn:aws:apigateway:{self._props.identities.region}:lambda"
        return f"{service}:path/2015-03-31/functions/{function.arn}/invocations"


def _words(path: str) -> str:
    return "".join(part.strip("{}").capitalize() for part in path.split("/"))


def _as_in_arn(path: str) -> str:
    return "/".join("*" if part.startswith("{") else part for part in path.split("/"))
