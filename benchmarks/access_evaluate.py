"""Decisions a second beside iam-simulate, on the outside decision cases, one core each, taking turns.

Both sides are measured in processor time of the deciding thread, so that other work on a shared machine
does not count. Ours decides from policies that are parsed once, as every question to an environment does.
The peer is asked through its public function, which takes documents, and through its engine with policies
parsed beforehand, which the package does not export.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from access.cases import policies_of, read_file, request_of
from access.evaluate import evaluate
from benchmarks.figure import Figure

REPOSITORY = Path(__file__).parents[1]
OUTSIDE = Path(os.environ.get("SOULPICKS_CONFORMANCE") or REPOSITORY.parent / "shared" / "conformance")
CASES = OUTSIDE / "iam" / "decisions.json"
PEER_LOCK = Path(__file__).parent / "peers"
PEER_FOLDER = REPOSITORY / ".cache" / "peers" / "iam-simulate"
PEER_SCRIPT = Path(__file__).parent / "peers" / "iam_simulate.mjs"
BIN = Path(sys.prefix) / "bin"

_QUIETLY = ("--silent", "--no-audit", "--no-fund", "--ignore-scripts")

ROUNDS = 15
PASSES = 4
LEAST_A_SECOND = 30_000
LEAST_TIMES_THE_PEER = 10


def figures() -> Iterator[Figure]:
    """Measure ours and, if it can be installed, the peer."""
    outside = CASES.exists()
    paths = [CASES] if outside else sorted((REPOSITORY / "tests" / "access" / "cases").glob("*.json"))
    cases = [(case, place) for path in paths for place, case in read_file(path)]
    parsed = [(request_of(case), policies_of(case, place)) for case, place in cases]

    def decide() -> None:
        for request, policies in parsed:
            evaluate(request, policies)

    def read_and_decide() -> None:
        for case, place in cases:
            evaluate(request_of(case), policies_of(case, place))

    ways: dict[str, Callable[[], float]] = {
        "ours": lambda: _processor_seconds(decide),
        "from documents": lambda: _processor_seconds(read_and_decide),
    }
    if not outside:
        speeds = _speeds(ways, len(cases))
        yield _speed(speeds, {}, f"on our own cases, because {CASES} is not there; no peer runs those")
        return
    try:
        with _peer() as ask:
            peers: dict[str, Callable[[], float]] = {
                "iam-simulate": lambda: ask("validated"),
                "its unexported engine": lambda: ask("parsed"),
            }
            speeds = _speeds({**ways, **peers}, len(cases))
    except (OSError, subprocess.CalledProcessError) as error:
        speeds = _speeds(ways, len(cases))
        yield _speed(speeds, {}, "the peer could not be installed")
        yield _times(0, f"not measured, the peer could not be installed: {error}")
        return
    yield _speed(speeds, {name: speeds[name] for name in peers}, f"{len(cases)} outside cases, parsed once")
    engine, documents = (speeds[name] / speeds[other] for name, other in _COMPARED)
    yield _times(
        speeds["ours"] / speeds["iam-simulate"],
        f"its unexported engine: {engine:.1f} times; both from documents: {documents:.1f} times",
    )


_COMPARED = (("ours", "its unexported engine"), ("from documents", "iam-simulate"))


def _speed(speeds: dict[str, float], peers: dict[str, float], note: str) -> Figure:
    return Figure(
        name="access: decisions of evaluate",
        ours=speeds["ours"],
        limit=LEAST_A_SECOND,
        unit="a second",
        holds=speeds["ours"] >= LEAST_A_SECOND,
        peers=peers,
        note=note,
    )


def _times(ratio: float, note: str) -> Figure:
    return Figure(
        name="access: evaluate beside iam-simulate",
        ours=ratio,
        limit=LEAST_TIMES_THE_PEER,
        unit="times as fast",
        holds=ratio >= LEAST_TIMES_THE_PEER,
        note=note,
    )


def _speeds(ways: dict[str, Callable[[], float]], decisions: int) -> dict[str, float]:
    """Return each way's median decisions a second; they take turns, after two rounds to warm up."""
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for round_number in range(ROUNDS + 2):
        for name, run in ways.items():
            taken = run()
            if round_number >= 2:
                seconds[name].append(taken)
    return {name: decisions * PASSES / statistics.median(taken) for name, taken in seconds.items()}


def _processor_seconds(run: Callable[[], None]) -> float:
    started = time.thread_time()
    for _ in range(PASSES):
        run()
    return time.thread_time() - started


@contextmanager
def _peer() -> Iterator[Callable[[str], float]]:
    """Start the peer in one Node process, installing it first, and yield a way to ask it for one round."""
    if not (PEER_FOLDER / "node_modules").exists():
        PEER_FOLDER.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copyfile(PEER_LOCK / name, PEER_FOLDER / name)
        install = [*map(str, [BIN / "npm", "ci", "--prefix", PEER_FOLDER]), *_QUIETLY]
        path = f"{BIN}:{os.defpath}"
        subprocess.run(install, check=True, capture_output=True, env={**os.environ, "PATH": path})
    with tempfile.TemporaryFile("w+") as complaints:
        process = subprocess.Popen(
            [BIN / "node", PEER_SCRIPT, PEER_FOLDER, CASES],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=complaints,
            text=True,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        stdin, stdout = process.stdin, process.stdout

        def ask(way: str) -> float:
            stdin.write(f"{way} {PASSES}\n")
            stdin.flush()
            answer = stdout.readline()
            if not answer:
                complaints.seek(0)
                raise OSError(f"the peer ended: {complaints.read()[-400:]}")
            return float(json.loads(answer)["seconds"])

        try:
            yield ask
        finally:
            stdin.close()
            process.wait(timeout=30)
