"""Runs the proofs of all promises and says what they showed; the engine of `soulpicks verify`."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from evidence.claims import ClaimStatus, statuses
from evidence.document import document
from evidence.outcomes import Outcomes
from evidence.table import print_table
from policies.claims import RegisterError, load
from policies.verdict import COULD_NOT_RUN, overall

ROOT = Path(__file__).parents[1]
PROOFS = ROOT / "compliance_tests"

# The proofs judge this synthesized app instead of a fresh one.
ASSEMBLY_VARIABLE = "SOULPICKS_ASSEMBLY"

# A log of CI or a page has no width of its own.
WIDTH_OF_A_FILE = 118

_PYTEST_OPTIONS = (
    "--quiet",
    "--import-mode=importlib",
    "--no-header",
    "--no-summary",
    "--continue-on-collection-errors",
    "-pno:cacheprovider",
    "-pno:hypothesispytest",  # takes two seconds to load, and no proof draws examples
)


class ProofsMissingError(Exception):
    """A file of proofs cannot be read, so nothing is said about any promise; names the file and the cause."""


def verify(*, as_json: bool = False, assembly: Path | None = None, cloud: object | None = None) -> int:
    """Print every promise with its verdict.

    assembly: a synthesized app to judge; a fresh one is made otherwise.
    cloud: a `local_cloud.client.LocalCloud` that runs with its data keys tapped, for the proofs that need
           running code; they start one otherwise.
    Returns: 0 when every asserted promise holds; 1 when one is broken; 2 when the register or a proof
             cannot be read; 3 when one cannot be told.
    """
    # Bound to the stream of now: the proofs run with the standard output turned away.
    console = Console(file=sys.stderr if as_json else sys.stdout)
    if not console.is_terminal:
        console.width = WIDTH_OF_A_FILE
    try:
        with console.status("proving the promises") if console.is_terminal else contextlib.nullcontext():
            found = verification(assembly=assembly, cloud=cloud)
    except (RegisterError, ProofsMissingError) as error:
        sys.stderr.write(f"soulpicks: {error}\n")
        return COULD_NOT_RUN
    if as_json:
        sys.stdout.write(document(found, ROOT) + "\n")
    else:
        print_table(found, console)
    return overall(status.verdict for status in found if status.verdict is not None).exit_status


def verification(
    *, assembly: Path | None = None, cloud: object | None = None, proofs: Path = PROOFS
) -> tuple[ClaimStatus, ...]:
    """The status of every promise of `proofs`/claims.toml, from one run of the proofs in that folder.

    Raises: RegisterError, ProofsMissingError.
    """
    claims = load(proofs / "claims.toml")
    outcomes = Outcomes()
    with _environment(assembly), contextlib.redirect_stdout(io.StringIO()):
        pytest.main([str(proofs), *_PYTEST_OPTIONS], [outcomes, Given(cloud)])
    if outcomes.not_collected:
        raise ProofsMissingError("\n".join(outcomes.not_collected))
    return statuses(claims, outcomes)


class Given:
    """Hands a running local cloud to the proofs, which find it as an attribute of pytest's configuration."""

    def __init__(self, cloud: object | None) -> None:
        self._cloud = cloud

    def pytest_configure(self, config: pytest.Config) -> None:
        """Put it where the proofs look."""
        vars(config)["soulpicks_cloud"] = self._cloud


@contextlib.contextmanager
def _environment(assembly: Path | None) -> Iterator[None]:
    """Tell the proofs which app to judge, and keep the caller's own pytest options away from them."""
    before = dict(os.environ)
    os.environ.pop("PYTEST_ADDOPTS", None)
    if assembly is not None:
        os.environ[ASSEMBLY_VARIABLE] = str(assembly)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
