"""Which promises the tests of this folder prove and sabotage, read from the tests themselves."""

from __future__ import annotations

import importlib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def claims() -> dict[str, dict[str, list[str]]]:
    """For each mark, the claims with the names of the tests that carry it."""
    found: dict[str, dict[str, list[str]]] = {"proves": defaultdict(list), "sabotages": defaultdict(list)}
    for file in sorted(Path(__file__).parent.glob("test_*.py")):
        module = importlib.import_module(f"compliance_tests.{file.stem}")
        for name, test in vars(module).items():
            for mark in _marks(test) if name.startswith("test_") else ():
                if mark.name in found:
                    found[mark.name][mark.args[0]].append(name)
    return found


def _marks(test: Any) -> Iterator[Any]:
    return iter(getattr(test, "pytestmark", ()))
