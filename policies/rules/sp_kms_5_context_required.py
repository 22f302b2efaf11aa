"""Nothing uses a key without saying what for."""

from collections.abc import Iterator

from policies.customer_key import SYMMETRIC_USES
from policies.holders import gives_nothing
from policies.resource import Resource
from policies.rule import Rule
from policies.statement import IDENTITY_POLICY_TYPES, Statement, identity_statements, statements
from policies.verdict import DOES_NOT_APPLY, Verdict, holds_unless

RULE = Rule(
    id="SP_KMS_5",
    claim="ENC-7",
    title="Every use of a key needs an encryption context",
    why="A permission without a context opens every wrap made under the key, whosever it is.",
    fix="Add a kms:EncryptionContext condition, or bind the use to one service with kms:ViaService.",
    source="https://docs.aws.amazon.com/kms/latest/developerguide/encrypt_context.html",
    resource_types=("AWS::KMS::Key", *IDENTITY_POLICY_TYPES),
)

_USES_AND_GRANTS = (*SYMMETRIC_USES, "kms:CreateGrant")
_POSITIVE = ("StringEquals", "StringLike", "ArnEquals", "ArnLike", "Bool", "Null")


def judge(resource: Resource) -> Verdict:
    """Every Allow of a cryptographic action is bound to a context or to a service that sets one."""
    if gives_nothing(resource):
        return DOES_NOT_APPLY
    own = resource.type == "AWS::KMS::Key"
    every = statements(resource.at("KeyPolicy")) if own else identity_statements(resource)
    uses = [s for s in every if s.allows and any(s.covers(action) for action in _USES_AND_GRANTS)]
    if not uses:
        return DOES_NOT_APPLY
    return holds_unless(problem for statement in uses for problem in _problems(statement))


def _problems(statement: Statement) -> Iterator[str]:
    keys = {key.lower() for operator in _POSITIVE for key in statement.conditions.get(operator, {})}
    bound = any(key.startswith("kms:encryptioncontext:") for key in keys) or "kms:viaservice" in keys
    if not bound and not _only_grants_for_amazon(statement) and not _a_service_for_us(statement):
        yield f"{statement.name} allows use of a key without an encryption context"


def _only_grants_for_amazon(statement: Statement) -> bool:
    """A grant that only an AWS service can use carries the service's own context constraints.

    Source: https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-grant-is-for-aws-resource
    """
    return statement.actions == ("kms:CreateGrant",) and statement.condition(
        "Bool", "kms:GrantIsForAWSResource"
    ) == ("true",)


def _a_service_for_us(statement: Statement) -> bool:
    """An AWS service bound to our account sets the context itself; a policy cannot know its form.

    Source: https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
    """
    services = all(kind == "Service" for kind, _ in statement.principals)
    exact = [v for v in statement.condition("StringEquals", "aws:SourceAccount") if v.strip("*")]
    return bool(statement.principals) and services and bool(exact)
