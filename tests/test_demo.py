"""The whole thing, as a newcomer runs it: a photograph goes through everything and back."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
STEPS = (
    "Alice and Bob sign in by one-time code, without a password",
    "Alice uploads a photograph through the API",
    "Alice reads it back, identical byte for byte",
    "The bucket holds ciphertext only",
    "The tables hold ids, sizes and times; file name and key are sealed",
    "KMS was asked by Alice's own session only, for Alice and this picture",
    "Bob asks for it and is refused, as if it did not exist",
    "A request without a token, or with a forged one, is refused",
)


@pytest.mark.xdist_group("local_cloud")
def test_a_photograph_travels_through_the_synthesized_environment_and_back():
    command = [sys.executable, "-m", "cli", "demo"]
    environment = {**os.environ, "COLUMNS": "200"}
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=180)
    ticked = [line[2:] for line in ended.stdout.splitlines() if line.startswith("✓")]
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert tuple(ticked[: len(STEPS)]) == STEPS
