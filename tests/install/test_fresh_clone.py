"""A clone in a folder with a space, and no HOME that could be written: `make demo` runs all the same."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# What a clone decides for itself; the variables that say where packages come from are kept.
OWN = {"VIRTUAL_ENV", "JSII_NODE", "UV_PROJECT_ENVIRONMENT", "MAKEFLAGS", "MAKELEVEL", "UV", "CDK_HOME"}
CACHES = {
    "UV_CACHE_DIR",
    "PIP_CACHE_DIR",
    "npm_config_cache",
    "JSII_RUNTIME_PACKAGE_CACHE_ROOT",
    "XDG_CACHE_HOME",
}


@pytest.mark.long
def test_a_clone_installs_and_shows_itself_without_a_home(tmp_path):
    clone = tmp_path / "a folder" / "clone"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
    home = tmp_path / "no home"  # never made: whoever writes there makes it
    kept = {name: value for name, value in os.environ.items() if name not in OWN | CACHES}
    path = os.pathsep.join(f for f in kept["PATH"].split(os.pathsep) if not f.startswith(str(ROOT)))
    python = Path(sys.base_prefix) / "bin" / f"python3.{sys.version_info.minor}"
    environment = kept | {"HOME": str(home), "PATH": path, "PYTHON": str(python)}
    # pip asks `rustc` for its version; where that is rustup's, rustup writes its settings.
    environment["RUSTUP_HOME"] = str(tmp_path / "rustup")
    ended = subprocess.run(
        ["make", "demo"], cwd=clone, env=environment, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout[-2000:] + ended.stderr[-2000:]
    assert "promises hold" in ended.stdout
    assert not home.exists(), f"written outside the clone: {sorted(home.rglob('*'))[:10]}"
