"""A refusal says what becomes of a request that lacks the key it compares."""

from collections.abc import Iterator

from policies.absent_key import holds_without_its_key
from policies.policy_documents import policy_documents
from policies.resource import Resource
from policies.rule import EVERY_TYPE, Rule
from policies.statement import Statement, statements
from policies.verdict import DOES_NOT_APPLY, Verdict, holds_unless

RULE = Rule(
    id="SP_IAM_5",
    claim="ENV-8",
    title="No Deny refuses a request for a key that it does not carry, unless that is what is meant",
    why="'Not equal' is true of a key that is absent: 'deny any other encryption' also refuses every request "
    "that names no encryption at all, which is what a well-behaved client sends.",
    fix="Add Null: {key: 'false'} to the condition; where absence itself is refused, use a key of FENCES.",
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/"
    "reference_policies_elements_condition_operators.html",
    resource_types=(EVERY_TYPE,),
)

# Keys whose absence is what the refusal is about, each with its reason.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
FENCES = {
    "aws:principalarn": "a caller without an ARN is nobody, or a service for itself: none of the roles meant",
    "iam:permissionsboundary": "a call that names no boundary makes a role without one: that is refused",
    "aws:sourcevpc": "a request that came through no VPC endpoint did not come from our network",
    "kms:viaservice": "a caller who uses the key directly comes through no service",
}


def judge(resource: Resource) -> Verdict:
    """Every Deny of every policy of the resource, read with each of its keys absent."""
    documents = [statements(document) for document in policy_documents(resource)]
    if not any(not statement.allows for document in documents for statement in document):
        return DOES_NOT_APPLY
    return holds_unless(
        problem
        for document in documents
        for statement in document
        if not statement.allows
        for problem in _problems(statement, document)
    )


def _problems(denial: Statement, document: tuple[Statement, ...]) -> Iterator[str]:
    for operator, keys in denial.conditions.items():
        for key in keys:
            if not holds_without_its_key(operator) or denial.condition("Null", key) == ("false",):
                continue
            if key.lower() not in FENCES:
                yield f"{denial.name} also refuses every request without {key}: {operator} holds for it"
            elif served := _services_refused(denial, document):
                yield f"{denial.name} refuses {served}, whose own calls carry no {key}"


def _services_refused(denial: Statement, document: tuple[Statement, ...]) -> str:
    """The services that the same document lets in and the denial shuts out again; a grant lets one in too.

    A service's own call has neither a network of ours, nor a role's ARN, nor another service in between.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-services
    https://docs.aws.amazon.com/kms/latest/developerguide/grants.html
    """
    if not denial.for_everyone:
        return ""
    allows = [s for s in document if s.allows and any(_overlap(denial, action) for action in s.actions)]
    served = {value for s in allows for kind, value in s.principals if kind == "Service"}
    if any(s.covers("kms:CreateGrant") for s in document if s.allows):
        served.add("services that hold a grant")
    return ", ".join(sorted(served))


def _overlap(denial: Statement, action: str) -> bool:
    """Whether the denial is about some action of a pattern; a prefix is enough to be on the safe side."""
    return denial.covers(action) or any(
        pattern.lower().startswith(action.lower().rstrip("*?")) for pattern in denial.actions
    )
