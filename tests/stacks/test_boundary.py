"""The boundary takes nothing away that a role's own policies give: it binds what somebody adds, not us."""

from __future__ import annotations

import pytest

from access.actions import expand
from access.environment import Environment, Principal
from access.language.glob import matches
from access.language.statement import Effect, Statement
from access.load import load
from stacks.identities import Identities
from tests.stacks.weakened import loaded_with, statement, statements, without_statement

BOOTSTRAP = "Bootstrap/Development"


@pytest.fixture(scope="module")
def own(settings) -> Identities:
    return Identities.of(settings.environments[0], settings.region)


def roles(loaded: Environment, own: Identities) -> list[Principal]:
    """The roles that deployments make, in one account."""
    return [
        one
        for one in loaded.principals
        if one.kind == "role" and any(matches(pattern, one.arn) for pattern in own.own_roles)
    ]


def taken_away(loaded: Environment, own: Identities) -> list[str]:
    """Each permission that a role's own policy gives and its boundary does not let through."""
    return [
        f"{role.name} may not {action} on {resource} by its boundary"
        for role in roles(loaded, own)
        for policy in role.identity
        for given in policy.statements
        if given.effect is not Effect.DENY
        for action, resource in permissions(given)
        if not lets_through(role, given, action, resource)
    ]


def permissions(given: Statement) -> list[tuple[str, str]]:
    """Every pair of an action and a resource pattern that a statement allows."""
    assert not given.unresolved, given
    assert given.resource is not None, given
    assert not given.action.negated, given
    assert not given.resource.negated, given
    actions = [name for pattern in given.action.patterns for name in expand(pattern) or (pattern,)]
    return [(action, resource) for action in actions for resource in given.resource.patterns]


def lets_through(role: Principal, given: Statement, action: str, resource: str) -> bool:
    """Whether one statement of each boundary allows at least as much, under no other condition.

    A pattern that matches another pattern's text matches all that the other one does.
    """
    assert role.boundaries, f"{role.name} has no boundary"
    return all(
        any(
            each.effect is Effect.ALLOW
            and any(matches(pattern.lower(), action.lower()) for pattern in each.action.patterns)
            and each.resource is not None
            and any(matches(pattern, resource) for pattern in each.resource.patterns)
            and set(each.conditions) <= set(given.conditions)
            for each in boundary.statements
        )
        and not any(each.effect is not Effect.ALLOW for each in boundary.statements)
        for boundary in role.boundaries
    )


@pytest.mark.parametrize("index", range(3))
def test_the_boundary_lets_through_what_the_roles_are_given(assembly, settings, index):
    own, loaded = Identities.of(settings.environments[index], settings.region), load(assembly)
    given = [p for role in roles(loaded, own) for policy in role.identity for p in policy.statements]
    assert len(roles(loaded, own)) == 9
    assert len(given) > 40
    assert taken_away(loaded, own) == []


def resources_of(sid, *patterns):
    def change(body):
        statement(body, sid)["Resource"] = list(patterns)

    return change


def a_condition(body):
    statement(body, "Objects")["Condition"] = {"Bool": {"aws:SecureTransport": "true"}}


@pytest.mark.parametrize(
    "sid", ["Logs", "FindLogs", "InterfacesOfFunctions", "Keys", "Objects", "Rows", "Copies"]
)
def test_a_statement_that_the_boundary_lacks_is_missed(assembly, tmp_path, own, sid):
    assert taken_away(loaded_with(assembly, tmp_path, BOOTSTRAP, without_statement(sid)), own)


@pytest.mark.parametrize(
    "change",
    [
        resources_of("Objects", "arn:aws:s3:::somebody-elses*/*"),
        resources_of("Rows", "arn:aws:dynamodb:eu-west-1:111111111111:table/restored-*"),
        resources_of("Keys", "arn:aws:kms:us-east-1:111111111111:key/*"),
        a_condition,
    ],
)
def test_a_boundary_that_is_narrower_is_found(assembly, tmp_path, own, change):
    assert taken_away(loaded_with(assembly, tmp_path, BOOTSTRAP, change), own)


@pytest.mark.parametrize(
    ("action", "resource"),
    [("ses:SendEmail", "*"), ("s3:GetObjectVersion", "arn:aws:s3:::soulpicks-development-data-x/*")],
)
def test_a_role_that_is_given_more_than_the_boundary_is_found(assembly, tmp_path, own, action, resource):
    def give(body):
        found = next(each for each in statements(body) if "logs:PutLogEvents" in each["Action"])
        found.update(Action=action, Resource=resource)

    found = taken_away(loaded_with(assembly, tmp_path, "Development/Network", give), own)
    assert len(found) == 1
    assert f"may not {action} on" in found[0]
