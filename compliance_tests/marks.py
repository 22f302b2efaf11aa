"""The two marks that tie a test to a promise: one shows that it holds, one that its check can fail."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


def proves(claim: str) -> Callable[[Any], Any]:
    """This test shows the promise; its outcome is the verdict on it."""
    return pytest.mark.proves(claim)


def sabotages(claim: str) -> Callable[[Any], Any]:
    """This test weakens the environment on purpose, and the promise's own check must report it by name."""
    return pytest.mark.sabotages(claim)
