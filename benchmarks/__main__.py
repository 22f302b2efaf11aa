"""Measure every figure and print one table: ours, the limit, the peers, all from this run.

`python -m benchmarks [NAME …]` runs the named modules of this folder, or all of them.
Exit status: 0 when every limit holds, 1 when one does not.
"""

import importlib
import pkgutil
import sys

from rich.console import Console
from rich.table import Table

import benchmarks
from benchmarks.figure import Figure

NOT_MEASUREMENTS = {"__main__", "figure"}


def _measurements() -> list[str]:
    return sorted(m.name for m in pkgutil.iter_modules(benchmarks.__path__) if m.name not in NOT_MEASUREMENTS)


def _figures(console: Console, names: list[str]) -> list[Figure]:
    figures: list[Figure] = []
    for name in names:
        with console.status(f"measuring {name}"):
            figures.extend(importlib.import_module(f"benchmarks.{name}").figures())
    return figures


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
    figures = _figures(console, arguments or known)
    console.print(_table(figures))
    return 0 if all(figure.holds for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
