"""A pytest plugin that turns the outcome of each proving test into a verdict on its promise."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from policies.verdict import HOLDS, Verdict, broken, cannot_tell, overall


@dataclass(frozen=True)
class Outcome:
    """What one proving test showed: of which promise, by which sentence, where, and where the test stands."""

    claim: str
    sentence: str
    environment: str
    verdict: Verdict
    file: Path
    line: int


class Outcomes:
    """Collects one outcome for each proving test; one that did not run to its end shows nothing."""

    def __init__(self) -> None:
        self._proofs: dict[str, pytest.Item] = {}
        self._shown: dict[str, list[Verdict]] = {}
        self.not_collected: list[str] = []

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Remember what could not even be read: its proofs are missing."""
        if report.failed:
            self.not_collected.append(f"{report.nodeid} could not be collected: {report.longreprtext}")

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Keep the proofs only; sabotages belong to the test suite."""
        proofs = [item for item in items if item.get_closest_marker("proves")]
        config.hook.pytest_deselected(items=[item for item in items if item not in proofs])
        items[:] = proofs
        self._proofs = {item.nodeid: item for item in proofs}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[Any]) -> Iterator[None]:
        """Read a verdict off each phase: the call always gives one, setup and teardown when they fail."""
        report = yield
        if item.nodeid in self._proofs and (call.when == "call" or call.excinfo is not None):
            self._shown.setdefault(item.nodeid, []).append(_verdict(call))
        return report

    def __iter__(self) -> Iterator[Outcome]:
        for node_id, item in self._proofs.items():
            shown = self._shown.get(node_id)
            claim = next(str(mark.args[0]) for mark in item.iter_markers("proves"))
            file, line, _ = item.location
            yield Outcome(
                claim=claim,
                sentence=item.name.partition("[")[0].removeprefix("test_").replace("_", " "),
                environment=_environment(item),
                verdict=overall(shown) if shown else cannot_tell("the proof did not run"),
                file=item.config.rootpath / file,
                line=(line or 0) + 1,
            )


def _verdict(call: pytest.CallInfo[Any]) -> Verdict:
    """A proof that ended in its own verdict says which; any other error, and a skip, shows nothing."""
    if call.excinfo is None:
        return HOLDS
    error = call.excinfo.value
    verdict = getattr(error, "verdict", None)
    if isinstance(verdict, Verdict):
        return verdict
    reason = f"{type(error).__name__}: {error}".strip()
    if isinstance(error, AssertionError) and call.when == "call":
        return broken(reason)
    return cannot_tell(f"the proof failed in its {call.when}: {reason}")


def _environment(item: pytest.Item) -> str:
    """The environment a proof was about; a run is about the local one."""
    parameters = getattr(getattr(item, "callspec", None), "params", {})
    return str(parameters.get("environment", "local run"))
