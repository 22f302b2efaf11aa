"""A role that a token can take says which tokens."""

from collections.abc import Iterator

from policies.resource import Resource
from policies.rule import Rule
from policies.statement import Statement, statements
from policies.verdict import DOES_NOT_APPLY, Verdict, holds_unless

RULE = Rule(
    id="SP_IAM_3",
    claim="AUT-2",
    title="Federated trust names audience and user",
    why="Without an audience every token of the provider opens the role, whichever app it was made for.",
    fix="Demand `<issuer>:aud` with StringEquals, and a request tag that names the user.",
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html",
    resource_types=("AWS::IAM::Role",),
)

_EXACT = ("StringEquals", "ForAnyValue:StringEquals")


def judge(resource: Resource) -> Verdict:
    """Every Allow for a federated principal pins the audience exactly and the subject or its tag."""
    federated = [
        statement
        for statement in statements(resource.at("AssumeRolePolicyDocument"))
        if statement.allows and any(kind == "Federated" for kind, _ in statement.principals)
    ]
    if not federated:
        return DOES_NOT_APPLY
    return holds_unless(problem for statement in federated for problem in _problems(statement))


def _problems(statement: Statement) -> Iterator[str]:
    if statement.for_everyone:
        yield f"{statement.name} trusts every provider"
    keys = statement.condition_keys()
    if not any(key.endswith(":sub") or key.startswith("aws:requesttag/") for key in keys):
        yield f"{statement.name} does not demand a subject or a user tag"
    if statement.actions == ("sts:TagSession",):
        # It opens nothing by itself: what opens the role is another action, judged on its own.
        return
    audiences = [
        value
        for operator in _EXACT
        for key, values in statement.conditions.get(operator, {}).items()
        if key.lower().endswith((":aud", ":azp"))
        for value in values
    ]
    if not audiences:
        yield f"{statement.name} does not pin the audience"
