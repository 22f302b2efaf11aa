"""What a client may get wrong: each is one clear problem with the right status, and nothing is stored."""

import base64

import pytest

LIMIT = 4 * 1024 * 1024
OFFSET_STREAM = "application/offset+octet-stream"

# Title, headers beside those of a right request (None takes one away), status, words of the detail.
BAD_HEADERS = [
    ("no tus version", {"Tus-Resumable": None}, 412, "tus 1.0.0"),
    ("another tus version", {"Tus-Resumable": "0.2.2"}, 412, "tus 1.0.0"),
    ("no length", {"Upload-Length": None}, 400, "Upload-Length"),
    ("empty length", {"Upload-Length": ""}, 400, "Upload-Length"),
    ("negative length", {"Upload-Length": "-1"}, 400, "Upload-Length"),
    ("length with a sign", {"Upload-Length": "+5"}, 400, "Upload-Length"),
    ("length in words", {"Upload-Length": "many"}, 400, "Upload-Length"),
    ("length in other digits", {"Upload-Length": "\u0665"}, 400, "Upload-Length"),
    ("endless length", {"Upload-Length": "9" * 5000}, 400, "Upload-Length"),
    ("length zero", {"Upload-Length": "0"}, 400, "at least one byte"),
    ("length above the limit", {"Upload-Length": str(LIMIT + 1)}, 413, str(LIMIT)),
    ("length above the body", {"Upload-Length": "100000"}, 400, "the body has"),
    ("length below the body", {"Upload-Length": "1"}, 400, "the body has"),
    ("deferred length", {"Upload-Defer-Length": "1"}, 400, "Upload-Length"),
    ("no content type", {"Content-Type": None}, 415, OFFSET_STREAM),
    ("content type of a form", {"Content-Type": "multipart/form-data"}, 415, OFFSET_STREAM),
    ("content type of the picture", {"Content-Type": "image/png"}, 415, OFFSET_STREAM),
    ("metadata without base64", {"Upload-Metadata": "filename picture.png"}, 400, "base64"),
    ("metadata that is not UTF-8", {"Upload-Metadata": "filename /w=="}, 400, "UTF-8"),
    ("metadata with a key twice", {"Upload-Metadata": "a YQ==,a YQ=="}, 400, "key"),
    ("metadata without a key", {"Upload-Metadata": "a YQ==,,b YQ=="}, 400, "key"),
    ("metadata with other letters", {"Upload-Metadata": "\u00e9 YQ=="}, 400, "key"),
    ("metadata too long", {"Upload-Metadata": "filename " + "YWFh" * 1100}, 400, "4096"),
    ("file name too long", {"Upload-Metadata": "filename " + "YWFh" * 100}, 400, "255"),
    ("file name with a newline", {"Upload-Metadata": "filename " + "YQpi"}, 400, "printable"),
]


def check_problem(answer, status: int, words: str) -> None:
    assert answer.status == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["tus-resumable"] == "1.0.0"
    assert answer.json["status"] == status
    assert words in answer.json["detail"]


def check_nothing_stored(stores) -> None:
    assert stores.everything() == []


@pytest.mark.parametrize(
    ("headers", "status", "words"), [case[1:] for case in BAD_HEADERS], ids=[case[0] for case in BAD_HEADERS]
)
def test_a_wrong_header_is_named(api, stores, make_picture, headers, status, words):
    answer = api.upload(make_picture(8, 8), headers=headers)
    check_problem(answer, status, words)
    check_nothing_stored(stores)


def test_the_supported_tus_version_is_told(api, make_picture):
    answer = api.upload(make_picture(8, 8), headers={"Tus-Resumable": "2.0.0"})
    assert answer.headers["tus-version"] == "1.0.0"


def test_a_picture_above_the_limit_is_told_the_limit(api, stores, make_picture):
    content = make_picture(8, 8)
    content += b"\0" * (LIMIT + 1 - len(content))
    answer = api.upload(content)
    check_problem(answer, 413, str(LIMIT))
    assert answer.json["limit_bytes"] == LIMIT
    assert answer.headers["tus-max-size"] == str(LIMIT)
    check_nothing_stored(stores)


def test_an_upload_without_a_body_is_refused(api, stores):
    headers = {"Tus-Resumable": "1.0.0", "Upload-Length": "5", "Content-Type": OFFSET_STREAM}
    answer = api.call("POST", "/pictures", headers=headers)
    check_problem(answer, 400, "the body has 0 bytes")
    check_nothing_stored(stores)


@pytest.mark.parametrize(
    "content",
    [
        b"<!DOCTYPE html><script>alert(1)</script>",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
        b"\xff\xd8\xff<html>",
        b"\0",
    ],
    ids=["page", "drawing", "document", "page behind a magic number", "zero byte"],
)
def test_what_is_no_picture_is_refused(api, stores, content):
    check_problem(api.upload(content), 415, "no JPEG")
    check_nothing_stored(stores)


def test_headers_may_be_written_in_any_case(api, make_picture):
    content = make_picture(8, 8)
    headers = {"tus-resumable": "1.0.0", "UPLOAD-LENGTH": str(len(content)), "content-type": OFFSET_STREAM}
    assert api.call("POST", "/pictures", headers=headers, body=content).status == 201


@pytest.mark.parametrize(
    "metadata",
    [
        "filename d29ybGRfZG9taW5hdGlvbl9wbGFuLnBkZg==,is_confidential",
        "relativePath bnVsbA==,name YS5wbmc=,type aW1hZ2UvcG5n,filetype aW1hZ2UvcG5n,filename YS5wbmc=",
        "filename YQ==, filetype YQ==",
        "filename",
    ],
    ids=["example of the specification", "Uppy", "space after the comma", "empty name"],
)
def test_metadata_of_common_clients_is_understood(api, make_picture, metadata):
    assert api.upload(make_picture(8, 8), metadata=metadata).status == 201


def test_a_file_name_comes_back_as_it_was(api, make_picture):
    metadata = "filename " + base64.b64encode("дача.png".encode()).decode()
    picture = api.upload_id(make_picture(8, 8), metadata=metadata)
    found = api.call("GET", f"/pictures/{picture}").headers["content-disposition"]
    assert found == "inline; filename*=UTF-8''%D0%B4%D0%B0%D1%87%D0%B0.png"


@pytest.mark.parametrize(("method", "path"), [("PUT", "/pictures"), ("GET", "/"), ("GET", "/pictures/a/b")])
def test_a_route_that_does_not_exist_is_a_problem_too(api, method, path):
    answer = api.call(method, path)
    assert (answer.status, answer.headers["content-type"]) == (404, "application/problem+json")


@pytest.mark.parametrize("user", [None, "", "a b", "a|b", "a/b", "*", "x" * 129])
def test_without_a_proper_user_from_the_authorizer_nothing_is_done(
    api, stores, make_picture, make_token, user
):
    answer = api.upload(make_picture(8, 8), user=user, token=make_token(user or "email:x"))
    check_problem(answer, 401, "not accepted")
    assert answer.headers["www-authenticate"] == "Bearer"
    check_nothing_stored(stores)
