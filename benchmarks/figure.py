"""What every benchmark yields: one measured figure beside its limit and its peers, from one run."""

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One measured figure.

    `ours`, `limit` and every peer are medians in `unit`; `holds` says whether the limit was kept.
    """

    name: str
    ours: float
    limit: float
    unit: str
    holds: bool
    peers: Mapping[str, float] = field(default_factory=dict)
    note: str = ""


def interleaved(runs: int, **competitors: Callable[[], object]) -> dict[str, float]:
    """Run every competitor in turn, `runs` rounds after one warm-up; return each one's median seconds.

    Taking turns spreads the drift of a shared machine over all of them, so that ratios hold.
    """
    seconds: dict[str, list[float]] = {name: [] for name in competitors}
    for round_number in range(runs + 1):
        for name, run in competitors.items():
            started = time.perf_counter()
            run()
            if round_number:
                seconds[name].append(time.perf_counter() - started)
    return {name: statistics.median(taken) for name, taken in seconds.items()}
