"""What the firewall looks for in a request, in the order in which it looks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from stacks.constructs.managed_rules import COMMON, IP_REPUTATION, KNOWN_BAD_INPUTS, ManagedGroup

Statement = dict[str, Any]

# Over which WAF counts what one address or one token sends.
WINDOW_SECONDS = 300

# A Content-Length above 4194304, written out, since WAF compares the length of a header and not its number.
MORE_THAN_4_MIB = (
    "^0*([1-9][0-9]{7,}|[5-9][0-9]{6}|4[2-9][0-9]{5}|419[5-9][0-9]{3}"
    "|4194[4-9][0-9]{2}|41943[1-9][0-9]|419430[5-9])$"
)


def rules(
    *, requests_per_address: int, requests_per_token: int, headers: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Floods and oversized bodies, then what AWS's groups know; `headers` go with every refusal."""

    def refuse(status: int, body: str, **more: str) -> dict[str, Any]:
        named = [{"name": name, "value": value} for name, value in {**headers, **more}.items()]
        answer = {"responseCode": status, "customResponseBodyKey": body, "responseHeaders": named}
        return {"action": {"block": {"customResponse": answer}}}

    too_many = {"Retry-After": "60"}
    every = [
        {
            "name": "FloodOfOneAddress",
            "statement": _more_than(requests_per_address, {"aggregateKeyType": "IP"}),
            **refuse(429, "TooMany", **too_many),
        },
        {
            # A request without the header is not counted by this rule.
            # https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-statement-type-rate-based-aggregation-options.html
            "name": "FloodOfOneToken",
            "statement": _more_than(
                requests_per_token,
                {
                    "aggregateKeyType": "CUSTOM_KEYS",
                    "customKeys": [{"header": {"name": "authorization", "textTransformations": _AS_SENT}}],
                },
            ),
            **refuse(429, "TooMany", **too_many),
        },
        {
            "name": "MoreThanOneSegment",
            "statement": {
                "regexMatchStatement": {
                    "fieldToMatch": _header("content-length"),
                    "regexString": MORE_THAN_4_MIB,
                    "textTransformations": _AS_SENT,
                }
            },
            **refuse(413, "TooLarge"),
        },
        _group(IP_REPUTATION, {"none": {}}, ()),
        *(_group(group.name, {"count": {}}, group.labels) for group in (COMMON, KNOWN_BAD_INPUTS)),
        {
            "name": "KnownAttackBesideTheBody",
            "statement": _any(_labelled(label) for group in _GROUPS for label in group.beside_the_body),
            **refuse(403, "Refused"),
        },
        {
            "name": "KnownAttackInWhatIsReadAsText",
            "statement": _all(_any(_labelled(group.namespace) for group in _GROUPS), _read_as_text()),
            **refuse(403, "Refused"),
        },
    ]
    return [
        {**rule, "priority": at, "visibilityConfig": visibility(rule["name"])}
        for at, rule in enumerate(every)
    ]


def visibility(name: str) -> dict[str, Any]:
    """A metric, and no sampled requests: a sample holds headers and the path, and the console shows them."""
    return {"cloudWatchMetricsEnabled": True, "metricName": name, "sampledRequestsEnabled": False}


_GROUPS: tuple[ManagedGroup, ...] = (COMMON, KNOWN_BAD_INPUTS)
_AS_SENT = [{"priority": 0, "type": "NONE"}]
_IN_LOWER_CASE = [{"priority": 0, "type": "LOWERCASE"}]


def _group(name: str, override: dict[str, Any], counted: Iterable[str]) -> dict[str, Any]:
    """A group of AWS's; what it finds is put on the request as labels, and only counted where it says so.

    Its rules are overridden one by one, so that each is looked at; the result of the group is overridden too,
    so that a rule which AWS adds tomorrow cannot block by itself. The version stays AWS's default: a version
    that is scheduled to expire cannot be chosen any more, and a deployment that names it fails.
    https://docs.aws.amazon.com/waf/latest/APIReference/API_OverrideAction.html
    https://docs.aws.amazon.com/waf/latest/developerguide/waf-managed-rule-groups-versioning-lifecycle.html
    """
    overrides = [{"name": rule, "actionToUse": {"count": {}}} for rule in counted]
    reference: dict[str, Any] = {"vendorName": "AWS", "name": name}
    if overrides:
        reference["ruleActionOverrides"] = overrides
    return {"name": name, "overrideAction": override, "statement": {"managedRuleGroupStatement": reference}}


def _read_as_text() -> Statement:
    """Whether our code reads the body as text: it does so with JSON, and a picture is opaque bytes.

    docs/decisions/0021-what-the-edge-refuses.md
    """
    content_type = _header("content-type")
    return _any(
        [
            {
                "notStatement": {
                    "statement": {
                        "sizeConstraintStatement": {
                            "fieldToMatch": content_type,
                            "comparisonOperator": "GT",
                            "size": 0,
                            "textTransformations": _AS_SENT,
                        }
                    }
                }
            },
            {
                "byteMatchStatement": {
                    "fieldToMatch": content_type,
                    "positionalConstraint": "STARTS_WITH",
                    "searchString": "application/json",
                    "textTransformations": _IN_LOWER_CASE,
                }
            },
        ]
    )


def _more_than(limit: int, of: dict[str, Any]) -> Statement:
    return {"rateBasedStatement": {"limit": limit, "evaluationWindowSec": WINDOW_SECONDS, **of}}


def _labelled(key: str) -> Statement:
    """A label, or the namespace of a group's labels when it ends in a colon.

    https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-statement-type-label-match.html
    """
    return {"labelMatchStatement": {"scope": "NAMESPACE" if key.endswith(":") else "LABEL", "key": key}}


def _header(name: str) -> dict[str, Any]:
    return {"singleHeader": {"Name": name}}


def _any(statements: Iterable[Statement]) -> Statement:
    return {"orStatement": {"statements": list(statements)}}


def _all(*statements: Statement) -> Statement:
    return {"andStatement": {"statements": list(statements)}}
