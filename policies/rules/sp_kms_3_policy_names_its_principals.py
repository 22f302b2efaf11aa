"""A key policy says who, and hands the question to nobody else."""

from collections.abc import Iterator

from policies.customer_key import LOOKING
from policies.resource import Resource
from policies.rule import Rule
from policies.statement import Statement, is_whole_account, statements
from policies.verdict import Verdict, holds_unless

RULE = Rule(
    id="SP_KMS_3",
    claim="ENC-6",
    title="Key policy names its principals",
    why="A plain grant to the account's root lets every identity policy of the account open the key.",
    fix="Name a role, or narrow the account with ArnEquals aws:PrincipalArn and a full role name.",
    source="https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html",
    resource_types=("AWS::KMS::Key",),
)

_EXACT_OPERATORS = ("ArnEquals", "StringEquals")


def judge(resource: Resource) -> Verdict:
    """Every Allow names roles, narrows an account to named roles, or is a service bound to a source.

    An account may be allowed to look: its own policies then say who sees the key's policy and its grants.
    """
    return holds_unless(
        problem
        for statement in statements(resource.at("KeyPolicy"))
        if statement.allows
        for problem in _problems(statement)
    )


def _problems(statement: Statement) -> Iterator[str]:
    if statement.not_principals or not statement.principals:
        yield f"{statement.name} allows everyone but some: it must name principals"
    for kind, value in statement.principals:
        wide = value == "*" or (kind == "AWS" and is_whole_account(value))
        may_only_look = value != "*" and set(statement.actions) <= set(LOOKING) and not statement.not_actions
        if kind == "AWS" and wide and not may_only_look and not _narrowed(statement):
            yield f"{statement.name} allows {value} without naming a role in aws:PrincipalArn"
        if kind == "Service" and not _bound_to_a_source(statement):
            yield f"{statement.name} allows {value} for whatever resource of whatever account"
        if kind not in ("AWS", "Service"):
            yield f"{statement.name} allows a principal of kind {kind}"


def _narrowed(statement: Statement) -> bool:
    """ArnEquals also takes wildcards, so the values must have none.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN
    """
    values = [v for operator in _EXACT_OPERATORS for v in statement.condition(operator, "aws:PrincipalArn")]
    return bool(values) and not any(character in value for value in values for character in "*?")


def _bound_to_a_source(statement: Statement) -> bool:
    keys = statement.condition_keys()
    return bool(keys & {"aws:sourcearn", "aws:sourceaccount"}) or any(
        key.startswith("kms:encryptioncontext:") for key in keys
    )
