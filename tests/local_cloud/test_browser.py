"""A page of ours uploads and reads from a browser, and a page of somebody else gets nothing.

The browser is as the Fetch standard has it: https://fetch.spec.whatwg.org/#cors-protocol
"""

import base64
import dataclasses
import os
from dataclasses import dataclass

import httpx
import pytest

from local_cloud.client import LocalCloud
from stacks.lambda_asset import ROOT
from stacks.settings import Settings
from stacks.synthesis import synthesize

OURS, ALSO_OURS = "https://pictures.development.soulpicks.example", "https://beta.soulpicks.example"
PAGES = {"one page": (OURS,), "two pages": (OURS, ALSO_OURS)}
OTHERS = (
    "https://evil.example",
    f"{OURS}.evil.example",
    "http://pictures.development.soulpicks.example",
    "null",
)
SAFELISTED = {
    "cache-control",
    "content-language",
    "content-length",
    "content-type",
    "expires",
    "last-modified",
    "pragma",
}
PICTURE = b"GIF89a\x01\x00\x01\x00\x00\x00\x00" + os.urandom(500)

pytestmark = pytest.mark.xdist_group("local_cloud")


class Blocked(Exception):
    """The browser lets the page see nothing; the text is what its console says."""


@dataclass
class Browser:
    """A browser with one page open; it asks before it sends, and hides what the page may not read."""

    api: httpx.Client
    page: str

    def fetch(self, method: str, path: str, headers: dict[str, str], body: bytes = b"") -> httpx.Response:
        """What the page gets. Raises: Blocked."""
        self._preflight(method, path, headers)
        given = self.api.request(method, path, headers={**headers, "Origin": self.page}, content=body)
        self._check_origin(given)
        exposed = {name.strip().lower() for name in given.headers["access-control-expose-headers"].split(",")}
        readable = {n: v for n, v in given.headers.items() if n.lower() in exposed | SAFELISTED}
        return httpx.Response(given.status_code, headers=readable, content=given.content)

    def _preflight(self, method: str, path: str, headers: dict[str, str]) -> None:
        wanted = sorted(name.lower() for name in headers)
        asked = {
            "Origin": self.page,
            "Access-Control-Request-Method": method,
            "Access-Control-Request-Headers": ",".join(wanted),
        }
        given = self.api.options(path, headers=asked)
        if not given.is_success:
            raise Blocked(f"preflight answered {given.status_code}")
        self._check_origin(given)
        if method not in [one.strip() for one in given.headers["access-control-allow-methods"].split(",")]:
            raise Blocked(f"{method} is not allowed")
        # A wildcard would not cover Authorization, so each header has to be named.
        allowed = {one.strip().lower() for one in given.headers["access-control-allow-headers"].split(",")}
        if missing := set(wanted) - allowed:
            raise Blocked(f"{missing} are not allowed")

    def _check_origin(self, given: httpx.Response) -> None:
        said = given.headers.get_list("access-control-allow-origin")
        if said not in ([self.page], ["*"]):
            raise Blocked(f"{said} is not {self.page}")


@pytest.fixture(scope="module", params=PAGES.values(), ids=PAGES.keys())
def pages(request):
    return request.param


@pytest.fixture(scope="module")
def cloud(pages, tmp_path_factory):
    settings = Settings.load(ROOT / "settings.toml")
    development = dataclasses.replace(settings.environments[0], web_origins=pages)
    settings = dataclasses.replace(settings, environments=(development, *settings.environments[1:]))
    assembly = synthesize(settings, tmp_path_factory.mktemp("assembly"))
    log = tmp_path_factory.mktemp("log") / "log"
    with LocalCloud(assembly=assembly, log=log) as running:
        yield running


@pytest.fixture(scope="module")
def token(cloud):
    return cloud.sign_in("alice@example.org")


@pytest.fixture
def browser(cloud):
    """Opens a page; the browser itself knows no token, only the page does."""
    with cloud.api() as api:
        yield lambda page: Browser(api, page)


def creation(token, body):
    return {
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/offset+octet-stream",
        "Tus-Resumable": "1.0.0",
        "Upload-Length": str(len(body)),
        "Upload-Metadata": f"filename {base64.b64encode(b'holiday.gif').decode()}",
    }


def test_a_page_of_ours_uploads_a_picture_and_reads_it_back(pages, browser, token):
    for page in pages:
        ours = browser(page)
        created = ours.fetch("POST", "/pictures", creation(token, PICTURE), PICTURE)
        assert created.status_code == 201
        assert created.headers["upload-offset"] == str(len(PICTURE))
        given = ours.fetch("GET", created.headers["location"], {"Authorization": f"Bearer {token}"})
        assert given.content == PICTURE
        conditions = {"Authorization": f"Bearer {token}", "If-None-Match": given.headers["etag"]}
        assert ours.fetch("GET", created.headers["location"], conditions).status_code == 304


def test_a_page_of_ours_can_read_why_it_was_refused(pages, browser, token):
    for page in pages:
        ours = browser(page)
        for headers, status in (({}, 401), ({"Authorization": "Bearer a.b.c"}, 401)):
            refused = ours.fetch("GET", "/pictures", headers)
            assert (refused.status_code, refused.json()["status"]) == (status, status)
        too_long = creation(token, PICTURE) | {"Upload-Length": "4194305"}
        refused = ours.fetch("POST", "/pictures", too_long, PICTURE)
        assert (refused.status_code, refused.headers["tus-max-size"]) == (413, "4194304")


@pytest.mark.parametrize("page", OTHERS)
def test_a_page_of_somebody_else_may_not_even_ask_with_a_stolen_token(page, browser, token):
    with pytest.raises(Blocked, match="is not"):
        browser(page).fetch("POST", "/pictures", creation(token, PICTURE), PICTURE)


@pytest.mark.parametrize("page", OTHERS)
def test_a_page_of_somebody_else_reads_no_answer_that_holds_data(page, cloud, token):
    with cloud.api(token) as api:
        given = api.get("/pictures", headers={"Origin": page})
    assert given.status_code == 200
    with pytest.raises(Blocked, match="is not"):
        Browser(api, page)._check_origin(given)


def test_options_acts_on_nothing_whatever_it_is_sent(cloud, token):
    before = len(cloud.records())
    with cloud.api(token) as api:
        for path in ("/pictures", f"/pictures/{'A' * 22}"):
            given = api.options(path, headers={"Origin": OURS, "Tus-Resumable": "9.9.9"})
            assert (given.status_code, given.content) == (204, b"")
            assert given.headers["tus-version"] == "1.0.0"
            assert given.headers["tus-max-size"] == "4194304"
    assert len(cloud.records()) == before
