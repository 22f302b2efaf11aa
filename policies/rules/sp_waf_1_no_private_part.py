"""The firewall keeps no token, no query, no path and no file name of a request."""

from collections.abc import Iterator

from policies.node import Node
from policies.resource import Resource
from policies.rule import Rule
from policies.verdict import Verdict, holds_unless

RULE = Rule(
    id="SP_WAF_1",
    claim="AUT-3",
    title="Firewall keeps nothing private of a request",
    why="WAF logs every header, the query and the path; its samples show them to whoever opens the console.",
    fix="On the web ACL, protect headers, query and body by SUBSTITUTION, and sample no request. In the log, "
    "redact UriPath, QueryString and the same headers, and keep only what was blocked or counted.",
    source="https://docs.aws.amazon.com/waf/latest/developerguide/data-protection-masking.html",
    resource_types=("AWS::WAFv2::LoggingConfiguration", "AWS::WAFv2::RuleGroup", "AWS::WAFv2::WebACL"),
)

# Headers of our clients with a token in them, a file name, an id of a picture or a digest of its content. AWS
# can protect no more than the headers that are named.
HEADERS = frozenset(
    {
        "authorization",
        "cookie",
        "if-match",
        "if-none-match",
        "if-range",
        "referer",
        "upload-checksum",
        "upload-metadata",
    }
)

# What a rule did; a request that matched none of it was simply let through.
_NOTABLE = ("BLOCK", "CAPTCHA", "CHALLENGE", "COUNT", "EXCLUDED_AS_COUNT")


def judge(resource: Resource) -> Verdict:
    """Protection on the web ACL covers logs and samples, but no path; redaction covers the log's path."""
    match resource.type:
        case "AWS::WAFv2::WebACL":
            return holds_unless([*_sampled(resource), *_unprotected(resource)])
        case "AWS::WAFv2::LoggingConfiguration":
            return holds_unless([*_unredacted(resource), *_ordinary(resource.at("LoggingFilter"))])
        case _:
            return holds_unless(_sampled(resource))


def _sampled(resource: Resource) -> Iterator[str]:
    for where in (resource.properties, *resource.at("Rules").each()):
        # WAF demands the setting, so that what is absent is a template that does not deploy.
        if where.at("VisibilityConfig.SampledRequestsEnabled").flag(default=True):
            yield f"{where.path} keeps sampled requests"


def _unprotected(acl: Resource) -> Iterator[str]:
    covered, headers = set(), set()
    for protection in acl.at("DataProtectionConfig.DataProtections").each():
        if protection.at("Action").text() != "SUBSTITUTION":
            yield f"{protection.path}: Action is not SUBSTITUTION, and AWS advises against relying on a hash"
        for exception in ("ExcludeRateBasedDetails", "ExcludeRuleMatchDetails"):
            if protection.at(exception).flag(default=False):
                yield f"{protection.path}: {exception} shows what the rest hides"
        kind = protection.at("Field.FieldType").text()
        covered.add(kind)
        if kind == "SINGLE_HEADER":
            headers |= {key.text().lower() for key in protection.at("Field.FieldKeys").each()}
    for kind in sorted({"BODY", "QUERY_STRING"} - covered):
        yield f"{kind} is not protected"
    for header in sorted(HEADERS - headers):
        yield f"the header {header} is not protected"


def _unredacted(log: Resource) -> Iterator[str]:
    fields = log.at("RedactedFields").each()
    for part in ("UriPath", "QueryString"):
        if not any(field.at(part).present for field in fields):
            yield f"{part} is not redacted"
    redacted = {
        field.at("SingleHeader.Name").text().lower() for field in fields if field.at("SingleHeader").present
    }
    for header in sorted(HEADERS - redacted):
        yield f"the header {header} is not redacted"


def _ordinary(filter_: Node) -> Iterator[str]:
    """What would keep a line about a request that no rule minded."""
    if filter_.at("DefaultBehavior").text(default="KEEP") != "DROP":
        yield "the log keeps requests that no rule minded"
    for one in filter_.at("Filters").each():
        if one.at("Behavior").text() == "DROP":
            continue
        for condition in one.at("Conditions").each():
            action = condition.at("ActionCondition.Action").text()
            # A label is put on a request by a rule that matched it.
            if action not in _NOTABLE and not condition.at("LabelNameCondition").present:
                yield f"{condition.path} keeps requests by the action {action or 'absent'}"
