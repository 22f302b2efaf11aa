"""Files into stacks: a CDK assembly with its stages, one template, or a folder of templates."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from access.errors import AccessError, quoted
from access.place import Place
from access.templates.template import (
    Template,
    checked_template,
    looks_like_template,
    read_document,
    read_template,
    unexpected,
)

# A stage holds stages; nobody nests them deeper than people can follow.
MAX_STAGES = 10
_SUFFIXES = frozenset({".json", ".yaml", ".yml", ".template"})
# The CDK writes these where the account or region is left to the moment of deployment.
_UNKNOWN = frozenset({"unknown-account", "unknown-region"})


@dataclass(frozen=True, slots=True)
class Source:
    """A file, and how places name it."""

    path: Path
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """One stack to be deployed: its template, where it goes, and what is handed to it.

    `account` and `region` are None when only the deployment knows them. `nested` finds the file of a nested
    template by the object key under which the assembly publishes it.
    """

    name: str
    template: Template
    account: str | None = None
    region: str | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    nested: Mapping[str, Source] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Assembly:
    """Every stack found, and the files of a folder that are no templates."""

    stacks: tuple[Stack, ...]
    ignored: tuple[str, ...] = ()


def read(paths: Sequence[str | Path], *, relative: bool = False) -> Assembly:
    """Read every path: an assembly (a folder with manifest.json), a folder of templates, or a template.

    Places name files as they were given; with `relative`, from the given path on, so that two versions of a
    set have the same places.
    Raises: AccessError when a path is missing, a template is malformed, or nothing was found at all.
    """
    stacks: list[Stack] = []
    ignored: list[str] = []
    for path in map(Path, paths):
        reader = _Reader(path, relative)
        if (path / "manifest.json").is_file():
            stacks.extend(reader.assembly(path, 0))
        elif path.is_dir():
            reader.folder(stacks, ignored)
        else:
            stacks.append(_loose(read_template(path, label=path.name if relative else str(path))))
    if not stacks:
        where = ", ".join(map(str, paths)) or "no path"
        raise unexpected(Place(where), found="no CloudFormation template", expected="at least one")
    return Assembly(tuple(stacks), tuple(ignored))


def _loose(template: Template) -> Stack:
    return Stack(name=Path(template.file).name.split(".")[0], template=template)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads below one given path, and nowhere else."""

    root: Path
    relative: bool

    def label(self, path: Path) -> str:
        return str(path.relative_to(self.root) if self.relative else path)

    def folder(self, stacks: list[Stack], ignored: list[str]) -> None:
        for path in sorted(self.root.rglob("*")):
            if path.suffix not in _SUFFIXES or not path.is_file():
                continue
            document = read_document(path, label=self.label(path))
            if looks_like_template(document):
                stacks.append(_loose(checked_template(document, label=self.label(path))))
            else:
                ignored.append(self.label(path))

    def assembly(self, folder: Path, depth: int) -> Iterator[Stack]:
        """Stacks of one cloud assembly, then of the assemblies (CDK stages) within it.

        https://docs.aws.amazon.com/cdk/v2/guide/deploy.html#deploy-how-synth-assemblies
        """
        manifest = folder / "manifest.json"
        label = self.label(manifest)
        if depth > MAX_STAGES:
            raise unexpected(
                Place(label), found="assemblies nested too deep", expected=f"{MAX_STAGES} levels"
            )
        artifacts = _member(read_document(manifest, label=label), "artifacts", dict, Place(label))
        nested = self._nested_templates(folder, artifacts)
        for artifact_id, artifact in sorted(artifacts.items()):
            place = Place(label, artifact_id)
            if not isinstance(artifact, dict):
                raise unexpected(place, found=quoted(artifact), expected="an artifact")
            if artifact.get("type") == "aws:cloudformation:stack":
                yield self._stack(folder, artifact_id, artifact, nested, place)
            elif artifact.get("type") == "cdk:cloud-assembly":
                directory = _member(_properties(artifact, place), "directoryName", str, place)
                inner = self._inside(folder / directory, place)
                if not (inner / "manifest.json").is_file():
                    raise unexpected(
                        place, found=f"no manifest.json in {directory}", expected="a nested assembly"
                    )
                yield from self.assembly(inner, depth + 1)

    def _stack(
        self,
        folder: Path,
        artifact_id: str,
        artifact: Mapping[str, Any],
        nested: Mapping[str, Source],
        place: Place,
    ) -> Stack:
        properties = _properties(artifact, place)
        path = self._inside(folder / _member(properties, "templateFile", str, place), place)
        environment = str(artifact.get("environment", "aws://unknown-account/unknown-region"))
        account, slash, region = environment.removeprefix("aws://").partition("/")
        if not slash or not environment.startswith("aws://"):
            raise unexpected(
                place.child("environment"), found=quoted(environment), expected="aws://account/region"
            )
        parameters = properties.get("parameters") or {}
        if not isinstance(parameters, dict):
            raise unexpected(place.child("parameters"), found=quoted(parameters), expected="a mapping")
        return Stack(
            name=str(properties.get("stackName", artifact_id)),
            template=read_template(path, label=self.label(path)),
            account=None if account in _UNKNOWN else account,
            region=None if region in _UNKNOWN else region,
            parameters={str(name): str(value) for name, value in parameters.items()},
            nested=nested,
        )

    def _nested_templates(self, folder: Path, artifacts: Mapping[str, Any]) -> dict[str, Source]:
        """Templates published as assets, by object key; a nested stack's TemplateURL ends with one."""
        found: dict[str, Source] = {}
        for artifact_id, artifact in artifacts.items():
            if not isinstance(artifact, dict) or artifact.get("type") != "cdk:asset-manifest":
                continue
            place = Place(self.label(folder / "manifest.json"), artifact_id)
            file = self._inside(folder / _member(_properties(artifact, place), "file", str, place), place)
            label = self.label(file)
            for asset_id, asset in _member(
                read_document(file, label=label), "files", dict, Place(label)
            ).items():
                inside = Place(label).child(asset_id)
                source = _member(asset, "source", dict, inside)
                name = str(source.get("path", ""))
                if not name.endswith(".json") or source.get("packaging") != "file":
                    continue
                for destination in _member(asset, "destinations", dict, inside).values():
                    key = _member(destination, "objectKey", str, inside.child("destinations"))
                    path = self._inside(folder / name, inside)
                    found[key] = Source(path, self.label(path))
        return found

    def _inside(self, path: Path, place: Place) -> Path:
        """Refuse a manifest that points out of its assembly and would have another file judged."""
        if not path.resolve().is_relative_to(self.root.resolve()):
            found = f"a path outside the assembly ({quoted(str(path))})"
            raise unexpected(place, found=found, expected="one inside")
        if not path.exists():
            raise AccessError(f"{path} does not exist", place)
        return path


def _properties(artifact: Mapping[str, Any], place: Place) -> dict[str, Any]:
    properties: dict[str, Any] = _member(artifact, "properties", dict, place)
    return properties


def _member(mapping: Any, key: str, kind: type, place: Place) -> Any:
    value = mapping.get(key) if isinstance(mapping, dict) else None
    if not isinstance(value, kind):
        raise unexpected(place.child(key), found=quoted(value), expected=kind.__name__)
    return value
