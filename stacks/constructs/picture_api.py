"""The one way in: the REST API, its routes, its authorizer and its stage."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from stacks.constructs.excuse import excuse
from stacks.constructs.gateway_problems import PROBLEMS, GatewayProblems
from stacks.constructs.sealed_log_group import SealedLogGroup, SealedLogGroupProps
from stacks.constructs.service_function import ServiceFunction
from stacks.identities import Identities

STAGE = "v1"

# TLS 1.2 and 1.3 with forward secrecy, and post-quantum key exchange for clients that can.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies-list.html
SECURITY_POLICY = "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09"

BEARER_TOKEN = r"^Bearer [A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$"  # noqa: S105 - a shape, not a token

# What an access log line says: no address, no header, no path with an id in it, nothing of the token.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html
ACCESS_LOG = {
    "request_id": "$context.requestId",
    "time": "$context.requestTimeEpoch",
    "method": "$context.httpMethod",
    "route": "$context.resourcePath",
    "status": "$context.status",
    "response_bytes": "$context.responseLength",
    "milliseconds": "$context.responseLatency",
    "authorizer_status": "$context.authorizer.status",
    "waf": "$context.waf.status",
    "error": "$context.error.responseType",
    "tls": "$context.tlsVersion",
    "cipher": "$context.cipherSuite",
}


@dataclass(frozen=True, kw_only=True)
class Route:
    """A method on a path, and the headers without which the gateway refuses it."""

    method: str
    path: str
    required_headers: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.path.startswith("/") or self.path.endswith("/"):
            raise ValueError(f"path must start with / and not end with it, got {self.path!r}")


@dataclass(frozen=True, kw_only=True)
class PictureApiProps:
    """The routes, who answers and who judges tokens, and how much is let through."""

    identities: Identities
    routes: tuple[Route, ...]
    pictures: ServiceFunction
    authorize: ServiceFunction
    authorizer_cache_seconds: int
    logs: SealedLogGroupProps
    requests_per_second: int = 200
    burst: int = 400

    def __post_init__(self) -> None:
        if not 0 <= self.authorizer_cache_seconds <= 300:
            # AUT-3 promises that no decision is remembered for longer.
            raise ValueError(
                f"authorizer_cache_seconds must be from 0 to 300, got {self.authorizer_cache_seconds}"
            )


class PictureApi(Construct):
    """Promises ENV-2, ENC-1: every route behind the authorizer, over current TLS only.

    The gateway's own address stays closed, data tracing stays off (it would write tokens and pictures), and
    nothing is cached but the authorizer's decisions.
    """

    def __init__(self, scope: Construct, construct_id: str, props: PictureApiProps) -> None:
        super().__init__(scope, construct_id)
        self._props = props
        self.resource = apigateway.CfnRestApi(
            self,
            "Default",
            name=f"soulpicks-{props.identities.environment}",
            description="People's pictures: the one way in.",
            endpoint_configuration={"types": ["REGIONAL"]},
            # Everything is bytes to the gateway, so that no picture is ever read as text.
            binary_media_types=["*/*"],
            disable_execute_api_endpoint=True,
            security_policy=SECURITY_POLICY,
            endpoint_access_mode="STRICT",
        )
        self.id = self.resource.attr_rest_api_id
        authorizer = self._authorizer()
        validator = apigateway.CfnRequestValidator(
            self,
            "Headers",
            rest_api_id=self.id,
            name="headers",
            validate_request_parameters=True,
            validate_request_body=False,
        )
        methods = self._methods(authorizer, validator)
        problems = GatewayProblems(self, "Problems", self.id)
        deployment = apigateway.CfnDeployment(
            self, f"Deployment{self._fingerprint()}", rest_api_id=self.id, description="All routes"
        )
        deployment.node.add_dependency(problems, *methods)
        self.access_log = SealedLogGroup(self, "AccessLog", props.logs)
        self.stage = apigateway.CfnStage(
            self,
            "Stage",
            rest_api_id=self.id,
            deployment_id=deployment.attr_deployment_id,
            stage_name=STAGE,
            access_log_setting={
                "destinationArn": self.access_log.arn,
                "format": json.dumps(ACCESS_LOG, separators=(",", ":")),
            },
            cache_cluster_enabled=False,
            tracing_enabled=False,
            method_settings=[
                {
                    "httpMethod": "*",
                    "resourcePath": "/*",
                    "loggingLevel": "OFF",
                    "dataTraceEnabled": False,
                    "metricsEnabled": True,
                    "cachingEnabled": False,
                    "throttlingRateLimit": props.requests_per_second,
                    "throttlingBurstLimit": props.burst,
                }
            ],
        )
        excuse(
            self.stage,
            CKV_AWS_73="X-Ray keeps traces under a key that a template cannot make ours",
            CKV_AWS_120="a cache would hold people's pictures",
        )

    @property
    def stage_arn(self) -> str:
        """The stage as the web ACL names it."""
        return f"arn:aws:apigateway:{self._props.identities.region}::/restapis/{self.id}/stages/{STAGE}"

    def _authorizer(self) -> apigateway.CfnAuthorizer:
        authorize = self._props.authorize
        authorizer = apigateway.CfnAuthorizer(
            self,
            "Authorizer",
            rest_api_id=self.id,
            name="access-token",
            type="TOKEN",
            identity_source="method.request.header.Authorization",
            # What has not even the shape of a token costs us no function call.
            identity_validation_expression=BEARER_TOKEN,
            authorizer_uri=self._invocation(authorize),
            authorizer_result_ttl_in_seconds=self._props.authorizer_cache_seconds,
        )
        self._permit("MayAskAuthorize", authorize, f"authorizers/{authorizer.attr_authorizer_id}")
        return authorizer

    def _methods(
        self, authorizer: apigateway.CfnAuthorizer, validator: apigateway.CfnRequestValidator
    ) -> list[apigateway.CfnMethod]:
        folders: dict[str, str] = {"": self.resource.attr_root_resource_id}
        methods = []
        for route in self._props.routes:
            path = ""
            for part in route.path.split("/")[1:]:
                parent, path = path, f"{path}/{part}"
                if path not in folders:
                    folders[path] = apigateway.CfnResource(
                        self,
                        f"Path{_words(path)}",
                        rest_api_id=self.id,
                        parent_id=folders[parent],
                        path_part=part,
                    ).attr_resource_id
            name = f"{route.method.capitalize()}{_words(route.path)}"
            methods.append(
                apigateway.CfnMethod(
                    self,
                    name,
                    rest_api_id=self.id,
                    resource_id=folders[route.path],
                    http_method=route.method,
                    authorization_type="CUSTOM",
                    authorizer_id=authorizer.attr_authorizer_id,
                    api_key_required=False,
                    request_validator_id=validator.attr_request_validator_id,
                    request_parameters={
                        f"method.request.header.{header}": True for header in route.required_headers
                    }
                    or None,
                    integration={
                        "type": "AWS_PROXY",
                        "integrationHttpMethod": "POST",
                        "uri": self._invocation(self._props.pictures),
                    },
                )
            )
            self._permit(
                f"May{name}", self._props.pictures, f"{STAGE}/{route.method}{_as_in_arn(route.path)}"
            )
        return methods

    def _permit(self, construct_id: str, function: ServiceFunction, what: str) -> None:
        """Let this API, and no other of any account, call a function for one thing."""
        identities = self._props.identities
        lambda_.CfnPermission(
            self,
            construct_id,
            action="lambda:InvokeFunction",
            function_name=function.arn,
            principal="apigateway.amazonaws.com",
            source_account=identities.account,
            source_arn=f"arn:aws:execute-api:{identities.region}:{identities.account}:{self.id}/{what}",
        )

    def _invocation(self, function: ServiceFunction) -> str:
        service = f"arn:aws:apigateway:{self._props.identities.region}:lambda"
        return f"{service}:path/2015-03-31/functions/{function.arn}/invocations"

    def _fingerprint(self) -> str:
        """A deployment is a snapshot: a changed API needs a new one, which needs a new name.

        Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-deployment.html
        """
        props: Mapping[str, Any] = {
            "routes": [(route.method, route.path, route.required_headers) for route in self._props.routes],
            "authorizer": [BEARER_TOKEN, self._props.authorizer_cache_seconds],
            "problems": PROBLEMS,
        }
        return hashlib.sha256(json.dumps(props, sort_keys=True).encode()).hexdigest()[:8]


def _words(path: str) -> str:
    return "".join(part.strip("{}").capitalize() for part in path.split("/"))


def _as_in_arn(path: str) -> str:
    return "/".join("*" if part.startswith("{") else part for part in path.split("/"))
