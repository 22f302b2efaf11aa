"""Files into stacks: a CDK assembly with its stages, one template, or a folder of templates."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from access.errors import AccessError, quoted
from access.place import Place
from access.template import (
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
    nested: Mapping[str, Path] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Assembly:
    """Every stack found, and the files of a folder that are no templates."""

    stacks: tuple[Stack, ...]
    ignored: tuple[str, ...] = ()


def read(paths: Sequence[str | Path]) -> Assembly:
    """Read every path: an assembly (a folder with manifest.json), a folder of templates, or a template.

    Raises: AccessError when a path is missing, a template is malformed, or nothing was found at all.
    """
    stacks: list[Stack] = []
    ignored: list[str] = []
    for path in map(Path, paths):
        if (path / "manifest.json").is_file():
            stacks.extend(_assembly(path, path.resolve(), 0))
        elif path.is_dir():
            _folder(path, stacks, ignored)
        else:
            stacks.append(_loose(read_template(path)))
    if not stacks:
        where = ", ".join(map(str, paths)) or "no path"
        raise unexpected(Place(where), found="no CloudFormation template", expected="at least one")
    return Assembly(tuple(stacks), tuple(ignored))


def _loose(template: Template) -> Stack:
    return Stack(name=Path(template.file).name.split(".")[0], template=template)


def _folder(folder: Path, stacks: list[Stack], ignored: list[str]) -> None:
    for path in sorted(folder.rglob("*")):
        if path.suffix not in _SUFFIXES or not path.is_file():
            continue
        document = read_document(path, label=str(path))
        if looks_like_template(document):
            stacks.append(_loose(checked_template(document, label=str(path))))
        else:
            ignored.append(str(path))


def _assembly(folder: Path, root: Path, depth: int) -> Iterator[Stack]:
    """Stacks of one cloud assembly, then of the assemblies (CDK stages) within it.

    https://docs.aws.amazon.com/cdk/v2/guide/deploy.html#deploy-how-synth-assemblies
    """
    manifest = folder / "manifest.json"
    if depth > MAX_STAGES:
        raise unexpected(
            Place(str(manifest)), found="assemblies nested too deep", expected=f"{MAX_STAGES} levels"
        )
    artifacts = _member(read_document(manifest, label=str(manifest)), "artifacts", dict, Place(str(manifest)))
    nested = _nested_templates(folder, root, artifacts)
    for artifact_id, artifact in sorted(artifacts.items()):
        place = Place(str(manifest), artifact_id)
        if not isinstance(artifact, dict):
            raise unexpected(place, found=quoted(artifact), expected="an artifact")
        if artifact.get("type") == "aws:cloudformation:stack":
            yield _stack(folder, root, artifact_id, artifact, nested, place)
        elif artifact.get("type") == "cdk:cloud-assembly":
            directory = _member(_properties(artifact, place), "directoryName", str, place)
            inner = _inside(folder / directory, root, place)
            if not (inner / "manifest.json").is_file():
                raise unexpected(place, found=f"no manifest.json in {inner}", expected="a nested assembly")
            yield from _assembly(inner, root, depth + 1)


def _stack(
    folder: Path,
    root: Path,
    artifact_id: str,
    artifact: Mapping[str, Any],
    nested: Mapping[str, Path],
    place: Place,
) -> Stack:
    properties = _properties(artifact, place)
    path = _inside(folder / _member(properties, "templateFile", str, place), root, place)
    environment = artifact.get("environment", "aws://unknown-account/unknown-region")
    account, slash, region = str(environment).removeprefix("aws://").partition("/")
    if not slash or not str(environment).startswith("aws://"):
        raise unexpected(
            place.child("environment"), found=quoted(environment), expected="aws://account/region"
        )
    parameters = properties.get("parameters") or {}
    if not isinstance(parameters, dict):
        raise unexpected(place.child("parameters"), found=quoted(parameters), expected="a mapping")
    return Stack(
        name=str(properties.get("stackName", artifact_id)),
        template=read_template(path),
        account=None if account in _UNKNOWN else account,
        region=None if region in _UNKNOWN else region,
        parameters={str(name): str(value) for name, value in parameters.items()},
        nested=nested,
    )


def _nested_templates(folder: Path, root: Path, artifacts: Mapping[str, Any]) -> dict[str, Path]:
    """Templates that are published as assets, by object key; a nested stack's TemplateURL ends with one."""
    found: dict[str, Path] = {}
    for artifact_id, artifact in artifacts.items():
        if not isinstance(artifact, dict) or artifact.get("type") != "cdk:asset-manifest":
            continue
        place = Place(str(folder / "manifest.json"), artifact_id)
        file = _inside(folder / _member(_properties(artifact, place), "file", str, place), root, place)
        inside = Place(str(file))
        for asset_id, asset in _member(read_document(file, label=str(file)), "files", dict, inside).items():
            source = _member(asset, "source", dict, inside.child(asset_id))
            path = str(source.get("path", ""))
            if not path.endswith(".json") or source.get("packaging") != "file":
                continue
            for destination in _member(asset, "destinations", dict, inside.child(asset_id)).values():
                key = _member(destination, "objectKey", str, inside.child(asset_id, "destinations"))
                found[key] = _inside(folder / path, root, inside.child(asset_id))
    return found


def _properties(artifact: Mapping[str, Any], place: Place) -> dict[str, Any]:
    properties: dict[str, Any] = _member(artifact, "properties", dict, place)
    return properties


def _member(mapping: Any, key: str, kind: type, place: Place) -> Any:
    value = mapping.get(key) if isinstance(mapping, dict) else None
    if not isinstance(value, kind):
        raise unexpected(place.child(key), found=quoted(value), expected=kind.__name__)
    return value


def _inside(path: Path, root: Path, place: Place) -> Path:
    """Refuse a manifest that points out of its assembly and would have another file judged."""
    resolved = path.resolve()
    if not resolved.is_relative_to(root):
        raise unexpected(
            place, found=f"a path outside the assembly ({quoted(str(path))})", expected="one inside"
        )
    if not path.exists():
        raise AccessError(f"{path} does not exist", place)
    return path
