"""What one run of the local cloud is asked for."""

from dataclasses import dataclass
from pathlib import Path

from local_cloud.synthesis import ROOT


@dataclass(frozen=True, kw_only=True)
class Options:
    """Everything that can be chosen."""

    environment: str = "development"
    port: int = 0
    # An assembly that exists already; without one, the templates are synthesized.
    assembly: Path | None = None
    # Where the functions' code lies; a test that weakens a function gives another.
    function_root: Path = ROOT
    log: Path = ROOT / ".cache" / "local_cloud.log"
    records: Path | None = None
    # For the tests that search everything stored for data keys; `soulpicks up` never sets it.
    tap_data_keys: bool = False
