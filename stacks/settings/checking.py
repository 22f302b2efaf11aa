"""Everything that is wrong with a whole set of settings, found in one go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from stacks.settings.fields import (
    DELIVERY_FIELDS,
    ENVIRONMENT_FIELDS,
    ENVIRONMENTS,
    PREFIX_LIST_FIELDS,
    SETTINGS_FIELDS,
)
from stacks.settings.problems import Problem, key_shown, wrong
from stacks.settings.regions import REGIONS
from stacks.settings.rule import Rule

Values = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Sound:
    """The values that are right by themselves; only these are worth comparing with each other."""

    values: Values = field(default_factory=dict)
    prefix_lists: dict[str, Values] = field(default_factory=dict)
    delivery: Values = field(default_factory=dict)
    environments: dict[str, Values] = field(default_factory=dict)


class Checking:
    """Goes through a document once and keeps what is wrong and what is sound."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.problems: list[Problem] = []
        top = self._fields("", document, SETTINGS_FIELDS, tables=("prefix_lists", "delivery", "environments"))
        self.sound = Sound(
            values=top,
            prefix_lists=self._tables(document, "prefix_lists", PREFIX_LIST_FIELDS, REGIONS, "region"),
            delivery=self._fields("delivery.", self._table(document, "delivery"), DELIVERY_FIELDS),
            environments=self._tables(
                document, "environments", ENVIRONMENT_FIELDS, ENVIRONMENTS, "environment"
            ),
        )
        self.problems += [
            Problem(key=f"environments.{name}", found="missing", expected="a table")
            for name in ENVIRONMENTS
            if name not in self._table(document, "environments", quietly=True)
        ]

    def _tables(
        self,
        document: Mapping[str, Any],
        key: str,
        fields: Mapping[str, Rule],
        names: tuple[str, ...],
        kind: str,
    ) -> dict[str, Values]:
        found = {}
        for name, values in self._table(document, key).items():
            shown = f"{key}.{key_shown(name)}"
            if name not in names:
                self.problems.append(
                    Problem(key=shown, found=f"unknown {kind}", expected=f"one of {', '.join(names)}")
                )
            elif not isinstance(values, Mapping):
                self.problems.append(wrong(shown, values, "a table"))
            else:
                found[name] = self._fields(f"{shown}.", values, fields)
        return found

    def _table(self, document: Mapping[str, Any], key: str, *, quietly: bool = False) -> Mapping[str, Any]:
        value = document.get(key, {})
        if isinstance(value, Mapping):
            return value
        if not quietly:
            self.problems.append(wrong(key, value, "a table"))
        return {}

    def _fields(
        self, prefix: str, values: Mapping[str, Any], fields: Mapping[str, Rule], tables: tuple[str, ...] = ()
    ) -> Values:
        known = (*fields, *tables)
        self.problems += [
            Problem(
                key=f"{prefix}{key_shown(key)}",
                found="unknown setting",
                expected=f"one of {', '.join(sorted(known))}",
            )
            for key in values
            if key not in known
        ]
        sound = {}
        for key, rule in fields.items():
            value = values.get(key)
            if key not in values:
                self.problems.append(Problem(key=f"{prefix}{key}", found="missing", expected=rule.expected))
            elif not rule.holds(value):
                self.problems.append(wrong(f"{prefix}{key}", value, rule.expected))
            else:
                sound[key] = value
        return sound
