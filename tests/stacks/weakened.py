"""Another assembly, in which somebody has weakened a template: each promise must be seen to break there."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from access.environment import Environment
from access.load import load

Body = dict[str, Any]
Change = Callable[[Body], None]


def weakened(assembly: Path, folder: Path, changes: Mapping[str, Change]) -> Path:
    """A copy of an assembly with changed templates, by the artifact's display name (`Bootstrap/Development`).

    Raises: AssertionError when a template is missing or the change leaves it as it was.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for file in assembly.glob("*.json"):
        shutil.copy(file, folder)
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    files = {
        artifact.get("displayName"): artifact["properties"]["templateFile"]
        for artifact in manifest["artifacts"].values()
        if artifact["type"] == "aws:cloudformation:stack"
    }
    for name, change in changes.items():
        file = folder / files[name]
        before = file.read_text("utf-8")
        body = json.loads(before)
        change(body)
        assert body != json.loads(before), f"{name} is as it was"
        file.write_text(json.dumps(body), "utf-8")
    return folder


def loaded_with(assembly: Path, folder: Path, name: str, change: Change) -> Environment:
    """What `access` reads of an assembly with one changed template."""
    return load(weakened(assembly, folder, {name: change}))


def statements(body: Body) -> Iterator[Body]:
    """Every policy statement of a template that is a document of its own."""

    def below(value: Any) -> Iterator[Body]:
        if isinstance(value, dict):
            if value.get("Effect") in ("Allow", "Deny"):
                yield value
            for item in value.values():
                yield from below(item)
        elif isinstance(value, list):
            for item in value:
                yield from below(item)

    return below(body["Resources"])


def statement(body: Body, sid: str) -> Body:
    """The one statement of this name."""
    (found,) = [each for each in statements(body) if each.get("Sid") == sid]
    return found


def without_statement(sid: str) -> Change:
    """Take a statement away wherever it is."""

    def change(body: Body) -> None:
        def drop(value: Any) -> None:
            if isinstance(value, dict):
                if isinstance(value.get("Statement"), list):
                    value["Statement"] = [each for each in value["Statement"] if each.get("Sid") != sid]
                for item in value.values():
                    drop(item)
            elif isinstance(value, list):
                for item in value:
                    drop(item)

        drop(body["Resources"])

    return change


def without_condition(sid: str, key: str | None = None) -> Change:
    """Take the conditions of a statement away, or the one key of them."""

    def change(body: Body) -> None:
        found = statement(body, sid)
        if key is None:
            del found["Condition"]
            return
        for keys in found["Condition"].values():
            keys.pop(key, None)

    return change


def all_of(*changes: Change) -> Change:
    """Several changes of one template, in their order."""

    def change(body: Body) -> None:
        for each in changes:
            each(body)

    return change
