"""Tests that need cases of others, which are no part of this repository: left out when they are not at hand.

`SOULPICKS_CONFORMANCE` names their folder; without it, `shared/conformance` beside the clone is looked at.
When the variable is set, all of them run, and one that is missing fails.
"""

import os
import random
import subprocess
from pathlib import Path

import pytest

GIVEN = os.environ.get("SOULPICKS_CONFORMANCE")
CASES = Path(GIVEN) if GIVEN else Path(__file__).parents[2] / "shared" / "conformance"


def seed_of_the_commit() -> int:
    """`git rev-parse HEAD` as a number: each commit draws other cases, the same commit the same ones."""
    command = ["git", "rev-parse", "HEAD"]
    head = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, check=True, text=True)
    return int(head.stdout.strip(), 16)


@pytest.fixture
def drawn() -> random.Random:
    """What a long test draws its cases with."""
    return random.Random(seed_of_the_commit())


def pytest_report_header() -> str:
    if CASES.is_dir():
        return f"cases of others: {CASES}"
    return f"cases of others: left out, {CASES} is not there; SOULPICKS_CONFORMANCE names their folder"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if GIVEN:
        return
    left_out = [item for item in items if not_at_hand(item)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in set(left_out)]


def not_at_hand(item: pytest.Item) -> bool:
    marker = item.get_closest_marker("outside")
    return marker is not None and not (CASES / marker.args[0]).is_dir()
