"""What an environment's account is to get, read from the synthesized assembly and counted nowhere else."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stacks import outside_tools
from stacks.identities import ENVIRONMENT_TAG
from stacks.settings import EnvironmentSettings, Settings

# The CDK's own name, by which its command line finds the stack.
# https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html
BOOTSTRAP_STACK = "CDKToolkit"


@dataclass(frozen=True, kw_only=True)
class Templates:
    """The stacks of one environment in the order of deployment, and the bootstrap of its account."""

    stacks: Mapping[str, Mapping[str, Any]]
    bootstrap: Mapping[str, Any] | None
    bootstrap_version: int
    bootstrap_version_parameter: str

    def of_type(self, kind: str) -> list[Mapping[str, Any]]:
        """The properties of every resource of a type, in all stacks but the bootstrap."""
        resources = [body for stack in self.stacks.values() for body in stack.get("Resources", {}).values()]
        return [body.get("Properties", {}) for body in resources if body["Type"] == kind]


def synthesized(settings: Settings, environment: EnvironmentSettings) -> Templates:
    """The templates that these settings give an environment's account."""
    # Only here: importing the CDK takes a second, and most checks do not need it.
    os.environ.setdefault("JSII_NODE", outside_tools.node())
    from stacks.synthesis import synthesize

    with tempfile.TemporaryDirectory(prefix="soulpicks-doctor-") as directory:
        return read(synthesize(settings, Path(directory)), environment)


def read(assembly: Path, environment: EnvironmentSettings) -> Templates:
    """The templates of an environment's account in an assembly.

    Raises: ValueError when the assembly has no stack for it.
    """
    artifacts = json.loads((assembly / "manifest.json").read_text("utf-8"))["artifacts"].values()
    stacks: dict[str, Any] = {}
    bootstrap = None
    versions, parameters = set(), set()
    for artifact in artifacts:
        properties = artifact.get("properties", {})
        place = artifact.get("environment", "").removeprefix("aws://").partition("/")[0]
        if artifact["type"] != "aws:cloudformation:stack" or place != environment.account:
            continue
        template = json.loads((assembly / properties["templateFile"]).read_text("utf-8"))
        if properties["stackName"] == BOOTSTRAP_STACK:
            bootstrap = template
        elif properties.get("tags", {}).get(ENVIRONMENT_TAG) == environment.name:
            stacks[properties["stackName"]] = template
            versions.add(properties.get("requiresBootstrapStackVersion"))
            parameters.add(properties.get("bootstrapStackVersionSsmParameter"))
    if not stacks or None in versions or len(parameters) != 1:
        raise ValueError(f"{assembly}: expected stacks of {environment.name} that name one bootstrap version")
    return Templates(
        stacks=stacks,
        bootstrap=bootstrap,
        bootstrap_version=max(versions),
        bootstrap_version_parameter=parameters.pop(),
    )
