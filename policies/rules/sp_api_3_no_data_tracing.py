"""The API writes no token, no path and no body into a log, a trace or a cache."""

import re
from collections.abc import Iterator

from policies.node import Node
from policies.resource import Resource
from policies.rule import Rule
from policies.verdict import Verdict, holds_unless

RULE = Rule(
    id="SP_API_3",
    claim="AUT-3",
    title="Logs, traces and caches of the API hold nothing that a caller sent",
    why="Execution logs hold parameters and payloads, traces hold the path, and a cache holds whole answers.",
    fix="Set LoggingLevel OFF; DataTraceEnabled, TracingEnabled, CachingEnabled, CacheClusterEnabled false; "
    "and use only access log variables that this rule lists.",
    source="https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html",
    resource_types=("AWS::ApiGateway::Stage", "AWS::ApiGateway::Deployment", "AWS::ApiGatewayV2::Stage"),
)

# Variables of the access log that say nothing of what the caller sent and nothing of who the caller is; AWS's
# page has more of them, and more may come: what is not here counts as private until somebody has decided. Not
# `$context.requestId`: a caller can choose it.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html
HARMLESS = frozenset(
    {
        "$context.accountId",
        "$context.apiId",
        "$context.authorizer.integrationLatency",
        "$context.authorizer.latency",
        "$context.authorizer.requestId",
        "$context.authorizer.status",
        "$context.cipherSuite",
        "$context.deploymentId",
        "$context.error.responseType",
        "$context.extendedRequestId",
        "$context.httpMethod",
        "$context.integration.latency",
        "$context.integration.status",
        "$context.integrationLatency",
        "$context.integrationStatus",
        "$context.protocol",
        "$context.requestTime",
        "$context.requestTimeEpoch",
        "$context.resourceId",
        "$context.resourcePath",
        "$context.responseLatency",
        "$context.responseLength",
        "$context.stage",
        "$context.status",
        "$context.tlsVersion",
        "$context.waf.status",
    }
)

_MUST_BE_OFF = ("CacheClusterEnabled", "CachingEnabled", "DataTraceEnabled", "TracingEnabled")


def judge(resource: Resource) -> Verdict:
    """No setting of the stage or of one method logs, traces or keeps a request."""
    return holds_unless(_problems(resource))


def _problems(resource: Resource) -> Iterator[str]:
    for where in (resource.properties, resource.at("StageDescription")):
        yield from _kept(where)
        yield from _kept(where.at("DefaultRouteSettings"))
        for setting in where.at("MethodSettings").each():
            yield from _kept(setting)
        for _, setting in where.at("RouteSettings").items():
            yield from _kept(setting)
        written = where.at("AccessLogSetting.Format").text() + where.at("AccessLogSettings.Format").text()
        for variable in re.findall(r"\$\{?[\w.-]+", written):
            if variable.replace("{", "") not in HARMLESS:
                yield f"the access log writes {variable}"


def _kept(where: Node) -> Iterator[str]:
    """AWS's page does not say what the entry of an error holds, so no level but OFF will do."""
    level = where.at("LoggingLevel").text(default="OFF")
    if level.upper() != "OFF":
        yield f"{where.path}: LoggingLevel is {level}, expected OFF"
    for name in _MUST_BE_OFF:
        if where.at(name).flag(default=False):
            yield f"{where.path}: {name} is on"
