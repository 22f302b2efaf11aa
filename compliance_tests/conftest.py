"""What the promises are checked on: the three synthesized environments, and one run of the real code.

SOULPICKS_ASSEMBLY names a synthesized app to judge instead of a fresh one.
"""

import json
import os
import shutil
from pathlib import Path

import pytest

from compliance_tests.attacks import attempt_forgeries
from compliance_tests.run_of_the_code import REFUSED, Running, sabotaged, started
from compliance_tests.running import run_flow
from compliance_tests.sabotage import Weakness
from local_cloud.decisions import DecidedCall, Decider
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


@pytest.fixture(scope="session")
def cloud(request, assembly_folder):
    """The real code, running here: the cloud that is given if it shows data keys, or one of our own."""
    given = getattr(request.config, "soulpicks_cloud", None)
    if given is not None and Running(given).shows_data_keys():
        yield Running(given)
        return
    with started(assembly_folder) as running:
        yield running


@pytest.fixture(scope="session")
def flow(cloud):
    """What two people did, and all that it left behind."""
    return run_flow(cloud)


@pytest.fixture
def decided_under(cloud, flow, assembly_folder, assemblies, tmp_path):
    """Decides the calls of the run under the policies of an environment that is weakened at one place."""

    def decide(weakness: Weakness) -> tuple[DecidedCall, ...]:
        weakened, _ = weakness.apply(assemblies["development"])
        folder = shutil.copytree(assembly_folder, tmp_path / "cdk.out")
        for template in weakened.templates:
            (folder / template.path.name).write_text(json.dumps(template.body))
        return tuple(map(Decider.of(folder, cloud.names()).decide, (decided.call for decided in flow.calls)))

    return decide


@pytest.fixture(scope="session")
def attacks(cloud, flow):
    """What became of every forged token."""
    return attempt_forgeries(cloud, dict(flow.tokens)["alice"])


@pytest.fixture(scope="session")
def sabotaged_cloud(assembly_folder, tmp_path_factory):
    """The same, with functions that break every promise at once."""
    code = sabotaged(tmp_path_factory.mktemp("sabotaged"))
    with started(assembly_folder, code, REFUSED) as running:
        yield running


@pytest.fixture(scope="session")
def sabotaged_flow(sabotaged_cloud):
    """The same flow through the weakened functions."""
    return run_flow(sabotaged_cloud)


@pytest.fixture(scope="session")
def sabotaged_attacks(sabotaged_cloud, sabotaged_flow):
    """The same forgeries against the weakened functions."""
    return attempt_forgeries(sabotaged_cloud, dict(sabotaged_flow.tokens)["alice"])
