"""The promises on a terminal: one line each, then what is broken and why, then one sentence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from evidence.claims import ClaimStatus
from evidence.outcomes import Outcome
from policies.verdict import Status, Verdict

# The columns: what they are called, and the place they speak of.
PLACES = {"dev": "development", "stag": "staging", "prod": "production", "run": "local run"}

_LOOK = {
    Status.HOLDS: "[green]HOLDS[/]",
    Status.BROKEN: "[bold red]BROKEN[/]",
    Status.CANNOT_TELL: "[yellow]CANNOT_TELL[/]",
    Status.DOES_NOT_APPLY: "[dim]DOES_NOT_APPLY[/]",
}


def print_table(found: Iterable[ClaimStatus], console: Console) -> None:
    """Print every promise with its verdict, over all and in each place."""
    every = tuple(found)
    console.print(_asserted([status for status in every if status.claim.asserted]))
    console.print(_waiting([status for status in every if not status.claim.asserted]))
    for status in every:
        if status.verdict and status.verdict.fails:
            _print_reasons(status, console)
    console.print(sentence(every), highlight=False)


def _asserted(every: list[ClaimStatus]) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("id", no_wrap=True)
    table.add_column("promise", ratio=1)
    table.add_column("verdict", no_wrap=True)
    for column in PLACES:
        table.add_column(column, no_wrap=True, justify="center")
    table.add_column("limits", no_wrap=True, justify="right")
    for status in every:
        claim, verdict = status.claim, status.verdict
        shown = _LOOK[verdict.status] if verdict else ""
        shown += " in part" if verdict and claim.not_yet and not verdict.fails else ""
        marks = [_mark(status.in_environment(place)) for place in PLACES.values()]
        limits = str(len(claim.limits)) if claim.limits else ""
        table.add_row(claim.id, escape(claim.promise), shown, *marks, limits)
    return table


def _waiting(every: list[ClaimStatus]) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, style="dim", header_style="")
    table.add_column("id", no_wrap=True)
    table.add_column("not asserted yet", ratio=2)
    table.add_column("why", ratio=3)
    for status in every:
        table.add_row(status.claim.id, escape(status.claim.promise), escape(status.claim.not_yet))
    return table


def _mark(verdict: Verdict | None) -> str:
    if verdict is None:
        return ""
    return {Status.HOLDS: "[green]✓[/]", Status.BROKEN: "[bold red]✗[/]"}.get(verdict.status, "[yellow]?[/]")


def _print_reasons(status: ClaimStatus, console: Console) -> None:
    """Each failed proof once, with all the places where it failed for the same reason."""
    failed: dict[tuple[str, Verdict], list[Outcome]] = {}
    for outcome in status.outcomes:
        if outcome.verdict.fails:
            failed.setdefault((outcome.sentence, outcome.verdict), []).append(outcome)
    for (said, verdict), outcomes in failed.items():
        places = ", ".join(outcome.environment for outcome in outcomes)
        console.print(f"{_LOOK[verdict.status]} {status.claim.id} in {places}: {escape(said)}")
        console.print(f"  proof: {outcomes[0].file}:{outcomes[0].line}", style="dim", highlight=False)
        for line in verdict.reason.splitlines():
            console.print(f"  {line}", highlight=False, markup=False)


def sentence(every: Iterable[ClaimStatus]) -> str:
    """How many promises hold, how many do not, and how many nobody has asserted yet."""
    found = tuple(every)
    counts = Counter(status.verdict.status for status in found if status.verdict)
    in_part = sum(1 for s in found if s.verdict and not s.verdict.fails and s.claim.not_yet)
    waiting = sum(1 for status in found if status.verdict is None)
    parts = [f"{counts[Status.HOLDS]} of {len(found)} promises hold ({in_part} of them in part)"]
    parts += [f"{counts[Status.BROKEN]} broken"] if counts[Status.BROKEN] else []
    parts += [f"{counts[Status.CANNOT_TELL]} cannot be told"] if counts[Status.CANNOT_TELL] else []
    parts += [f"{waiting} not asserted yet"] if waiting else []
    return ", ".join(parts) + "."
