"""The example settings, changed by hand; what a change says is compared line by line."""

import copy
import tomllib
from collections.abc import Callable
from typing import Any

import pytest

from stacks.lambda_asset import ROOT
from stacks.settings import Settings, SettingsError
from stacks.settings.model import _tuples, problems_of

EXAMPLE = (ROOT / "settings.toml").read_text()


@pytest.fixture(scope="session")
def changed() -> Callable[[dict[str, Any]], dict[str, Any]]:
    """The example with values set by their dotted keys."""
    example = _tuples(tomllib.loads(EXAMPLE))

    def change(changes: dict[str, Any]) -> dict[str, Any]:
        document = copy.deepcopy(example)
        for dotted, value in changes.items():
            *tables, key = dotted.split(".")
            place = document
            for table in tables:
                place = place[table]
            place[key] = value
        return document

    return change


@pytest.fixture
def said(changed) -> Callable[[dict[str, Any]], list[str]]:
    """The lines that the example gets when it is changed."""
    return lambda changes: [str(problem) for problem in problems_of(changed(changes))]


@pytest.fixture
def load(tmp_path) -> Callable[[str], Settings]:
    def load(text: str) -> Settings:
        file = tmp_path / "settings.toml"
        file.write_text(text)
        return Settings.load(file)

    return load


@pytest.fixture
def refused(load) -> Callable[[str], tuple[str, ...]]:
    """The lines with which a file is refused."""

    def lines(text: str) -> tuple[str, ...]:
        with pytest.raises(SettingsError) as error:
            load(text)
        assert str(error.value) == "\n".join(error.value.lines)
        return error.value.lines

    return lines
