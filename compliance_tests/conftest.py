"""What the promises are checked on: the three synthesized environments, and one run of the real code.

SOULPICKS_ASSEMBLY names a synthesized app to judge instead of a fresh one.
"""

import os
from pathlib import Path

import pytest

from policies.assembly import Assembly, environments

ENVIRONMENTS = ("development", "staging", "production")


def pytest_configure(config):
    config.addinivalue_line("markers", "proves(claim): shows a promise; its outcome is the verdict on it")
    config.addinivalue_line(
        "markers", "sabotages(claim): weakens an environment; the promise's check must say so"
    )


@pytest.fixture(scope="session")
def assembly_folder(tmp_path_factory) -> Path:
    """The synthesized app: the one that is given, or a fresh one."""
    given = os.environ.get("SOULPICKS_ASSEMBLY")
    if given:
        return Path(given)
    from stacks.settings import Settings
    from stacks.synthesis import synthesize

    settings = Settings.load(Path(__file__).parents[1] / "settings.toml")
    return synthesize(settings, tmp_path_factory.mktemp("cdk.out"))


@pytest.fixture(scope="session")
def assemblies(assembly_folder) -> dict[str, Assembly]:
    """Every environment of the app, by its name."""
    return {assembly.name.lower(): assembly for assembly in environments(assembly_folder)}


@pytest.fixture(params=ENVIRONMENTS)
def environment(request, assemblies) -> Assembly:
    """One environment after the other: one verdict for each."""
    return assemblies[request.param]
