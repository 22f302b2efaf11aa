"""IAM policy statements as they stand in a template, with every string rendered."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from policies.node import Node, UnresolvedError
from policies.resource import Resource

# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_IAM.html
IDENTITY_POLICY_TYPES = (
    "AWS::IAM::Policy",
    "AWS::IAM::ManagedPolicy",
    "AWS::IAM::RolePolicy",
    "AWS::IAM::UserPolicy",
    "AWS::IAM::GroupPolicy",
    "AWS::IAM::Role",
    "AWS::IAM::User",
    "AWS::IAM::Group",
)

# How a principal is written here that only a parameter's value tells.
_PARAMETER = "${Parameters/"

Conditions = Mapping[str, Mapping[str, tuple[str, ...]]]


@dataclass(frozen=True)
class Statement:
    """One statement; `principals` are pairs of kind and value, ("AWS", "*") for everyone."""

    path: str
    sid: str
    allows: bool
    actions: tuple[str, ...]
    not_actions: tuple[str, ...]
    resources: tuple[str, ...]
    not_resources: tuple[str, ...]
    principals: tuple[tuple[str, str], ...]
    not_principals: tuple[tuple[str, str], ...]
    conditions: Conditions

    @property
    def name(self) -> str:
        """Its Sid, or its place when it has none."""
        return self.sid or self.path

    @property
    def for_everyone(self) -> bool:
        """Whether its principal is anyone at all, before conditions."""
        return any(value == "*" for _, value in self.principals)

    def covers(self, action: str) -> bool:
        """Whether an action is one of those the statement is about; `NotAction` counts all others."""
        if self.not_actions:
            return not any(action_matches(pattern, action) for pattern in self.not_actions)
        return any(action_matches(pattern, action) for pattern in self.actions)

    def condition(self, operator: str, key: str) -> tuple[str, ...]:
        """The values of one condition; the key in any case, as IAM compares it."""
        for name, values in self.conditions.get(operator, {}).items():
            if name.lower() == key.lower():
                return values
        return ()

    def condition_keys(self) -> frozenset[str]:
        """Every condition key it speaks of, in lower case."""
        return frozenset(key.lower() for keys in self.conditions.values() for key in keys)


def is_whole_account(principal: str) -> bool:
    """Whether an AWS principal is an account: its number, or its root; what a parameter says may be one.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-accounts
    """
    return bool(parameter_named(principal)) or bool(
        re.fullmatch(r"\d{12}|\$\{AWS::AccountId\}|arn:.+:iam::.*:root", principal)
    )


def action_matches(pattern: str, action: str) -> bool:
    """IAM's comparison of an action: any case, `*` for any run, `?` for one character.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html
    """
    return _glob(pattern.lower(), action.lower())


def _glob(pattern: str, text: str) -> bool:
    """Wildcard match by the textbook two-pointer walk: linear memory, no regular expression to abuse."""
    p = t = 0
    star, mark = -1, 0
    while t < len(text):
        if p < len(pattern) and pattern[p] == "*":
            star, mark = p, t
            p += 1
        elif p < len(pattern) and pattern[p] in ("?", text[t]):
            p, t = p + 1, t + 1
        elif star >= 0:
            mark += 1
            p, t = star + 1, mark
        else:
            return False
    return all(character == "*" for character in pattern[p:])


def statements(document: Node) -> tuple[Statement, ...]:
    """The statements of a policy document; none when there is no document.

    Raises: UnresolvedError when any part is not settled by the templates.
    """
    return tuple(_statement(each) for node in document.at("Statement").each() for each in _chosen(node))


def _chosen(node: Node) -> Iterator[Node]:
    """The statement, or the Allow that a condition adds: what may be there is judged as if it were.

    Raises: UnresolvedError for anything else that a condition chooses; a Deny that may be missing is none.
    """
    match node.raw:
        case {"Fn::If": [_, {"Effect": "Allow"} as added, {"Ref": "AWS::NoValue"}]}:
            yield Node(added, f"{node.path}.Fn::If[1]", node.template)
        case _:
            yield node


def parameter_named(principal: str) -> str:
    """The parameter whose value is the principal; empty when it is another one."""
    return principal.removeprefix(_PARAMETER).removesuffix("}") if principal.startswith(_PARAMETER) else ""


def identity_statements(resource: Resource) -> Iterator[Statement]:
    """What a resource of one of IDENTITY_POLICY_TYPES allows or denies to the principals it is for."""
    if resource.type in ("AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group"):
        for policy in resource.at("Policies").each():
            yield from statements(policy.at("PolicyDocument"))
    else:
        yield from statements(resource.at("PolicyDocument"))


def _statement(node: Node) -> Statement:
    effect = node.at("Effect").text()
    if effect not in ("Allow", "Deny"):
        raise UnresolvedError(f"{node.path}.Effect is {effect!r}, expected Allow or Deny")
    conditions = {
        operator: {key: _texts(values) for key, values in keys.items()}
        for operator, keys in node.at("Condition").items()
    }
    return Statement(
        path=node.path,
        sid=node.at("Sid").text(),
        allows=effect == "Allow",
        actions=_texts(node.at("Action")),
        not_actions=_texts(node.at("NotAction")),
        resources=_texts(node.at("Resource")),
        not_resources=_texts(node.at("NotResource")),
        principals=_principals(node.at("Principal")),
        not_principals=_principals(node.at("NotPrincipal")),
        conditions=conditions,
    )


def _texts(node: Node) -> tuple[str, ...]:
    return tuple(value.text() for value in node.each())


def _principals(node: Node) -> tuple[tuple[str, str], ...]:
    if node.raw == "*":
        return (("AWS", "*"),)
    return tuple(
        (kind, f"{_PARAMETER}{name}}}" if (name := _parameter(value)) else value.text())
        for kind, values in node.items()
        for value in values.each()
    )


def _parameter(node: Node) -> str:
    match node.raw:
        case {"Ref": str(name)} if name in node.template.body.get("Parameters", {}):
            return name
    return ""
