"""The generated pages say what the register, the rules and the tests say."""

from compliance_tests.pages import DOCS, pages


def test_every_generated_page_is_current():
    stale = [path.name for path, text in pages().items() if not path.exists() or path.read_text() != text]
    assert not stale, f"run `python -m compliance_tests.pages`: {', '.join(stale)} are not current"


def test_no_page_is_left_of_a_rule_that_is_gone():
    assert set((DOCS / "rules").glob("*.md")) <= set(pages())
