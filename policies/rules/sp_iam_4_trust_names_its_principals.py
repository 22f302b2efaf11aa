"""A role says who may take it."""

import re
from collections.abc import Iterator

from policies.node import Node
from policies.resource import Resource
from policies.rule import Rule
from policies.statement import Statement, is_whole_account, parameter_named, statements
from policies.verdict import HOLDS, Verdict, broken, holds_unless

RULE = Rule(
    id="SP_IAM_4",
    claim="ENV-2",
    title="Role trusts named principals only",
    why="A role that anyone may take is a public endpoint with credentials behind it.",
    fix="Name a service, a role or a federated provider; an account only with aws:PrincipalArn.",
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html",
    resource_types=("AWS::IAM::Role",),
)


def judge(resource: Resource) -> Verdict:
    """Every Allow of the trust policy names its principals; a role may be closed on purpose, in words."""
    trust = statements(resource.at("AssumeRolePolicyDocument"))
    allows = [s for s in trust if s.allows]
    if not allows and any(_closes(s) for s in trust):
        return HOLDS
    if not allows:
        return broken("nobody can take the role: remove it, or say so with a Deny for everyone")
    parameters = Node(resource.template.body.get("Parameters", {}), "Parameters", resource.template)
    return holds_unless(problem for statement in allows for problem in _problems(statement, parameters))


def _closes(statement: Statement) -> bool:
    return statement.for_everyone and statement.covers("sts:AssumeRole") and not statement.conditions


# What no value of a parameter may be: somebody's whole account, or everybody.
_TOO_WIDE = ("*", "111111111111", "arn:aws:iam::111111111111:root", "arn:aws:iam::111111111111:role/*")


def _by_parameter(name: str, parameter: Node) -> Iterator[str]:
    """A parameter lets nobody in by default, and its pattern admits only ARNs of roles or users.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
    """
    pattern = parameter.at("AllowedPattern").text()
    if default := parameter.at("Default").text():
        yield f"the parameter {name} lets {default} in by default"
    if not pattern or any(re.fullmatch(pattern, value) for value in _TOO_WIDE):
        yield f"the parameter {name} may be a whole account or everybody"


def _problems(statement: Statement, parameters: Node) -> Iterator[str]:
    if statement.not_principals or not statement.principals:
        yield f"{statement.name} trusts everyone but some"
    for kind, value in statement.principals:
        if name := parameter_named(value):
            yield from _by_parameter(name, parameters.at(name))
            continue
        if "*" in value:
            yield f"{statement.name} trusts {value}"
        if kind == "AWS" and is_whole_account(value) and not _named(statement):
            yield f"{statement.name} trusts the whole account {value}"
    yield from _mfa_of_a_role(statement, parameters)


def _mfa_of_a_role(statement: Statement, parameters: Node) -> Iterator[str]:
    """A session of a role says nothing of MFA, so a trust that demands it of a role lets nobody in.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_configure-api-require.html#scenarios
    """
    if not any(key.startswith("aws:multifactorauth") for key in statement.condition_keys()):
        return
    named = {value for kind, value in statement.principals if kind == "AWS"}
    for value in sorted(named | _by_condition(statement)):
        name = parameter_named(value)
        pattern = parameters.at(name).at("AllowedPattern").text() if name else ""
        if _is_role(value) or (pattern and any(re.fullmatch(pattern, role) for role in _ROLES)):
            yield f"{statement.name} demands MFA of {name or value}, a role: no session of a role shows it"


def _named(statement: Statement) -> bool:
    """Whether a condition, which fails on an absent key, says which roles and users of an account."""
    values = _by_condition(statement)
    return bool(values) and not any({"*", "?"} & set(value) for value in values)


def _by_condition(statement: Statement) -> set[str]:
    exact = ("ArnEquals", "ArnLike", "StringEquals", "StringLike")
    return {value for operator in exact for value in statement.condition(operator, "aws:PrincipalArn")}


_ROLES = (
    "arn:aws:iam::111111111111:role/Somebody",
    "arn:aws:sts::111111111111:assumed-role/Somebody/session",
)


def _is_role(value: str) -> bool:
    return ":role/" in value or ":assumed-role/" in value
