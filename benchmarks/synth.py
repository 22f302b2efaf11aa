"""How long all environments take to synthesize: a resource, the imports, the whole, each beside its limit."""

import json
import os
import pstats
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import median

from benchmarks.figure import Figure
from stacks.lambda_asset import ROOT, staged
from stacks.settings import Settings

RUNS = 7
MS_PER_RESOURCE = 10.0
IMPORTS = 1.6
WHOLE = 2.7

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

# What app.py does, with a clock between its parts. The asset is staged before.
PHASES = """
import gc
gc.disable()
import json, sys, time
at = [time.perf_counter()]
def lap(): at.append(time.perf_counter())
import aws_cdk
lap()
from pathlib import Path
from stacks.settings import Settings
from stacks.synthesis import build
lap()
settings = Settings.load(Path("settings.toml"))
app = build(settings)
lap()
app.synth()
lap()
names = ["import aws_cdk", "our imports", "constructs", "templates written"]
print(json.dumps({name: end - start for name, start, end in zip(names, at, at[1:])}))
gc.freeze()
"""

# Which functions of Python's the time goes to, waiting for the CDK's own process included.
PROFILE = """
import cProfile, gc, pstats, sys
gc.disable()
profile = cProfile.Profile()
profile.enable()
sys.argv = ["app.py"]
import app
app.main()
profile.disable()
pstats.Stats(profile).dump_stats(sys.stdin.read())
"""


def figures() -> Iterator[Figure]:
    """Time for each resource, imports, and the whole as a multiple of an empty app; then the profile.

    Every run is a process of its own; within a round the three follow each other, so that what slows the
    machine slows all of them. Each figure is the median over the rounds, a ratio that of the rounds' ratios.
    """
    # What is staged once is not part of a synth.
    staged(Settings.load(ROOT / "settings.toml"))
    with tempfile.TemporaryDirectory() as temporary:
        rounds = [_round(Path(temporary), backwards=number % 2 == 1) for number in range(RUNS + 1)][1:]
        resources = _resources(Path(temporary, "phases"))
        profile = _profile(Path(temporary))
    phases = {name: median(each.phases[name] for each in rounds) for name in rounds[0].phases}

    each = median(1000 * one.own / resources for one in rounds)
    yield Figure(
        name="synth without imports",
        ours=each,
        limit=MS_PER_RESOURCE,
        unit="ms a resource",
        holds=each <= MS_PER_RESOURCE,
        note=f"{resources} resources; " + ", ".join(f"{name} {s:.2f} s" for name, s in phases.items()),
    )
    imports = median(one.phases["our imports"] / one.phases["import aws_cdk"] for one in rounds)
    yield Figure(
        name="imports beyond aws_cdk",
        ours=imports,
        limit=IMPORTS,
        unit="x import aws_cdk",
        holds=imports <= IMPORTS,
        peers={"import aws_cdk": 1.0},
    )
    whole = median(one.whole / one.empty for one in rounds)
    yield Figure(
        name="synth of three environments",
        ours=whole,
        limit=WHOLE,
        unit="x an empty app",
        holds=whole <= WHOLE,
        peers={"empty app": 1.0},
        note=f"{median(r.whole for r in rounds):.2f} s against {median(r.empty for r in rounds):.2f} s; "
        f"under a profiler: {profile}",
    )


class _Round:
    """One round, in seconds: the parts of our synth, the whole of it, and an empty app."""

    def __init__(self, phases: Mapping[str, float], whole: float, empty: float) -> None:
        self.phases, self.whole, self.empty = phases, whole, empty

    @property
    def own(self) -> float:
        """What is neither an import nor the start of a process."""
        return self.phases["constructs"] + self.phases["templates written"]


def _round(folder: Path, *, backwards: bool) -> _Round:
    runs = {
        "phases": lambda: _seconds(folder / "phases", "-c", PHASES),
        "whole": lambda: _seconds(folder / "whole", str(ROOT / "app.py")),
        "empty": lambda: _seconds(folder / "empty", "-c", EMPTY_APP),
    }
    # Whoever comes after a big one finds cold caches, and that should not always be the same.
    order = list(reversed(runs)) if backwards else list(runs)
    took = {name: runs[name]() for name in order}
    return _Round(json.loads(took["phases"][1]), took["whole"][0], took["empty"][0])


def _seconds(outdir: Path, *arguments: str) -> tuple[float, bytes]:
    started = time.perf_counter()
    printed = _run(outdir, *arguments)
    return time.perf_counter() - started, printed


def _run(outdir: Path, *arguments: str, given: str = "") -> bytes:
    # The CDK's own validation takes longer than an empty app and would flatter the ratio.
    environment = os.environ | {"CDK_OUTDIR": str(outdir), "CDK_VALIDATION": "false", "PYTHONPATH": str(ROOT)}
    # A machine that keeps no .pyc files would measure Python's compiler on both sides.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    environment["PYTHONPYCACHEPREFIX"] = str(ROOT / ".cache" / "pyc")
    command = [sys.executable, *arguments]
    ended = subprocess.run(
        command, cwd=ROOT, env=environment, check=True, capture_output=True, input=given.encode()
    )
    return ended.stdout


def _resources(assembly: Path) -> int:
    """How many resources the templates of an assembly hold together."""
    templates = assembly.rglob("*.template.json")
    return sum(len(json.loads(file.read_text("utf-8"))["Resources"]) for file in templates)


def _profile(folder: Path) -> str:
    """The ten modules in which most time is spent, each with its share."""
    file = folder / "profile"
    _run(folder / "profiled", "-c", PROFILE, given=str(file))
    seconds: Counter[str] = Counter()
    for (path, _, function), (_, _, own, _, _) in pstats.Stats(str(file)).stats.items():  # type: ignore[attr-defined]
        seconds[_module(path, function)] += own
    whole = sum(seconds.values())
    return ", ".join(f"{name} {100 * own / whole:.0f} %" for name, own in seconds.most_common(10))


def _module(path: str, function: str) -> str:
    if path in {"~", ""} or not path.endswith(".py"):
        return function.strip("<>").removeprefix("built-in method ").removeprefix("method ")
    parts = Path(path).with_suffix("").parts
    if "site-packages" in parts:
        parts = parts[parts.index("site-packages") + 1 :][:2]
    elif path.startswith(str(ROOT)):
        parts = Path(path).relative_to(ROOT).parts[:1]
    return ".".join(parts[-2:]).removesuffix(".__init__")
