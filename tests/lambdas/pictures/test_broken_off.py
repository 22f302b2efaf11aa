"""An upload that dies anywhere leaves nothing half-readable, and nothing that its owner's next session keeps.

Every AWS call of an upload fails in turn: refused before it does anything, done but its answer lost, or the
process killed before or after it; and every call of the removal that follows fails as well, or does not.
"""

from collections.abc import Iterator

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError, ReadTimeoutError

ALICE, BOB = "email:a11ce0000000000000000001", "email:b0b000000000000000000002"

STEPS = ["GenerateDataKey", "TransactWriteItems", "PutObject", "UpdateItem"]
REMOVAL = ["UpdateItem", "DeleteItem", "DeleteObject", "DeleteItem"]


class Killed(BaseException):
    """The process ends here: nothing of the function runs any more."""


class Saboteur:
    """Makes chosen AWS calls of the function fail. `calls` are the operations it saw, in order."""

    def __init__(self, monkeypatch) -> None:
        self.calls: list[str] = []
        self._plan: Iterator[tuple[str, str]] = iter(())
        self._next: tuple[str, str] | None = None
        self._really = BaseClient._make_api_call
        monkeypatch.setattr(BaseClient, "_make_api_call", lambda *args: self._call(*args))

    def fail(self, *plan: tuple[str, str]) -> None:
        """Let these (operation, how) happen in this order; all other calls are done."""
        self._plan = iter(plan)
        self._next = next(self._plan, None)

    @property
    def done(self) -> bool:
        return self._next is None

    def _call(self, client, operation, parameters):
        self.calls.append(operation)
        if self._next is None or self._next[0] != operation:
            return self._really(client, operation, parameters)
        how = self._next[1]
        self._next = next(self._plan, None)
        if how == "done":
            return self._really(client, operation, parameters)
        if how in ("answer lost", "killed after"):
            self._really(client, operation, parameters)
        if how.startswith("killed"):
            raise Killed
        if how == "answer lost":
            raise ReadTimeoutError(endpoint_url="https://canary.example")
        code = {"throttled": "ThrottlingException", "refused": "AccessDeniedException"}[how]
        raise ClientError({"Error": {"Code": code, "Message": "canary"}}, operation)


@pytest.fixture
def saboteur(api, monkeypatch) -> Saboteur:
    api.call("GET", "/pictures")  # the session exists and is swept, so that only the upload's calls follow
    return Saboteur(monkeypatch)


@pytest.fixture
def end_of_the_story(api, stores, make_token, saboteur):
    """An hour later the owner comes back with a new token; return what is listed for him then."""

    def end() -> list[str]:
        saboteur.fail()
        for row in stores.rows("Pictures"):
            key = {name: row[name] for name in ("owner", "picture")}
            stores.dynamodb.update_item(
                TableName="Pictures",
                Key=key,
                UpdateExpression="SET created_at = :long_ago",
                ExpressionAttributeValues={":long_ago": {"S": "2020-01-01T00:00:00Z"}},
            )
        listed = api.call("GET", "/pictures", token=make_token(ALICE, serial=1))
        assert listed.status == 200
        return [each["id"] for each in listed.json["pictures"]]

    return end


def check_nothing_is_left(stores, listed: list[str]) -> None:
    assert {row["picture"]["S"] for row in stores.rows("Pictures")} == set(listed)
    assert {row["picture"]["S"] for row in stores.rows("Grants")} == set(listed)
    assert {key.split("/")[1] for key in stores.objects()} == set(listed)


@pytest.mark.parametrize("how", ["throttled", "refused", "answer lost"])
@pytest.mark.parametrize("step", STEPS)
def test_a_failed_upload_is_removed_at_once(api, stores, saboteur, make_picture, step, how):
    saboteur.fail((step, how))
    answer = api.upload(make_picture())
    assert saboteur.done
    assert answer.status == (500 if how == "refused" else 503)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["tus-resumable"] == "1.0.0"
    assert answer.headers.get("retry-after") == (None if how == "refused" else "5")
    check_nothing_is_left(stores, [])


@pytest.mark.parametrize("how", ["killed before", "killed after"])
@pytest.mark.parametrize("step", STEPS)
def test_what_a_killed_upload_left_is_removed_by_the_next_session(
    api, stores, saboteur, end_of_the_story, make_picture, step, how
):
    content = make_picture()
    saboteur.fail((step, how))
    with pytest.raises(Killed):
        api.upload(content)
    saboteur.fail()
    listed = [each["id"] for each in api.call("GET", "/pictures").json["pictures"]]
    whole = (step, how) == ("UpdateItem", "killed after")  # then everything had been done
    assert len(listed) == whole
    assert all(api.call("GET", f"/pictures/{picture}").body == content for picture in listed)
    assert end_of_the_story() == listed
    check_nothing_is_left(stores, listed)


@pytest.mark.parametrize("removal_how", ["throttled", "answer lost"])
@pytest.mark.parametrize(
    "removal_step", range(4), ids=["unfinish", "forget wrap", "delete object", "forget row"]
)
@pytest.mark.parametrize(("step", "how"), [
    ("TransactWriteItems", "answer lost"),
    ("PutObject", "throttled"),
    ("PutObject", "answer lost"),
    ("UpdateItem", "throttled"),
    ("UpdateItem", "answer lost"),
])  # fmt: skip
def test_a_removal_that_fails_too_is_finished_by_the_next_session(
    api, stores, saboteur, end_of_the_story, make_picture, step, how, removal_step, removal_how
):
    content = make_picture()
    done = [(name, "done") for name in REMOVAL[:removal_step]]
    saboteur.fail((step, how), *done, (REMOVAL[removal_step], removal_how))
    assert api.upload(content).status == 503
    assert saboteur.done
    saboteur.fail()
    for each in api.call("GET", "/pictures").json["pictures"]:
        assert api.call("GET", f"/pictures/{each['id']}").body == content
    listed = end_of_the_story()
    # Only a picture that had been completed, and could not be set back, is whole and stays.
    assert len(listed) == (
        (step, how, removal_step, removal_how) == ("UpdateItem", "answer lost", 0, "throttled")
    )
    check_nothing_is_left(stores, listed)


def test_an_upload_that_may_still_go_on_is_not_swept(api, stores, make_picture, make_token):
    picture = api.upload_id(make_picture())
    stores.dynamodb.update_item(
        TableName="Pictures",
        Key={"owner": {"S": ALICE}, "picture": {"S": picture}},
        UpdateExpression="SET #s = :u",
        ExpressionAttributeNames={"#s": "state"},
        ExpressionAttributeValues={":u": {"S": "uploading"}},
    )
    api.call("GET", "/pictures", token=make_token(ALICE, serial=1))
    assert len(stores.rows("Pictures")) == len(stores.rows("Grants")) == len(stores.objects()) == 1


def test_a_sweep_touches_nobody_elses_uploads(api, stores, make_picture, end_of_the_story):
    picture = api.upload_id(make_picture(), user=BOB)
    stores.dynamodb.update_item(
        TableName="Pictures",
        Key={"owner": {"S": BOB}, "picture": {"S": picture}},
        UpdateExpression="SET #s = :u",
        ExpressionAttributeNames={"#s": "state"},
        ExpressionAttributeValues={":u": {"S": "uploading"}},
    )
    assert end_of_the_story() == []
    assert len(stores.rows("Pictures")) == len(stores.objects()) == 1


def test_a_sweep_that_fails_does_not_fail_the_request(api, saboteur, make_token):
    saboteur.fail(("Query", "throttled"))
    assert api.call("GET", "/pictures", token=make_token(ALICE, serial=1)).status == 200
    assert saboteur.done


def test_an_id_that_is_taken_is_never_written_over(api, stores, make_picture, monkeypatch):
    content = make_picture()
    picture = api.upload_id(content)
    monkeypatch.setattr("lambdas.pictures.uploads.new_picture_id", lambda: picture)
    assert api.upload(make_picture(5, 5)).status == 500
    assert api.call("GET", f"/pictures/{picture}").body == content
