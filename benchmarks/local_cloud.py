"""How long a newcomer waits: until the environment answers, and for the whole demonstration."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figure import Figure
from local_cloud.client import LocalCloud

ROOT = Path(__file__).resolve().parent.parent
UP_SECONDS, DEMO_SECONDS = 15.0, 30.0


def figures() -> Iterator[Figure]:
    """Measure both once, synthesis included: each is seconds long, and a person waits for one."""
    began = time.monotonic()
    steps: list[tuple[float, str]] = []
    with LocalCloud(progress=lambda step: steps.append((time.monotonic() - began, step))) as cloud:
        ready = time.monotonic() - began
        yield Figure(
            name="make up, until ready",
            ours=ready,
            limit=UP_SECONDS,
            unit="s",
            holds=ready <= UP_SECONDS,
            note=_where_the_time_goes(steps, ready),
        )
        yield from _requests(cloud)
    began = time.monotonic()
    subprocess.run([sys.executable, "-m", "cli", "demo"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    whole = time.monotonic() - began
    yield Figure(
        name="make demo, whole", ours=whole, limit=DEMO_SECONDS, unit="s", holds=whole <= DEMO_SECONDS
    )


def _where_the_time_goes(steps: list[tuple[float, str]], ready: float) -> str:
    ends = [at for at, _ in steps[1:]] + [ready]
    return "; ".join(f"{end - at:.1f} s {step}" for (at, step), end in zip(steps, ends, strict=True))


def _requests(cloud: LocalCloud) -> Iterator[Figure]:
    """One warm request through front, authorizer's kept answer, function, gate and moto."""
    with cloud.api(cloud.sign_in("bench@example.org")) as api:
        api.get("/pictures").raise_for_status()
        seconds = []
        for _ in range(20):
            began = time.perf_counter()
            api.get("/pictures").raise_for_status()
            seconds.append(time.perf_counter() - began)
    median_ms = sorted(seconds)[len(seconds) // 2] * 1000
    yield Figure(
        name="GET /pictures, warm",
        ours=median_ms,
        limit=250.0,
        unit="ms",
        holds=median_ms <= 250.0,
        note="two table queries through the gate; a limit of our own",
    )
