"""What every benchmark yields: one measured figure beside its limit and its peers, from one run."""

import os
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
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


@dataclass(frozen=True)
class Rounds:
    """What each competitor took in each round, in seconds."""

    seconds: Mapping[str, Sequence[float]]

    def median(self, name: str) -> float:
        """One competitor's median, in seconds."""
        return statistics.median(self.seconds[name])

    def speed(self, name: str, *, than: str) -> float:
        """How many times as fast one competitor is as another: the median of the rounds' own ratios.

        The two halves of a ratio were measured next to each other, so what slows the machine slows both.
        """
        pairs = zip(self.seconds[than], self.seconds[name], strict=True)
        return statistics.median(other / own for other, own in pairs)


def interleaved(runs: int, **competitors: Callable[[], object]) -> Rounds:
    """Run every competitor in turn, `runs` rounds after one warm-up.

    Every second round goes backwards: whoever comes after a big one finds cold caches, and that should not
    always be the same.
    """
    seconds: dict[str, list[float]] = {name: [] for name in competitors}
    order = list(competitors.items())
    for round_number in range(runs + 1):
        for name, run in order:
            started = time.perf_counter()
            run()
            if round_number:
                seconds[name].append(time.perf_counter() - started)
        order.reverse()
    return Rounds(seconds)


@contextmanager
def one_core() -> Iterator[None]:
    """Keep this process on one core: what is compared then has the same one."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(cores)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)
