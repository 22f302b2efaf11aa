"""How long all environments take to synthesize, beside an app that holds nothing."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.figure import Figure, interleaved
from stacks.lambda_asset import ROOT, staged
from stacks.settings import Settings

LIMIT = 3.0
RUNS = 5

# The same CDK, the same flags, one stack without a resource.
EMPTY_APP = """
import gc
gc.disable()
import aws_cdk as cdk
app = cdk.App(analytics_reporting=False, tree_metadata=False)
cdk.Stack(app, "Empty")
app.synth()
gc.freeze()
"""


def figures() -> Iterator[Figure]:
    """The whole synth as a multiple of an empty one, each in a process of its own, taking turns."""
    # What is staged once is not part of a synth.
    staged(Settings.load(ROOT / "settings.toml"))
    with tempfile.TemporaryDirectory() as temporary:
        rounds = interleaved(
            RUNS,
            ours=_process(Path(temporary, "ours"), str(ROOT / "app.py")),
            empty=_process(Path(temporary, "empty"), "-c", EMPTY_APP),
        )
    ratio = rounds.speed("empty", than="ours")
    yield Figure(
        name="synth of three environments",
        ours=ratio,
        limit=LIMIT,
        unit="x an empty app",
        holds=ratio <= LIMIT,
        peers={"empty app": 1.0},
        note=f"{rounds.median('ours'):.2f} s against {rounds.median('empty'):.2f} s",
    )


def _process(outdir: Path, *arguments: str) -> Callable[[], object]:
    # The CDK's own validation takes longer than an empty app and would flatter the ratio.
    environment = os.environ | {"CDK_OUTDIR": str(outdir), "CDK_VALIDATION": "false"}
    # A machine that keeps no .pyc files would measure Python's compiler on both sides.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    environment["PYTHONPYCACHEPREFIX"] = str(ROOT / ".cache" / "pyc")
    command = [sys.executable, *arguments]
    return lambda: subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
