"""The templates of one environment together, so that a reference between stacks can be followed."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from policies.node import Node
from policies.resource import Resource
from policies.template import Template, TemplateError, read_body

_TEMPLATE_ENDINGS = (".template.json", ".template.yaml")
ENVIRONMENT_TAG = "soulpicks:environment"


class Assembly:
    """The stacks of one environment; made from a folder, or from bodies already in memory."""

    def __init__(self, name: str, bodies: dict[Path, dict[str, Any]]) -> None:
        self.name = name
        self.templates = tuple(
            Template(_stack_name(path), path, body, self) for path, body in sorted(bodies.items())
        )

    @classmethod
    def load(cls, folder: Path) -> Assembly:
        """Every template lying directly in a folder that has no manifest.

        Raises: TemplateError when there is none, or one cannot be read.
        """
        files = sorted(file for file in folder.glob("*") if file.name.endswith(_TEMPLATE_ENDINGS))
        if not files:
            raise TemplateError(f"no template in {folder}: synthesize first")
        return cls(folder.name, {file: read_body(file) for file in files})

    @classmethod
    def of_file(cls, file: Path) -> Assembly:
        """A template with the others of its environment; alone when it is a file of its own."""
        if not file.name.endswith(_TEMPLATE_ENDINGS):
            return cls(file.stem, {file: read_body(file)})
        if not (file.parent / "manifest.json").is_file():
            return cls.load(file.parent)
        wanted = file.resolve()
        for environment in environments(file.parent):
            if any(template.path.resolve() == wanted for template in environment.templates):
                return environment
        raise TemplateError(f"{file}: the manifest beside it does not list this template")

    @cached_property
    def resources(self) -> tuple[Resource, ...]:
        """Every resource of every stack."""
        return tuple(resource for template in self.templates for resource in template.resources)

    def of_type(self, *types: str) -> tuple[Resource, ...]:
        """The resources of these CloudFormation types, over all stacks; `*` is every type."""
        return tuple(r for r in self.resources if r.type in types or "*" in types)

    def template_at(self, path: Path) -> Template:
        """The template that was read from a file."""
        wanted = path.resolve()
        return next(template for template in self.templates if template.path.resolve() == wanted)

    @cached_property
    def _exports(self) -> dict[str, Node]:
        return {name: value for template in self.templates for name, value in template.exports()}

    def export(self, name: str) -> Node | None:
        """The value some stack of this environment exports under a name."""
        return self._exports.get(name)

    def copy(self) -> Assembly:
        """The same environment in its own memory, free to be changed."""
        return Assembly(
            self.name, {template.path: copy.deepcopy(template.body) for template in self.templates}
        )


def environments(cdk_out: Path) -> Iterator[Assembly]:
    """The environments of a synthesized app: the stacks of one account together, whatever they are called.

    An environment has the name that its stacks' tag gives it, else its account's id.
    Raises: TemplateError when there is no stack, when a template is missing or cannot be read, or when two
    stacks of one account disagree about its name.
    """
    accounts: dict[str, list[dict[str, Any]]] = {}
    for artifact in _stacks(cdk_out):
        accounts.setdefault(artifact["environment"].removeprefix("aws://").partition("/")[0], []).append(
            artifact
        )
    for account, artifacts in sorted(accounts.items()):
        tags = (artifact["properties"].get("tags", {}) for artifact in artifacts)
        names = sorted({tag[ENVIRONMENT_TAG] for tag in tags if ENVIRONMENT_TAG in tag}) or [account]
        if len(names) > 1:
            raise TemplateError(f"account {account}: expected one {ENVIRONMENT_TAG}, found {names}")
        files = [cdk_out / artifact["properties"]["templateFile"] for artifact in artifacts]
        yield Assembly(names[0], {file: read_body(file) for file in files})


def _stacks(cdk_out: Path) -> list[dict[str, Any]]:
    manifest = cdk_out / "manifest.json"
    if not manifest.is_file():
        raise TemplateError(f"no manifest.json in {cdk_out}: synthesize first")
    artifacts = json.loads(manifest.read_text("utf-8")).get("artifacts", {}).values()
    if nested := [a for a in artifacts if a["type"] == "cdk:cloud-assembly"]:
        folder = nested[0]["properties"]["directoryName"]
        raise TemplateError(
            f"{manifest}: expected every stack in the app itself, found a CDK stage in {folder}"
        )
    stacks = [artifact for artifact in artifacts if artifact["type"] == "aws:cloudformation:stack"]
    if not stacks:
        raise TemplateError(f"no stack in {manifest}: synthesize first")
    return stacks


def _stack_name(path: Path) -> str:
    return path.name.split(".", 1)[0]
