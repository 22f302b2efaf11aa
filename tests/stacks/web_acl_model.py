"""What AWS WAF does with a request, as far as our web ACL goes: from its template, on its pages' words.

Whatever a statement is that this model does not know stops the test that asked.
"""

import re
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass
class Request:
    """A request, and the rules of AWS's groups that it matches, each with the label that the rule adds."""

    headers: dict[str, str] = field(default_factory=dict)
    matches: dict[str, dict[str, str]] = field(default_factory=dict)
    floods: frozenset[str] = frozenset()
    labels: set[str] = field(default_factory=set)


def answer(acl: Json, request: Request) -> str:
    """The name of the rule that blocks it; empty when it is let through."""
    request.labels = set()
    for rule in sorted(acl["Rules"], key=lambda rule: rule["Priority"]):
        group = rule["Statement"].get("ManagedRuleGroupStatement")
        if group:
            if _group_blocks(group, request) and "None" in rule["OverrideAction"]:
                return str(rule["Name"])
        elif _holds(rule["Statement"], request, rule["Name"]):
            assert "Block" in rule["Action"], rule
            return str(rule["Name"])
    assert acl["DefaultAction"] == {"Allow": {}}
    return ""


def _group_blocks(group: Json, request: Request) -> bool:
    """A rule that is overridden to Count adds its label and goes on; one that is not ends the group.

    https://docs.aws.amazon.com/waf/latest/developerguide/web-acl-rule-group-override-options.html
    """
    counted = {one["Name"] for one in group.get("RuleActionOverrides", []) if "Count" in one["ActionToUse"]}
    for rule, label in request.matches.get(group["Name"], {}).items():
        request.labels.add(label)
        if rule not in counted:
            return True
    return False


def _holds(statement: Json, request: Request, rule: str) -> bool:
    [(kind, inner)] = statement.items()
    match kind:
        case "RateBasedStatement":
            return rule in request.floods
        case "AndStatement":
            return all(_holds(one, request, rule) for one in inner["Statements"])
        case "OrStatement":
            return any(_holds(one, request, rule) for one in inner["Statements"])
        case "NotStatement":
            return not _holds(inner["Statement"], request, rule)
        case "LabelMatchStatement" if inner["Scope"] == "LABEL":
            return inner["Key"] in request.labels
        case "LabelMatchStatement":
            return any(label.startswith(inner["Key"]) for label in request.labels)
    value = request.headers.get(inner["FieldToMatch"]["SingleHeader"]["Name"])
    if value is None:
        return False
    if [one["Type"] for one in inner["TextTransformations"]] == ["LOWERCASE"]:
        value = value.lower()
    match kind:
        case "RegexMatchStatement":
            return re.search(inner["RegexString"], value) is not None
        case "SizeConstraintStatement" if inner["ComparisonOperator"] == "GT":
            return len(value) > int(inner["Size"])
        case "ByteMatchStatement" if inner["PositionalConstraint"] == "STARTS_WITH":
            return value.startswith(inner["SearchString"])
    raise NotImplementedError(f"{rule}: {kind}")
