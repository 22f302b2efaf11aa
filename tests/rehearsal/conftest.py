from pathlib import Path

import pytest

from stacks.lambda_asset import ROOT
from stacks.settings import Settings
from stacks.synthesis import synthesize
from tests.rehearsal.cloud_formation import CloudFormation
from tests.rehearsal.deployer import Artifact, Deployer, artifacts
from tests.rehearsal.stand_in import ENVIRONMENT, PERSON, bootstrapped


@pytest.fixture(scope="session")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return synthesize(Settings.load(ROOT / "settings.toml"), tmp_path_factory.mktemp("assembly"))


@pytest.fixture(scope="session")
def stacks(assembly: Path) -> tuple[Artifact, ...]:
    """The stacks of one environment, in order."""
    return artifacts(assembly, ENVIRONMENT)


@pytest.fixture(scope="session")
def account(stacks: tuple[Artifact, ...]) -> CloudFormation:
    """An account in which the bootstrap stands, and nothing else; tests take copies."""
    return bootstrapped(stacks).cloud


@pytest.fixture
def deployer(account: CloudFormation) -> Deployer:
    return Deployer(cloud=account.copy(), asker=PERSON)
