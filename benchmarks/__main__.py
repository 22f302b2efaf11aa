"""Measure every figure and print one table: ours, the limit, the peers, all from this run.

`python -m benchmarks [NAME …]` runs the named modules of this folder, or all of them.
A program that fails keeps the others from nothing: what was measured is printed, and at the end what failed.
Exit status: 0 when every limit holds, 1 when one does not or a program failed, 2 when a name is unknown.
"""

import importlib
import pkgutil
import subprocess
import sys
import traceback
from pathlib import Path

from rich.console import Console
from rich.table import Table

import benchmarks
from benchmarks.figure import Figure

NOT_MEASUREMENTS = {"__main__", "figure"}


def _measurements() -> list[str]:
    return sorted(m.name for m in pkgutil.iter_modules(benchmarks.__path__) if m.name not in NOT_MEASUREMENTS)


def _measure(console: Console, names: list[str]) -> tuple[list[Figure], dict[str, str]]:
    """Return every figure that was measured, and why each program failed that did not come to its end."""
    figures: list[Figure] = []
    failed: dict[str, str] = {}
    for name in names:
        try:
            with console.status(f"measuring {name}"):
                for figure in importlib.import_module(f"benchmarks.{name}").figures():
                    figures.append(figure)  # one by one: those before a failure count
        except Exception as error:  # noqa: BLE001 - whatever one program does, the others are measured
            failed[name] = _said(error)
    return figures, failed


def _said(error: Exception) -> str:
    where = traceback.extract_tb(error.__traceback__)[-1]
    words = str(error)
    if isinstance(error, subprocess.CalledProcessError):
        output = error.stderr or error.stdout or b""
        text = output.decode(errors="replace") if isinstance(output, bytes) else output
        words = f"{words} {text.strip()[-400:]}".strip()
    return f"{type(error).__name__}: {words} ({Path(where.filename).name}:{where.lineno})"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _table(figures: list[Figure]) -> Table:
    table = Table(title="Figures (medians of this run)", title_justify="left")
    for heading in ("figure", "ours", "limit", "unit", "", "peers", "note"):
        table.add_column(heading, justify="right" if heading in {"ours", "limit"} else "left")
    for figure in figures:
        table.add_row(
            figure.name,
            _number(figure.ours),
            _number(figure.limit),
            figure.unit,
            "[green]holds[/]" if figure.holds else "[red]missed[/]",
            ", ".join(f"{peer} {_number(value)}" for peer, value in figure.peers.items()),
            figure.note,
        )
    return table


def main(arguments: list[str]) -> int:
    """Measure, print, and say by the exit status whether every limit holds."""
    known = _measurements()
    unknown = sorted(set(arguments) - set(known))
    if unknown:
        print(
            f"unknown measurement {', '.join(unknown)}; expected one of {', '.join(known)}", file=sys.stderr
        )
        return 2
    console = Console(width=None if sys.stdout.isatty() else 160)
    figures, failed = _measure(console, arguments or known)
    if figures:
        console.print(_table(figures))
    for name, reason in failed.items():
        console.print(f"failed: {name}: {reason}", style="red", markup=False, soft_wrap=True)
    return 0 if not failed and all(figure.holds for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
