"""The whole thing, as a newcomer runs it: a photograph goes through everything and back."""

import os
import signal
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
SECONDS = 180

pytestmark = pytest.mark.xdist_group("local_cloud")


@pytest.fixture
def environment(tmp_path):
    """A place of its own for the state of a run, whatever else runs on this machine."""
    state = tmp_path / "state" / "local_cloud.json"
    return {**os.environ, "COLUMNS": "200", "SOULPICKS_LOCAL_CLOUD_STATE": str(state)}


def demo(environment) -> str:
    command = [sys.executable, "-m", "cli", "demo"]
    ended = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=SECONDS
    )
    ticked = [line[2:] for line in ended.stdout.splitlines() if line.startswith("✓")]
    assert tuple(ticked[: len(STEPS)]) == STEPS, ended.stdout + ended.stderr
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def test_a_photograph_travels_through_the_synthesized_environment_and_back(environment):
    printed = demo(environment)
    assert "using the local cloud that is running" not in printed
    assert not Path(environment["SOULPICKS_LOCAL_CLOUD_STATE"]).exists()


def test_up_stays_for_a_demonstration_prints_the_codes_and_ends_with_ctrl_c(environment):
    state = Path(environment["SOULPICKS_LOCAL_CLOUD_STATE"])
    command = [sys.executable, "-u", "-m", "cli", "up"]
    both = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    with subprocess.Popen(command, cwd=ROOT, env=environment, text=True, **both) as up:
        try:
            ready = next((line for line in up.stdout if "is ready after" in line), "")
            assert ready, "up ended before it was ready"
            assert state.exists()
            assert "using the local cloud that is running" in demo(environment)
            assert state.exists(), "the demonstration ended what it had not started"
            up.send_signal(signal.SIGINT)
            rest, _ = up.communicate(timeout=30)
        finally:
            up.kill()
    assert up.returncode == 0
    assert "code for alice@example.org: " in rest
    assert "nothing is left running" in rest
    assert "KeyboardInterrupt" not in rest
    assert "Traceback" not in rest
    assert not state.exists()
