"""The settings as everything else sees them: frozen, and checked as a whole whenever they are made."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from stacks.settings.checking import Checking
from stacks.settings.fields import ENVIRONMENTS
from stacks.settings.problems import Problem, SettingsError
from stacks.settings.relations import RELATIONS, api_host


@dataclass(frozen=True, kw_only=True)
class EnvironmentSettings:
    """One workload account and the identity provider's tenant that belongs to it alone."""

    name: str
    account: str
    hosted_zone_id: str
    issuer: str
    client_ids: tuple[str, ...]
    audience: str
    web_origins: tuple[str, ...]
    alarm_addresses: tuple[str, ...]
    restorers: tuple[str, ...]
    protected_environment: str
    bootstrap_administrator: str

    @property
    def issuer_host(self) -> str:
        """The issuer as IAM names it: without the scheme, with Auth0's trailing slash."""
        return self.issuer.removeprefix("https://")


@dataclass(frozen=True, kw_only=True)
class PrefixLists:
    """Amazon's own address lists of one region, for the two services that are reached by a route."""

    region: str
    s3: str
    dynamodb: str


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """The one GitHub repository, by name and by id, whose workflow on one branch may deploy."""

    owner: str
    owner_id: str
    repository: str
    repository_id: str
    branch: str
    workflow: str


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Every setting of every environment; what it holds has been checked."""

    region: str
    domain: str
    python_runtime: str
    architecture: str
    master_key_rotation_days: int
    log_retention_days: int
    authorizer_cache_seconds: int
    reserved_concurrency: int
    prefix_lists_by_region: tuple[PrefixLists, ...]
    delivery: Delivery
    environments: tuple[EnvironmentSettings, ...]

    def __post_init__(self) -> None:
        if problems := problems_of(_document(self)):
            raise SettingsError.of(problems)

    @classmethod
    def load(cls, path: Path) -> Settings:
        """Read a settings file.

        Raises: SettingsError with a line for each problem: the file, the key, the value, what was expected.
        """
        try:
            document = _tuples(tomllib.loads(path.read_text("utf-8")))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as cause:
            raise SettingsError(
                [f"{path}: cannot be read as TOML: {' '.join(str(cause).split())}"]
            ) from cause
        if problems := problems_of(document):
            raise SettingsError.of(problems).of_file(path)
        lists, environments = document.pop("prefix_lists"), document.pop("environments")
        return cls(
            **{**document, "delivery": Delivery(**document["delivery"])},
            prefix_lists_by_region=tuple(
                PrefixLists(region=region, **values) for region, values in lists.items()
            ),
            environments=tuple(EnvironmentSettings(name=name, **environments[name]) for name in ENVIRONMENTS),
        )

    @property
    def prefix_lists(self) -> PrefixLists:
        """The lists of the region that the environments are in."""
        return next(lists for lists in self.prefix_lists_by_region if lists.region == self.region)

    def api_host(self, environment: EnvironmentSettings) -> str:
        """The name under which the API of an environment is reached."""
        return api_host(environment.name, self.domain)


def problems_of(document: Mapping[str, Any]) -> list[Problem]:
    """Everything that is wrong with settings in the form of the file, with tuples for lists."""
    checking = Checking(document)
    return checking.problems + [problem for relation in RELATIONS for problem in relation(checking.sound)]


def _document(settings: Settings) -> dict[str, Any]:
    """Settings in the form of the file, so that there is one way to check them."""
    document = _values(settings)
    lists = {each.region: _values(each, without="region") for each in document.pop("prefix_lists_by_region")}
    environments = {each.name: _values(each, without="name") for each in settings.environments}
    return {
        **document,
        "prefix_lists": lists,
        "delivery": _values(settings.delivery),
        "environments": environments,
    }


def _values(instance: Any, *, without: str = "") -> dict[str, Any]:
    return {each.name: getattr(instance, each.name) for each in fields(instance) if each.name != without}


def _tuples(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _tuples(one) for key, one in value.items()}
    return tuple(map(_tuples, value)) if isinstance(value, list) else value
