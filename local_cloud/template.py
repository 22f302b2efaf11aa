"""Reads one environment of a synthesized assembly: its account, its stacks, their resources."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local_cloud.errors import LocalCloudError


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


def load(assembly: Path, environment: str) -> Environment:
    """Read the nested assembly of the stage called `environment`, whatever its case.

    Raises: LocalCloudError naming the file or stage that is missing or cannot be read.
    """
    stages = _artifacts(assembly, "cdk:cloud-assembly")
    wanted = next((name for name in stages if name.lower() == f"assembly-{environment}".lower()), None)
    if wanted is None:
        known = ", ".join(name.removeprefix("assembly-") for name in stages) or "none"
        raise LocalCloudError(f"{assembly}: no environment {environment!r}, found: {known}")
    directory = assembly / stages[wanted]["properties"]["directoryName"]
    stacks = tuple(_stacks(directory))
    places = {(stack.account, stack.region) for stack in stacks}
    if len(places) != 1:
        raise LocalCloudError(f"{directory}: expected one account and region, found {sorted(places)}")
    [(account, region)] = places
    return Environment(name=environment.lower(), account=account, region=region, stacks=stacks)


def _stacks(directory: Path) -> Iterator[Stack]:
    artifacts = _artifacts(directory, "aws:cloudformation:stack")
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
