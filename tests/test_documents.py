"""Documents keep up with the code: every verb is explained, every link leads somewhere."""

import re
from pathlib import Path

import cli

ROOT = Path(__file__).resolve().parent.parent
LINK = re.compile(r"\]\((?!https?://|#|mailto:)([^)#\s]+)")


def test_every_verb_of_the_command_line_is_in_the_readme():
    readme = (ROOT / "README.md").read_text()
    missing = [verb for verb in cli.VERBS if f"soulpicks {verb}" not in readme]
    assert not missing, f"README.md does not say what `soulpicks {missing[0]}` does"


def test_every_relative_link_of_a_document_leads_to_a_file():
    documents = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    broken = [
        f"{document.relative_to(ROOT)} links to {target}"
        for document in documents
        for target in LINK.findall(document.read_text())
        if not (document.parent / target).exists()
    ]
    assert not broken, "\n".join(broken)
