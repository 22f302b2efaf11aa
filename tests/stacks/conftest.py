import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from stacks.lambda_asset import ROOT
from stacks.settings import ENVIRONMENTS, Settings
from stacks.synthesis import synthesize


@dataclass(frozen=True)
class Template:
    """One stack of one environment, as it was synthesized."""

    environment: str
    stack: str
    body: dict[str, Any]

    def of_type(self, kind: str) -> dict[str, dict[str, Any]]:
        """Properties by logical id."""
        resources = self.body["Resources"].items()
        return {name: body.get("Properties", {}) for name, body in resources if body["Type"] == kind}

    def properties(self, logical_id: str) -> dict[str, Any]:
        return self.body["Resources"][logical_id]["Properties"]

    def only(self, kind: str) -> dict[str, Any]:
        (properties,) = self.of_type(kind).values()
        return properties


@pytest.fixture(scope="session")
def settings() -> Settings:
    return Settings.load(ROOT / "settings.toml")


@pytest.fixture(scope="session")
def assembly(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return synthesize(settings, tmp_path_factory.mktemp("assembly"))


def read_templates(assembly: Path) -> Iterator[Template]:
    manifest = json.loads((assembly / "manifest.json").read_text())
    for artifact in manifest["artifacts"].values():
        if artifact["type"] != "aws:cloudformation:stack":
            continue
        body = json.loads((assembly / artifact["properties"]["templateFile"]).read_text())
        environment, stack = artifact["displayName"].split("/")
        if environment == "Bootstrap":
            environment, stack = stack, environment
        yield Template(environment.lower(), stack, body)


@pytest.fixture(scope="session")
def templates(assembly: Path) -> list[Template]:
    return list(read_templates(assembly))


@pytest.fixture(params=ENVIRONMENTS)
def environment(request: pytest.FixtureRequest, templates: list[Template]) -> dict[str, Template]:
    """The stacks of one environment by name; a test that takes this runs for all three."""
    return {template.stack: template for template in templates if template.environment == request.param}


@pytest.fixture
def account(environment: dict[str, Template], settings: Settings) -> str:
    name = environment["Data"].environment
    return next(one.account for one in settings.environments if one.name == name)
