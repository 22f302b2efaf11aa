"""Runs the real Checkov in this process, and says what it looked at as well as what it found."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from checkov.cloudformation.checks.resource.registry import cfn_registry
from checkov.cloudformation.runner import Runner
from checkov.runner_filter import RunnerFilter

ADAPTER = Path(__file__).parent / "checkov_checks"


@dataclass(frozen=True)
class Record:
    """One line of Checkov's report; `result` is PASSED, FAILED or SKIPPED."""

    check: str
    title: str
    file: Path
    logical_id: str
    result: str
    comment: str

    def __str__(self) -> str:
        return f"{self.check} {self.result} {self.file.name} {self.logical_id}: {self.title}"


@dataclass(frozen=True)
class Scan:
    """A finished run: the records, the resources it was offered, and the files it could not parse."""

    records: tuple[Record, ...]
    offered: frozenset[tuple[Path, str]]
    unparsed: tuple[str, ...]

    def failed(self) -> tuple[Record, ...]:
        """The records that failed."""
        return tuple(record for record in self.records if record.result == "FAILED")

    def results(self, check: str, file: Path) -> dict[str, str]:
        """What one check said in one file, by logical id."""
        return {r.logical_id: r.result for r in self.records if r.check == check and r.file == file}


def scan(folder: Path, *, checks: Path = ADAPTER) -> Scan:
    """Checkov's own CloudFormation checks and ours, over every template below a folder."""
    logging.getLogger("checkov").setLevel(logging.CRITICAL)
    report: Any = Runner().run(
        root_folder=str(folder),
        external_checks_dir=[str(checks)],
        runner_filter=RunnerFilter(framework=["cloudformation"], download_external_modules=False),
    )
    every = (*report.passed_checks, *report.failed_checks, *report.skipped_checks)
    records = tuple(_record(raw) for raw in every)
    offered = {(r.file, r.logical_id) for r in records}
    offered |= {(Path(e.file_abs_path), _logical_id(e.resource)) for e in report.extra_resources}
    return Scan(records, frozenset(offered), tuple(report.parsing_errors))


def loaded_ids() -> frozenset[str]:
    """The ids of our checks that Checkov has registered."""
    return frozenset(check.id for _, check in cfn_registry.all_checks() if check.id.startswith("SP_"))


def _record(raw: Any) -> Record:
    return Record(
        check=raw.check_id,
        title=raw.check_name,
        file=Path(raw.file_abs_path),
        logical_id=_logical_id(raw.resource),
        result=raw.check_result["result"].value,
        comment=raw.check_result.get("suppress_comment", ""),
    )


def _logical_id(resource: str) -> str:
    return resource.rpartition(".")[2]
