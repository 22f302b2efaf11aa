"""Every AWS page that the stacks and the policies lean on is in `docs/citations.toml`, with what it says."""

import ast
import datetime
import io
import re
import tokenize
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
REGISTER = ROOT / "docs" / "citations.toml"
FOLDERS = ("stacks", "policies")
PAGE = re.compile(r"https://(?:docs\.)?aws\.amazon\.com/[^\s)>\"'`,;{]*[^\s)>\"'`,;{.:]")
# The names of two claims in a token look like addresses of pages.
CLAIMS = frozenset({"https://aws.amazon.com/tags", "https://aws.amazon.com/roles"})
HEAD = re.compile(r"^# (\d+) pages: (\d+) read, (\d+) not read\.$", re.MULTILINE)


def texts(path: Path, source: str) -> Iterator[str]:
    """The comments and the strings of a Python file, a string joined from its parts; else the whole text."""
    if path.suffix != ".py":
        yield source
        return
    for node in ast.walk(ast.parse(source, filename=str(path))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.string


def pages(path: Path, source: str) -> set[str]:
    """The AWS pages a file cites, without the section."""
    found = {url for text in texts(path, source) for url in PAGE.findall(text)}
    return {url.partition("#")[0] for url in found} - CLAIMS


def cited() -> dict[str, list[str]]:
    """Each cited page with the files that cite it."""
    places: dict[str, list[str]] = {}
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix not in {".js", ".py", ".yaml"}:
                continue
            for page in pages(path, path.read_text()):
                places.setdefault(page, []).append(str(path.relative_to(ROOT)))
    return places


def problems_of_places(places: Mapping[str, list[str]], register: Mapping[str, Any]) -> list[str]:
    """A page that was never registered, and an entry that nothing cites."""
    unknown = [
        f"{page} is cited in {', '.join(files)} and is not in docs/citations.toml: read the page, then add "
        f'["{page}"] with read = <date>, copy = "<which copy>", says = "<what we rely on, in own words>"; '
        'or read = false with why = "<why it could not be read>"; and correct the count in its head'
        for page, files in places.items()
        if page not in register
    ]
    unused = [
        f"{page} is in docs/citations.toml and nothing cites it: remove it"
        for page in register
        if page not in places
    ]
    return [*unknown, *unused]


def problems_of_entry(page: str, entry: Mapping[str, Any]) -> list[str]:
    """An entry says when, in which copy and what was read, or why it was not."""
    if entry.get("read") is False:
        expected, empty = {"read", "why"}, not str(entry.get("why", "")).strip()
    else:
        expected = {"read", "copy", "says"}
        empty = any(not str(entry.get(key, "")).strip() for key in ("copy", "says"))
        if type(entry.get("read")) is not datetime.date:
            return [f"{page}: read must be a date or false, got {entry.get('read')!r}"]
    if set(entry) != expected or empty:
        return [f"{page}: expected exactly {', '.join(sorted(expected))}, none empty, got {sorted(entry)}"]
    return []


def test_every_cited_page_is_registered_and_every_registered_page_is_cited():
    problems = problems_of_places(cited(), tomllib.loads(REGISTER.read_text()))
    assert not problems, "\n".join(problems)


def test_every_entry_says_what_was_read_or_why_nothing_was():
    register = tomllib.loads(REGISTER.read_text())
    problems = [problem for page, entry in register.items() for problem in problems_of_entry(page, entry)]
    assert not problems, "\n".join(problems)


def test_the_head_counts_the_pages_that_were_not_read():
    register = tomllib.loads(REGISTER.read_text())
    not_read = sum(entry["read"] is False for entry in register.values())
    expected = len(register), len(register) - not_read, not_read
    head = HEAD.search(REGISTER.read_text())
    assert head, "docs/citations.toml has no line '# <n> pages: <n> read, <n> not read.'"
    assert tuple(map(int, head.groups())) == expected, f"the head must say {expected}, says {head[0]!r}"


@pytest.mark.parametrize(
    "source",
    [
        "# https://docs.aws.amazon.com/new/page.html#section\n",
        '"""As AWS says: https://docs.aws.amazon.com/new/page.html."""\n',
        'SOURCE = ("https://docs.aws.amazon.com/"\n    "new/page.html")\n',
    ],
    ids=["comment", "docstring", "string in two parts"],
)
def test_a_new_citation_is_found_and_named(source):
    found = pages(Path("new.py"), source)
    assert found == {"https://docs.aws.amazon.com/new/page.html"}
    (problem,) = problems_of_places({page: ["stacks/new.py"] for page in found}, {})
    assert "stacks/new.py" in problem
    assert "docs/citations.toml" in problem


def test_the_name_of_a_claim_is_no_citation():
    assert pages(Path("new.py"), 'CLAIM = "https://aws.amazon.com/tags"\n') == set()


def test_an_entry_that_nothing_cites_is_named():
    (problem,) = problems_of_places({}, {"https://docs.aws.amazon.com/old/page.html": {"read": False}})
    assert "nothing cites it" in problem


@pytest.mark.parametrize(
    "entry",
    [
        {},
        {"read": True, "copy": "c", "says": "s"},
        {"read": datetime.date(2026, 11, 26), "copy": "c", "says": " "},
        {"read": datetime.date(2026, 11, 26), "says": "s"},
        {"read": False},
        {"read": False, "why": "not found", "says": "s"},
    ],
)
def test_an_entry_without_its_proof_is_refused(entry):
    assert problems_of_entry("page", entry)
