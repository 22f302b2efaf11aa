"""The API writes no token and no body into a log."""

import re
from collections.abc import Iterator

from policies.resource import Resource
from policies.rule import Rule
from policies.verdict import Verdict, holds_unless

RULE = Rule(
    id="SP_API_3",
    claim="AUT-3",
    title="API logs hold no header and no body",
    why="Execution logs with data tracing write whole requests, tokens included.",
    fix="Set DataTraceEnabled to false everywhere, and take header variables out of the access log.",
    source="https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html",
    resource_types=("AWS::ApiGateway::Stage", "AWS::ApiGateway::Deployment", "AWS::ApiGatewayV2::Stage"),
)

# Variables of the access log that carry what the caller sent, or who the caller is.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html
_TELLING = re.compile(
    r"\$input\.|\$context\.(requestOverride|identity\.|customDomain\.|path\b"
    r"|authorizer\.(?!(status|error|latency|integrationStatus|integrationLatency|requestId)\b))"
)


def judge(resource: Resource) -> Verdict:
    """No method setting traces data, and the access log's format names nothing the caller sent."""
    return holds_unless(_problems(resource))


def _problems(resource: Resource) -> Iterator[str]:
    for where in (resource.properties, resource.at("StageDescription")):
        if where.at("DataTraceEnabled").flag(default=False):
            yield "DataTraceEnabled is on"
        for setting in where.at("MethodSettings").each():
            if setting.at("DataTraceEnabled").flag(default=False):
                yield f"{setting.path}: DataTraceEnabled is on"
            if setting.at("LoggingLevel").text(default="OFF").upper() == "INFO":
                yield f"{setting.path}: LoggingLevel INFO logs what authorizers get and answer"
        for variable in re.findall(r"\$[\w.]+", where.at("AccessLogSetting.Format").text()):
            if _TELLING.match(variable):
                yield f"the access log writes {variable}"
