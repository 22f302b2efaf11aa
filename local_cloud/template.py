"""Reads one environment of a synthesized assembly: its account, its stacks, their resources."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local_cloud.errors import LocalCloudError

ENVIRONMENT_TAG = "soulpicks:environment"


@dataclass(frozen=True, kw_only=True, eq=False)
class Stack:
    """One CloudFormation template with the place it is deployed to."""

    name: str
    account: str
    region: str
    template: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, eq=False)
class Resource:
    """One resource of a stack, its properties not yet resolved."""

    stack: Stack
    logical_id: str
    type: str
    properties: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.stack.name}/{self.logical_id}"


@dataclass(frozen=True, kw_only=True, eq=False)
class Environment:
    """The stacks that one account holds, in the order in which they deploy."""

    name: str
    account: str
    region: str
    stacks: tuple[Stack, ...]

    def resources(self, *types: str) -> Iterator[Resource]:
        """Yield the resources of these types, or all of them."""
        for stack in self.stacks:
            for logical_id, body in stack.template.get("Resources", {}).items():
                if not types or body["Type"] in types:
                    yield Resource(
                        stack=stack,
                        logical_id=logical_id,
                        type=body["Type"],
                        properties=body.get("Properties", {}),
                    )

    def one(self, resource_type: str) -> Resource:
        """Return the only resource of this type.

        Raises: LocalCloudError when there is none, or several.
        """
        found = list(self.resources(resource_type))
        if len(found) != 1:
            raise LocalCloudError(f"{self.name}: expected one {resource_type}, found {len(found)}")
        return found[0]


# What deploys an account is not run here; what it decides, the gate reads from the assembly itself.
_BOOTSTRAP = "CDKToolkit"


def load(assembly: Path, environment: str) -> Environment:
    """Read the stacks whose tag says that they are of `environment`, whatever its case.

    Raises: LocalCloudError naming the file or environment that is missing or cannot be read.
    """
    artifacts = _artifacts(assembly, "aws:cloudformation:stack")
    names = {name: _environment_of(artifact).lower() for name, artifact in artifacts.items()}
    wanted = environment.lower()
    if wanted not in names.values():
        known = ", ".join(sorted(set(names.values()) - {""})) or "none"
        raise LocalCloudError(f"{assembly}: no environment {environment!r}, found: {known}")
    ours = {
        name: artifact
        for name, artifact in artifacts.items()
        if names[name] == wanted and artifact["properties"].get("stackName") != _BOOTSTRAP
    }
    stacks = tuple(_stacks(assembly, ours))
    places = {(stack.account, stack.region) for stack in stacks}
    if len(places) != 1:
        raise LocalCloudError(
            f"{assembly}: {wanted}: expected one account and region, found {sorted(places)}"
        )
    [(account, region)] = places
    return Environment(name=wanted, account=account, region=region, stacks=stacks)


def _environment_of(artifact: Mapping[str, Any]) -> str:
    return str(artifact["properties"].get("tags", {}).get(ENVIRONMENT_TAG, ""))


def _stacks(directory: Path, artifacts: Mapping[str, Any]) -> Iterator[Stack]:
    for name in _deploy_order(artifacts):
        artifact = artifacts[name]
        account, region = artifact["environment"].removeprefix("aws://").split("/")
        yield Stack(
            name=artifact["properties"].get("stackName", name),
            account=account,
            region=region,
            template=_read(directory / artifact["properties"]["templateFile"]),
        )


def _deploy_order(artifacts: Mapping[str, Any]) -> list[str]:
    ordered: list[str] = []

    def visit(name: str) -> None:
        if name in ordered or name not in artifacts:
            return
        for dependency in artifacts[name].get("dependencies", []):
            visit(dependency)
        ordered.append(name)

    for name in artifacts:
        visit(name)
    return ordered


def _artifacts(directory: Path, kind: str) -> dict[str, Any]:
    manifest = _read(directory / "manifest.json")
    return {
        name: artifact for name, artifact in manifest.get("artifacts", {}).items() if artifact["type"] == kind
    }


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text())
    except FileNotFoundError as error:
        raise LocalCloudError(f"{path} is missing: synthesize first (cdk synth)") from error
    except (OSError, ValueError) as error:
        raise LocalCloudError(f"{path} cannot be read: {error}") from error
