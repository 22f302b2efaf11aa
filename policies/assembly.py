"""The templates of one environment together, so that a reference between stacks can be followed."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from policies.node import Node
from policies.resource import Resource
from policies.template import Template, TemplateError, read_body

_TEMPLATE_ENDINGS = (".template.json", ".template.yaml")


class Assembly:
    """The stacks of one environment; made from a folder, or from bodies already in memory."""

    def __init__(self, name: str, bodies: dict[Path, dict[str, Any]]) -> None:
        self.name = name
        self.templates = tuple(
            Template(_stack_name(path), path, body, self) for path, body in sorted(bodies.items())
        )

    @classmethod
    def load(cls, folder: Path, *, name: str | None = None) -> Assembly:
        """Every template lying directly in a folder, as the CDK writes one folder for each stage.

        Raises: TemplateError when there is none, or one cannot be read.
        """
        files = sorted(file for file in folder.glob("*") if file.name.endswith(_TEMPLATE_ENDINGS))
        if not files:
            raise TemplateError(f"no template in {folder}: synthesize first")
        return cls(name or folder.name.removeprefix("assembly-"), {file: read_body(file) for file in files})

    @classmethod
    def of_file(cls, file: Path) -> Assembly:
        """A template with its neighbours when it has any; alone when it is a file of its own."""
        if file.name.endswith(_TEMPLATE_ENDINGS):
            return cls.load(file.parent)
        return cls(file.stem, {file: read_body(file)})

    @cached_property
    def resources(self) -> tuple[Resource, ...]:
        """Every resource of every stack."""
        return tuple(resource for template in self.templates for resource in template.resources)

    def of_type(self, *types: str) -> tuple[Resource, ...]:
        """The resources of these CloudFormation types, over all stacks."""
        return tuple(resource for resource in self.resources if resource.type in types)

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
    """The environments of a synthesized app: one nested assembly for each stage.

    Raises: TemplateError when there is none.
    """
    folders = sorted(folder for folder in cdk_out.glob("assembly-*") if folder.is_dir())
    if not folders:
        raise TemplateError(
            f"no environment in {cdk_out}: expected folders assembly-<Stage>; synthesize first"
        )
    for folder in folders:
        yield Assembly.load(folder)


def _stack_name(path: Path) -> str:
    return path.name.split(".", 1)[0]
