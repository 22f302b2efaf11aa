"""Steps of a demonstration: each is shown, and each is true or ends it."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console


class Untrue(Exception):
    """What a step says is not so; the message says what was found."""


class Steps:
    """Prints each step with a tick once it has been shown to be true."""

    def __init__(self, console: Console) -> None:
        self._console = console

    @contextmanager
    def step(self, sentence: str) -> Iterator["Step"]:
        """Do a step; `Untrue` inside it, or anything unexpected, leaves it without its tick."""
        step = Step()
        try:
            with self._console.status(sentence):
                yield step
        except BaseException:
            self._console.print(f"[red]✗[/red] {sentence}")
            raise
        self._console.print(f"[green]✓[/green] {sentence}")
        for line in step.lines:
            self._console.print(f"    [dim]{line}[/dim]", soft_wrap=True)


class Step:
    """What one step shows beside its sentence."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def show(self, line: str) -> None:
        """Print this line under the step."""
        self.lines.append(line)

    def check(self, holds: bool, otherwise: str) -> None:
        """Raise `Untrue` unless it holds."""
        if not holds:
            raise Untrue(otherwise)
