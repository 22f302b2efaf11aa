"""A role says who may take it."""

from collections.abc import Iterator

from policies.resource import Resource
from policies.rule import Rule
from policies.statement import Statement, is_whole_account, statements
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
    return holds_unless(problem for statement in allows for problem in _problems(statement))


def _closes(statement: Statement) -> bool:
    return statement.for_everyone and statement.covers("sts:AssumeRole") and not statement.conditions


def _problems(statement: Statement) -> Iterator[str]:
    if statement.not_principals or not statement.principals:
        yield f"{statement.name} trusts everyone but some"
    for kind, value in statement.principals:
        if "*" in value:
            yield f"{statement.name} trusts {value}"
        if kind == "AWS" and is_whole_account(value) and "aws:principalarn" not in statement.condition_keys():
            yield f"{statement.name} trusts the whole account {value}"
