"""What `cdk deploy` asks of CloudFormation, in process: a deployment in milliseconds, to be repeated at will.

Written after the source of the pinned CLI (`deployStack`): a stack whose creation failed is deleted first,
and termination protection is set before the change set is carried out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.rehearsal.cloud_formation import Asker, CloudFormation
from tests.rehearsal.errors import RequestError
from tests.rehearsal.operation import events_of
from tests.rehearsal.stack import Submission

CAPABILITIES = ("CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND")
CREATION_FAILED = frozenset({"ROLLBACK_COMPLETE", "ROLLBACK_FAILED"})
DONE = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE"})


class DeployError(Exception):
    """A deployment that did not end well, with what the stack's events say."""


@dataclass(frozen=True, kw_only=True)
class Artifact:
    """One stack of an assembly, as its manifest describes it."""

    name: str
    body: Mapping[str, Any]
    role: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    protected: bool = False
    files: tuple[tuple[str, str], ...] = ()
    parameters: Mapping[str, str] = field(default_factory=dict)

    def changed(self, **changes: Any) -> Artifact:
        """The same stack, with some fields replaced."""
        return Artifact(**{**self.__dict__, **changes})


def artifacts(assembly: Path, environment: str) -> tuple[Artifact, ...]:
    """The stacks of one environment in the order of their dependencies, as the manifest lists them."""
    manifest = json.loads((assembly / "manifest.json").read_text("utf-8"))["artifacts"]
    stacks = {
        name: artifact
        for name, artifact in manifest.items()
        if artifact["type"] == "aws:cloudformation:stack"
        and artifact["displayName"].startswith(f"{environment.capitalize()}/")
    }
    ordered: list[str] = []
    while len(ordered) < len(stacks):
        ready = [
            n for n in stacks if n not in ordered and _needs(manifest, n) & stacks.keys() <= set(ordered)
        ]
        ordered += ready
    return tuple(_artifact(assembly, manifest, name) for name in ordered)


def _needs(manifest: Mapping[str, Any], name: str) -> set[str]:
    return set(manifest[name].get("dependencies", ())) - {name}


def _artifact(assembly: Path, manifest: Mapping[str, Any], name: str) -> Artifact:
    properties = manifest[name]["properties"]
    files: list[tuple[str, str]] = []
    for needed in _needs(manifest, name):
        if manifest[needed]["type"] == "cdk:asset-manifest":
            listed = json.loads((assembly / manifest[needed]["properties"]["file"]).read_text("utf-8"))[
                "files"
            ]
            for file in listed.values():
                files += [(d["bucketName"], d["objectKey"]) for d in file["destinations"].values()]
    return Artifact(
        name=properties["stackName"],
        body=json.loads((assembly / properties["templateFile"]).read_text("utf-8")),
        role=properties["cloudFormationExecutionRoleArn"].replace("${AWS::Partition}", "aws"),
        tags=properties.get("tags", {}),
        protected=properties.get("terminationProtection", False),
        files=tuple(files),
    )


@dataclass(kw_only=True)
class Deployer:
    """Deploys stacks as the CDK's command line does, with one caller for everything."""

    cloud: CloudFormation
    asker: Asker

    def deploy(self, artifact: Artifact) -> bool:
        """Create or update one stack. Returns: whether anything changed. Raises: DeployError."""
        try:
            return self._deploy(artifact)
        except RequestError as error:
            raise DeployError(f"{artifact.name}: {error}") from error

    def _deploy(self, artifact: Artifact) -> bool:
        for bucket, key in artifact.files:
            self.cloud.account.objects[bucket, key] = b""
        known = next((s for s in self.cloud.stacks.values() if s.name == artifact.name and s.exists), None)
        if known is not None and known.status in CREATION_FAILED:
            self.cloud.delete_stack(self.asker, known.id)
            if known.exists:
                raise DeployError(f"{artifact.name}: cannot be deleted: {known.status} {known.reason}")
            known = None
        change_set = self.cloud.create_change_set(
            self.asker,
            artifact.name,
            Submission(
                text="",
                body=artifact.body,
                parameters=artifact.parameters,
                tags=artifact.tags,
                role=artifact.role,
                capabilities=CAPABILITIES,
            ),
            name="cdk-deploy-change-set",
            kind="UPDATE" if known and known.status != "REVIEW_IN_PROGRESS" else "CREATE",
        )
        stack = self.cloud.find(artifact.name)
        if stack.protected != artifact.protected:
            self.cloud.protect(self.asker, stack.id, artifact.protected)
        if change_set.status == "FAILED":
            stack.change_sets.clear()
            return False
        self.cloud.execute_change_set(self.asker, stack.id, change_set.name)
        if stack.status not in DONE:
            failed = "\n  ".join(
                line for line in events_of(stack) if "FAILED" in line or "ROLLBACK_IN" in line
            )
            raise DeployError(f"{artifact.name}: {stack.status} {stack.reason}\n  {failed}")
        return True
