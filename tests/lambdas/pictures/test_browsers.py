"""Every answer keeps a browser on TLS, and lets pages of ours read it and no others."""

import pytest

from lambdas.pictures import browsers
from stacks.constructs.answer_headers import SECURITY_HEADERS
from stacks.constructs.cross_origin import EXPOSED_HEADERS

OURS = "https://pictures.soulpicks.example"
OTHERS = (
    "",
    "null",
    "https://evil.example",
    "http://pictures.soulpicks.example",
    f"{OURS}.evil.example",
    f"{OURS}:8443",
    f"{OURS}/",
    OURS.upper(),
    f"{OURS},https://evil.example",
    ",",
)


@pytest.fixture
def answers(api, make_picture):
    """Every kind of answer there is, to a page of this origin."""

    def ask(origin: str, name: str = "Origin"):
        headers = {name: origin}
        created = api.upload(make_picture(), headers=headers)
        path = created.headers["location"]
        given = api.call("GET", path, headers=headers)
        return {
            "created": created,
            "a picture": given,
            "not modified": api.call("GET", path, headers=headers | {"If-None-Match": given.headers["etag"]}),
            "a listing": api.call("GET", "/pictures", headers=headers),
            "a bad request": api.call("GET", "/pictures", headers=headers, query={"cursor": "x"}),
            "no picture": api.upload(b"text", headers=headers),
            "no such picture": api.call("GET", "/pictures/" + "A" * 22, headers=headers),
            "no such route": api.call("GET", "/other", headers=headers),
            "no such method": api.call("DELETE", "/pictures", headers=headers),
            "nobody": api.call("GET", "/pictures", headers=headers, user=None),
        }

    return ask


def test_every_answer_keeps_browsers_on_tls_and_lets_them_guess_no_type(answers):
    for name, answer in answers("").items():
        for header, value in SECURITY_HEADERS.items():
            assert answer.headers[header.lower()] == value, name


@pytest.mark.parametrize("name", ["Origin", "origin"])
def test_a_page_of_ours_may_read_every_answer_and_what_it_needs_of_the_headers(answers, name):
    for kind, answer in answers(OURS, name).items():
        assert answer.headers["access-control-allow-origin"] == OURS, kind
        assert answer.headers["access-control-expose-headers"] == ", ".join(EXPOSED_HEADERS)
        assert answer.headers["vary"] == "Origin"
        assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize("origin", OTHERS)
def test_no_other_page_may_read_an_answer(api, origin):
    answer = api.call("GET", "/pictures", headers={"Origin": origin} if origin else {})
    assert answer.status == 200
    assert answer.headers["vary"] == "Origin"
    assert not [name for name in answer.headers if name.startswith("access-control-")]


def test_each_of_several_pages_is_named_alone(monkeypatch):
    monkeypatch.setenv("WEB_ORIGINS", "https://a.example,https://b.example")
    for origin in ("https://a.example", "https://b.example"):
        assert browsers.headers(origin)["Access-Control-Allow-Origin"] == [origin]
    assert "Access-Control-Allow-Origin" not in browsers.headers("https://a.example,https://b.example")


def test_without_a_page_of_ours_no_page_may_read_anything(monkeypatch):
    monkeypatch.setenv("WEB_ORIGINS", "")
    for origin in ("", OURS, "null"):
        assert browsers.headers(origin) == {name: [value] for name, value in SECURITY_HEADERS.items()}


def test_a_function_that_was_not_told_which_pages_are_ours_does_not_guess(monkeypatch):
    monkeypatch.delenv("WEB_ORIGINS", raising=False)
    with pytest.raises(KeyError, match="WEB_ORIGINS"):
        browsers.headers(OURS)
