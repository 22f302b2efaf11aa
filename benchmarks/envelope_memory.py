"""The envelope's peak memory above its input, each case in a process of its own.

The peak is the kernel's `VmHWM`, set back once the input is there. `ru_maxrss` would not do: a child
starts with its parent's (https://man7.org/linux/man-pages/man2/getrusage.2.html), which hides its own.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.envelope import BOUND, MIB, SEGMENT_BUFFER, OfficialSdk, open_segments, seal_segments
from benchmarks.figure import Figure
from lambdas.envelope import SEGMENT_LENGTH, Opener, open_message, seal

LIMIT_MIB = 2 * SEGMENT_LENGTH / MIB
STREAM_MIB = 50


def _sealed_segments(message: bytes, plaintext_length: int) -> list[memoryview]:
    layout = Opener(message, **BOUND).layout(plaintext_length)
    starts = [0, *map(layout.offset, range(SEGMENT_LENGTH, plaintext_length, SEGMENT_LENGTH))]
    stops = [*starts[1:], layout.message_length]
    return [memoryview(message)[start:stop] for start, stop in zip(starts, stops, strict=True)]


def _seal_stream(octets: bytes) -> None:
    for _ in seal_segments(memoryview(octets), bytearray(SEGMENT_BUFFER)):
        pass


def _open_stream(octets: bytes) -> None:
    open_segments(_sealed_segments(octets, STREAM_MIB * MIB), bytearray(SEGMENT_LENGTH))


# What runs in the child, on the octets it was given.
CASES: dict[str, Callable[[bytes], object]] = {
    "seal-stream": _seal_stream,
    "open-stream": _open_stream,
    "seal-whole": lambda octets: seal(octets, **BOUND),
    "open-whole": lambda octets: open_message(octets, **BOUND),
    "seal-official": lambda octets: OfficialSdk().seal(octets),
    "open-official": lambda octets: OfficialSdk().open(octets),
}


def figures() -> Iterator[Figure]:
    """A picture of 50 MiB by segments, and one of a single segment at once, each way."""
    stream, whole = os.urandom(STREAM_MIB * MIB), os.urandom(SEGMENT_LENGTH)
    official = OfficialSdk()
    yield _figure("seal 50 MiB by segments", "seal-stream", stream, official={"seal-official": stream})
    yield _figure(
        "open 50 MiB by segments",
        "open-stream",
        bytes(seal(stream, **BOUND)),
        official={"open-official": official.seal(stream)},
    )
    yield _figure("seal 4 MiB at once", "seal-whole", whole, official={"seal-official": whole})
    yield _figure(
        "open 4 MiB at once",
        "open-whole",
        bytes(seal(whole, **BOUND)),
        official={"open-official": official.seal(whole)},
    )


def _figure(name: str, case: str, octets: bytes, *, official: dict[str, bytes]) -> Figure:
    ours = _peak_mib(case, octets)
    return Figure(
        name=f"envelope: memory to {name}",
        ours=ours,
        limit=LIMIT_MIB,
        unit="MiB at most",
        holds=ours <= LIMIT_MIB,
        peers={"official SDK": _peak_mib(*next(iter(official.items())))},
        note="peak above the input",
    )


def _peak_mib(case: str, octets: bytes) -> float:
    with tempfile.NamedTemporaryFile() as file:
        file.write(octets)
        file.flush()
        ran = subprocess.run(
            [sys.executable, "-m", "benchmarks.envelope_memory", case, file.name],
            cwd=Path(__file__).resolve().parent.parent,
            capture_output=True,
            text=True,
            check=True,
        )
    return float(ran.stdout)


def _memory_kib(field: str) -> int:
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith(field))


def _measure(case: str, path: str) -> float:
    run = CASES[case]
    octets = Path(path).read_bytes()
    open_message(seal(b"warm", **BOUND), **BOUND)
    OfficialSdk().open(OfficialSdk().seal(b"warm"))
    Path("/proc/self/clear_refs").write_text("5")  # sets VmHWM back to what is resident now
    before = _memory_kib("VmRSS")
    run(octets)
    return (_memory_kib("VmHWM") - before) / 1024


if __name__ == "__main__":
    print(_measure(*sys.argv[1:]))
