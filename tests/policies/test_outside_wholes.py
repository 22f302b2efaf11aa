"""The rules' lists of AWS things, compared with lists that somebody else keeps."""

import json
from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import Any

import pytest
from policy_sentry.querying.actions import get_action_data

from policies.customer_key import LOOKING, SYMMETRIC_USES
from policies.rules import sp_cfn_1_stores_outlive_their_stack as stores
from policies.rules import sp_cfn_2_global_names_hold_the_region as global_names


@cache
def schema(kind: str) -> dict[str, Any]:
    return next(one for one in schemas() if one["typeName"] == kind)


@cache
def schemas() -> tuple[dict[str, Any], ...]:
    """CloudFormation's resource schemas, as cfn-lint ships them."""
    folder = resources.files("cfnlint.data.schemas.resources")
    files = [one for one in folder.iterdir() if one.name.endswith(".json")]
    return tuple(json.loads(one.read_text("utf-8")) for one in files)


def names(one: dict[str, Any]) -> Iterator[str]:
    """The properties by which a template may name the resource."""
    read_only = one.get("readOnlyProperties", ())
    yield from (
        path.removeprefix("/properties/") for path in one["primaryIdentifier"] if path not in read_only
    )


def test_every_type_that_cfn_lint_calls_stateful_is_judged():
    text = resources.files("cfnlint.data.AdditionalSpecs").joinpath("StatefulResources.json").read_text()
    assert not set(json.loads(text)["ResourceTypes"]) - set(stores.NAMES)


@pytest.mark.parametrize("kind", stores.NAMES)
def test_the_name_of_a_store_is_the_one_of_its_schema(kind):
    found = set(names(schema(kind)))
    # A bucket's policy is named by its bucket.
    assert not found or found == {stores.NAMES[kind] or "Bucket"}
    if stores.NAMES[kind]:
        assert stores.NAMES[kind] in schema(kind)["properties"]


# IAM has no regions: whatever can be named there is named in the whole account.
# A policy within a role, user or group is named in that alone; the others take no name of ours.
def test_every_name_in_iam_is_judged():
    within = {"AWS::IAM::GroupPolicy", "AWS::IAM::RolePolicy", "AWS::IAM::UserPolicy"}
    named = {
        one["typeName"] for one in schemas() if one["typeName"].startswith("AWS::IAM::") and [*names(one)]
    }
    assert not named - within - set(global_names.NAMES)
    for kind, name in global_names.NAMES.items():
        assert name in schema(kind)["properties"]


def access_level(action: str) -> str:
    """What the service authorization reference calls it."""
    service, _, name = action.partition(":")
    rows = [row for found in (get_action_data(service, name) or {}).values() for row in found]
    (level,) = {str(row["access_level"]) for row in rows}
    return level


@pytest.mark.parametrize("action", LOOKING)
def test_what_an_account_may_allow_on_a_key_only_looks(action):
    assert access_level(action) in ("Read", "List")


@pytest.mark.parametrize("action", SYMMETRIC_USES)
def test_no_use_of_a_key_only_looks(action):
    assert access_level(action) not in ("Read", "List")
