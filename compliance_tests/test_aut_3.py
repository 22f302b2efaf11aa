"""AUT-3: the identity provider issues and keeps tokens; we never store one."""

from compliance_tests.checks import aut_3
from compliance_tests.marks import proves, sabotages
from compliance_tests.sabotage import Weakness, drop, must_be_reported, put, weaknesses
from compliance_tests.verdicts import must_hold

STAGE = "AWS::ApiGateway::Stage"


@proves("AUT-3")
def test_no_log_of_the_api_or_the_firewall_holds_a_token(environment):
    must_hold(aut_3.check(environment))


@sabotages("AUT-3")
@weaknesses(
    Weakness("data tracing", STAGE, put("MethodSettings.0.DataTraceEnabled", True), "SP_API_3"),
    Weakness("verbose execution logs", STAGE, put("MethodSettings.0.LoggingLevel", "INFO"), "SP_API_3"),
    Weakness(
        "an access log with the caller",
        STAGE,
        put("AccessLogSetting.Format", "$context.requestId $context.authorizer.user"),
        "SP_API_3",
    ),
    Weakness(
        "a firewall log with every header",
        "AWS::WAFv2::LoggingConfiguration",
        drop("RedactedFields"),
        "redacted",
    ),
    Weakness(
        "a decision remembered for an hour",
        "AWS::ApiGateway::Authorizer",
        put("AuthorizerResultTtlInSeconds", 3600),
        "short-memory",
    ),
)
def test_a_place_that_would_keep_a_token_is_reported(environment, weakness):
    must_be_reported(aut_3.check, weakness, environment)
