"""The one way in: the REST API, what it answers by itself, and its stage."""

from __future__ import annotations

import json
from dataclasses import dataclass

from aws_cdk import aws_apigateway as apigateway
from constructs import Construct

from stacks.constructs.acknowledge import acknowledge
from stacks.constructs.api_deployment import ApiDeployment
from stacks.constructs.api_routes import ApiRoutes, ApiRoutesProps, Route
from stacks.constructs.cross_origin import CrossOrigin
from stacks.constructs.gateway_problems import GatewayProblems
from stacks.constructs.sealed_log_group import SealedLogGroup, SealedLogGroupProps
from stacks.constructs.service_function import ServiceFunction
from stacks.identities import Identities

STAGE = "v1"

# TLS 1.2 and 1.3 with forward secrecy, and post-quantum key exchange for clients that can.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies-list.html
SECURITY_POLICY = "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09"

# What an access log line says: no address, no header, no path with an id in it, nothing of the token. The
# extended id is the gateway's own; a caller can choose the other one.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html
ACCESS_LOG = {
    "request_id": "$context.extendedRequestId",
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

_NO_CACHE = "a cache would hold people's pictures"
_NO_EXECUTION_LOG = "execution logs can hold headers and bodies; the access log has fixed fields without them"


@dataclass(frozen=True, kw_only=True)
class PictureApiProps:
    """The routes, who answers and who judges tokens, which pages may read, and how much is let through."""

    identities: Identities
    routes: tuple[Route, ...]
    pictures: ServiceFunction
    authorize: ServiceFunction
    authorizer_cache_seconds: int
    cross_origin: CrossOrigin
    logs: SealedLogGroupProps
    requests_per_second: int
    burst: int

    def __post_init__(self) -> None:
        if not 0 <= self.authorizer_cache_seconds <= 300:
            # AUT-3 promises that no decision is remembered for longer.
            raise ValueError(
                f"authorizer_cache_seconds must be from 0 to 300, got {self.authorizer_cache_seconds}"
            )


class PictureApi(Construct):
    """Promises ENV-2, ENC-1: every route behind the authorizer, over current TLS only.

    The gateway's own address stays closed, execution logs and tracing stay off (they would write paths,
    tokens and pictures), and nothing is cached but the authorizer's decisions.
    """

    def __init__(self, scope: Construct, construct_id: str, props: PictureApiProps) -> None:
        super().__init__(scope, construct_id)
        self._region = props.identities.region
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
        acknowledge(
            self.resource,
            {
                "AwsSolutions-APIG2": "each route names the headers that it requires; bodies are bytes "
                "of pictures, which no model describes"
            },
        )
        self.id = self.resource.attr_rest_api_id
        ApiRoutes(
            self,
            "Routes",
            ApiRoutesProps(
                api=self.resource,
                stage_name=STAGE,
                identities=props.identities,
                routes=props.routes,
                pictures=props.pictures,
                authorize=props.authorize,
                authorizer_cache_seconds=props.authorizer_cache_seconds,
                cross_origin=props.cross_origin,
            ),
        )
        GatewayProblems(self, "Problems", rest_api_id=self.id, cross_origin=props.cross_origin)
        self.deployment = ApiDeployment(self, "Deployment", api=self, rest_api_id=self.id)
        self.access_log = SealedLogGroup(self, "AccessLog", props.logs)
        self.stage = self._stage(props)

    @property
    def stage_arn(self) -> str:
        """The stage as the web ACL names it."""
        return f"arn:aws:apigateway:{self._region}::/restapis/{self.id}/stages/{STAGE}"

    def _stage(self, props: PictureApiProps) -> apigateway.CfnStage:
        stage = apigateway.CfnStage(
            self,
            "Stage",
            rest_api_id=self.id,
            deployment_id=self.deployment.id,
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
        acknowledge(
            stage,
            {
                "CKV_AWS_73": "a trace holds the path and with it a picture's id, under a key that a "
                "template cannot make ours",
                "CKV_AWS_120": _NO_CACHE,
                "NIST.800.53.R5-APIGWCacheEnabledAndEncrypted": _NO_CACHE,
                "AwsSolutions-APIG6": _NO_EXECUTION_LOG,
                "NIST.800.53.R5-APIGWExecutionLoggingEnabled": _NO_EXECUTION_LOG,
                "NIST.800.53.R5-APIGWSSLEnabled": "the API calls the functions through AWS's own signed API, "
                "so there is no connection that a client certificate could guard",
            },
        )
        return stage
