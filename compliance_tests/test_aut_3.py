"""AUT-3: the identity provider issues and keeps tokens; we never store one."""

import pytest

from compliance_tests.checks import aut_3
from compliance_tests.marks import proves, sabotages
from compliance_tests.sabotage import Weakness, added, drop, must_be_reported, put, weaknesses
from compliance_tests.verdicts import must_hold
from policies.finding import summary
from policies.verdict import Status

ACL, LOG, STAGE = "AWS::WAFv2::WebACL", "AWS::WAFv2::LoggingConfiguration", "AWS::ApiGateway::Stage"


@proves("AUT-3")
def test_no_log_sample_trace_or_cache_of_the_edge_holds_a_token_a_query_or_a_path(environment):
    must_hold(aut_3.check(environment))


@sabotages("AUT-3")
@weaknesses(
    Weakness("data tracing", STAGE, put("MethodSettings.0.DataTraceEnabled", True), "SP_API_3"),
    Weakness("verbose execution logs", STAGE, put("MethodSettings.0.LoggingLevel", "INFO"), "SP_API_3"),
    Weakness("execution logs of errors", STAGE, put("MethodSettings.0.LoggingLevel", "ERROR"), "SP_API_3"),
    Weakness("traces, which hold the path", STAGE, put("TracingEnabled", True), "SP_API_3"),
    Weakness("a cache of answers", STAGE, put("CacheClusterEnabled", True), "SP_API_3"),
    Weakness(
        "an access log with the caller",
        STAGE,
        put("AccessLogSetting.Format", "$context.extendedRequestId $context.authorizer.user"),
        "SP_API_3",
    ),
    Weakness(
        "an access log with the whole path",
        STAGE,
        put("AccessLogSetting.Format", "$context.extendedRequestId $context.path"),
        "SP_API_3",
    ),
    Weakness(
        "an access log with an id that the caller chose",
        STAGE,
        put("AccessLogSetting.Format", "$context.requestId $context.status"),
        "SP_API_3",
    ),
    Weakness("a firewall log with path, query and headers", LOG, drop("RedactedFields"), "SP_WAF_1"),
    Weakness("a firewall log with paths", LOG, drop("RedactedFields.0"), "SP_WAF_1"),
    Weakness("a firewall log with tokens", LOG, drop("RedactedFields.2"), "SP_WAF_1"),
    Weakness("a firewall log of every request", LOG, drop("LoggingFilter"), "SP_WAF_1"),
    Weakness(
        "a firewall log of what was let through",
        LOG,
        put("LoggingFilter.Filters.0.Conditions.0", {"ActionCondition": {"Action": "ALLOW"}}),
        "SP_WAF_1",
    ),
    Weakness("a firewall that protects nothing", ACL, drop("DataProtectionConfig"), "SP_WAF_1"),
    Weakness(
        "a firewall that shows file names",
        ACL,
        put("DataProtectionConfig.DataProtections.0.Field.FieldKeys", ["authorization", "cookie"]),
        "SP_WAF_1",
    ),
    Weakness(
        "a firewall that shows the token of a flood",
        ACL,
        put("DataProtectionConfig.DataProtections.0.ExcludeRateBasedDetails", True),
        "SP_WAF_1",
    ),
    Weakness(
        "samples of every request", ACL, put("VisibilityConfig.SampledRequestsEnabled", True), "SP_WAF_1"
    ),
    Weakness(
        "samples of one rule", ACL, put("Rules.3.VisibilityConfig.SampledRequestsEnabled", True), "SP_WAF_1"
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


@sabotages("AUT-3")
@pytest.mark.parametrize("kind", ["AWS::CloudFront::Distribution", "AWS::VpcLattice::AccessLogSubscription"])
def test_another_thing_that_may_log_requests_is_not_passed_over(environment, kind):
    verdict = summary(aut_3.check(added("Planted", kind, {})(environment)))
    assert verdict.status is Status.CANNOT_TELL
    assert kind in verdict.reason
