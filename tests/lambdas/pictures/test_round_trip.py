"""A picture goes in, comes out byte for byte, and is listed; everybody else is told that there is none."""

import base64
import re

import pytest

from lambdas.pictures.reading import Reading

ALICE, BOB = "email:a11ce0000000000000000001", "email:b0b000000000000000000002"
ABSENT = "A" * 22


def test_a_picture_comes_back_byte_for_byte(api, make_picture):
    content = make_picture()
    answer = api.upload(content)
    assert answer.status == 201
    assert answer.headers["tus-resumable"] == "1.0.0"
    assert answer.headers["upload-offset"] == str(len(content))
    assert re.fullmatch(r"/pictures/[A-Za-z0-9_-]{22}", answer.headers["location"])
    given = api.call("GET", answer.headers["location"])
    assert given.status == 200
    assert given.body == content
    assert given.headers["content-type"] == "image/png"


def test_a_picture_of_exactly_the_limit_comes_back(api, make_picture):
    content = make_picture(filling=b"x" * 100)
    content += b"\0" * (4 * 1024 * 1024 - len(content))
    assert api.call("GET", f"/pictures/{api.upload_id(content)}").body == content


def test_a_picture_is_kept_out_of_caches_and_taken_for_nothing_else(api, make_picture):
    name = base64.b64encode('Löwe "1"\\.png'.encode()).decode()
    found = api.call("GET", f"/pictures/{api.upload_id(make_picture(), metadata=f'filename {name}')}").headers
    assert found["cache-control"] == "private, no-store"
    assert found["x-content-type-options"] == "nosniff"
    assert found["content-disposition"] == "inline; filename*=UTF-8''L%C3%B6we%20%221%22%5C.png"
    assert found["accept-ranges"] == "none"


def test_a_picture_whose_tag_the_client_holds_is_not_sent_again(api, make_picture):
    path = f"/pictures/{api.upload_id(make_picture())}"
    tag = api.call("GET", path).headers["etag"]
    assert tag.startswith('"')
    for condition in (tag, f'W/{tag}, "other"'):
        again = api.call("GET", path, headers={"If-None-Match": condition})
        assert (again.status, again.body, again.headers["etag"]) == (304, b"", tag)
    assert api.call("GET", path, headers={"If-None-Match": '"other"'}).status == 200


def test_two_pictures_with_the_same_content_have_nothing_stored_in_common(api, stores, make_picture):
    content = make_picture()
    api.upload_id(content)
    api.upload_id(content)
    one, two = (body[-len(content) :] for body in stores.everything()[:2])
    windows = {one[at : at + 16] for at in range(len(one) - 15)}
    assert not any(two[at : at + 16] in windows for at in range(len(two) - 15))


def test_no_stored_byte_holds_the_picture_or_its_name(api, stores, make_picture):
    content = make_picture(filling=b"canary in the picture")
    name = base64.b64encode(b"canary-name.png").decode()
    api.upload_id(content, metadata=f"filename {name}")
    stored = stores.everything()
    assert len(stored) == 3
    assert not any(secret in body for body in stored for secret in (b"canary", content[:64], content[-64:]))


@pytest.mark.parametrize("user", [ALICE, BOB])
def test_absent_malformed_unfinished_and_not_yours_get_one_answer(api, stores, make_picture, user):
    alices = api.upload_id(make_picture(), user=ALICE)
    if user == ALICE:
        stores.dynamodb.update_item(
            TableName="Pictures",
            Key={"owner": {"S": ALICE}, "picture": {"S": alices}},
            UpdateExpression="SET #s = :u",
            ExpressionAttributeNames={"#s": "state"},
            ExpressionAttributeValues={":u": {"S": "uploading"}},
        )
    answers = [
        api.call("GET", f"/pictures/{name}", user=user)
        for name in (alices, ABSENT, "short", "x" * 200, "..", "a/b", "*", f"{ABSENT}%0A", "\u00e4")
    ]
    assert {answer.status for answer in answers} == {404}
    assert len({(answer.body, tuple(answer.headers.items())) for answer in answers}) == 1
    assert answers[0].headers["content-type"] == "application/problem+json"
    assert answers[0].json == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "there is no such picture",
    }


def test_a_shared_picture_can_be_read_until_the_grant_is_gone(api, stores, make_picture):
    content = make_picture()
    name = base64.b64encode(b"private-name.png").decode()
    picture = api.upload_id(content, user=ALICE, metadata=f"filename {name}")
    stores.share(picture, ALICE, BOB)
    given = api.call("GET", f"/pictures/{picture}", user=BOB)
    assert (given.status, given.body, given.headers["content-type"]) == (200, content, "image/png")
    assert "private-name" not in str(given.headers)
    key = {"owner_reader": {"S": f"{ALICE}|{BOB}"}, "picture": {"S": picture}}
    stores.dynamodb.delete_item(TableName="Grants", Key=key)
    assert api.call("GET", f"/pictures/{picture}", user=BOB).status == 404


def test_a_wrap_made_for_another_reader_opens_nothing(api, stores, make_picture):
    picture = api.upload_id(make_picture(), user=ALICE)
    alices = stores.rows("Grants")[0]
    forged = alices | {"owner_reader": {"S": f"{ALICE}|{BOB}"}, "reader": {"S": BOB}}
    stores.dynamodb.put_item(TableName="Grants", Item=forged)
    assert api.call("GET", f"/pictures/{picture}", user=BOB).status == 404


@pytest.mark.parametrize("damage", ["swapped", "cut", "gone", "metadata"])
def test_a_picture_that_is_not_what_was_stored_is_not_given(api, stores, make_picture, damage):
    picture, other = api.upload_id(make_picture()), api.upload_id(make_picture(10, 10))
    key = f"{ALICE}/{picture}/00000"
    stored = stores.s3.get_object(Bucket="pictures", Key=key)["Body"].read()
    match damage:
        case "swapped":
            others = stores.s3.get_object(Bucket="pictures", Key=f"{ALICE}/{other}/00000")["Body"].read()
            stores.s3.put_object(Bucket="pictures", Key=key, Body=others)
        case "cut":
            stores.s3.put_object(Bucket="pictures", Key=key, Body=stored[:-1])
        case "gone":
            stores.s3.delete_object(Bucket="pictures", Key=key)
        case "metadata":
            rows = {row["picture"]["S"]: row for row in stores.rows("Pictures")}
            stores.dynamodb.put_item(
                TableName="Pictures", Item=rows[picture] | {"metadata": rows[other]["metadata"]}
            )
    assert api.call("GET", f"/pictures/{picture}").status == 404
    assert api.call("GET", f"/pictures/{other}").status == 200


def test_a_listing_shows_own_and_shared_pictures_and_nobody_elses(api, stores, make_picture):
    content = make_picture()
    own, shared = api.upload_id(content, user=ALICE), api.upload_id(content, user=BOB)
    api.upload_id(content, user=BOB)
    stores.share(shared, BOB, ALICE)
    listed = api.call("GET", "/pictures", user=ALICE)
    assert listed.headers["content-type"] == "application/json"
    assert listed.json["next"] is None
    mine, bobs = listed.json["pictures"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", mine.pop("created_at"))
    assert mine == {"id": own, "owner": ALICE, "size": len(content)}
    assert bobs == {"id": shared, "owner": BOB}


def test_somebody_without_pictures_gets_an_empty_list(api):
    assert api.call("GET", "/pictures", user=BOB).json == {"pictures": [], "next": None}


def test_pages_together_show_every_complete_picture_once(api, stores, make_picture, monkeypatch):
    monkeypatch.setattr(Reading.page, "__kwdefaults__", {"limit": 2})
    content = make_picture(2, 2)
    own = {api.upload_id(content, user=ALICE) for _ in range(5)}
    shared = {api.upload_id(content, user=BOB) for _ in range(5)}
    for picture in shared:
        stores.share(picture, BOB, ALICE)
    unfinished = own.pop()
    stores.dynamodb.update_item(
        TableName="Pictures",
        Key={"owner": {"S": ALICE}, "picture": {"S": unfinished}},
        UpdateExpression="SET #s = :u",
        ExpressionAttributeNames={"#s": "state"},
        ExpressionAttributeValues={":u": {"S": "uploading"}},
    )
    seen, cursor = [], "own."
    while cursor:
        page = api.call("GET", "/pictures", query={"cursor": cursor}).json
        assert len(page["pictures"]) <= 2
        seen += [each["id"] for each in page["pictures"]]
        cursor = page["next"]
        assert cursor is None or not any(user in cursor for user in (ALICE, BOB))
    assert sorted(seen) == sorted(own | shared)


@pytest.mark.parametrize("cursor", ["", "own", "x.", "own.short", "shared.../..", f"own.{ABSENT}\n", "own.%"])
def test_a_cursor_that_this_api_did_not_give_is_refused(api, cursor):
    answer = api.call("GET", "/pictures", query={"cursor": cursor})
    assert (answer.status, answer.headers["content-type"]) == (400, "application/problem+json")
