"""The page and the command say the same, both ways."""

import re

import pytest

from doctor.checks import ACCOUNT, MACHINE, TENANT
from stacks.lambda_asset import ROOT

PAGE = (ROOT / "docs" / "prerequisites.md").read_text()


def points(section: str) -> list[str]:
    body = PAGE.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    return re.split(r"^- \[ \] ", body, flags=re.MULTILINE)[1:]


@pytest.mark.parametrize(
    ("section", "checks"),
    [("This machine", MACHINE), ("The identity provider's tenant", TENANT), ("The AWS account", ACCOUNT)],
)
def test_each_section_explains_each_of_its_checks_and_nothing_else(section, checks):
    assert [point.split("`")[1] for point in points(section)] == [check.name for check in checks]


def test_each_point_shows_a_command():
    every = [
        point for section in ("This machine", "The identity provider's tenant", "The AWS account")
        for point in points(section)
    ]  # fmt: skip
    assert len(every) == len(MACHINE) + len(TENANT) + len(ACCOUNT)
    assert all("```console\n  $ " in point for point in every)


def test_no_point_stands_outside_the_sections():
    assert PAGE.count("- [ ] ") == len(MACHINE) + len(TENANT) + len(ACCOUNT)
