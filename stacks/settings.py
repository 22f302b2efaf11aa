"""What differs between one company and the next, read once and refused by name when it is wrong."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

ENVIRONMENTS = ("development", "staging", "production")

# The retention periods CloudWatch Logs knows, from one month up.
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
RETENTION_DAYS = (30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)


class SettingsError(ValueError):
    """A setting is missing, unknown or wrong; the message names file, key, value and what was expected."""


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

    def __post_init__(self) -> None:
        _check(self, _ENVIRONMENT_RULES)

    @property
    def issuer_host(self) -> str:
        """The issuer as IAM names it: without the scheme, with Auth0's trailing slash."""
        return self.issuer.removeprefix("https://")


@dataclass(frozen=True, kw_only=True)
class PrefixLists:
    """Amazon's own address lists of the region, for the two services that are reached by a route."""

    s3: str
    dynamodb: str

    def __post_init__(self) -> None:
        _check(self, {"s3": _PREFIX_LIST, "dynamodb": _PREFIX_LIST})


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """The one GitHub repository, by name and by id, whose workflow on one branch may deploy."""

    owner: str
    owner_id: str
    repository: str
    repository_id: str
    branch: str
    workflow: str

    def __post_init__(self) -> None:
        _check(self, _DELIVERY_RULES)


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
    prefix_lists: PrefixLists
    delivery: Delivery
    environments: tuple[EnvironmentSettings, ...]

    def __post_init__(self) -> None:
        _check(self, _RULES)
        names = tuple(environment.name for environment in self.environments)
        if names != ENVIRONMENTS:
            raise SettingsError(f"environments: got {names}, expected exactly {ENVIRONMENTS}")
        # Production shares nothing: an account or a tenant used twice would join two environments.
        for key in ("account", "hosted_zone_id", "issuer", "audience"):
            values = [getattr(environment, key) for environment in self.environments]
            if len(set(values)) != len(values):
                raise SettingsError(f"environments.*.{key}: got {values}, expected a different one in each")
        clients = [client for environment in self.environments for client in environment.client_ids]
        if len(set(clients)) != len(clients):
            raise SettingsError(f"environments.*.client_ids: got {clients}, expected no client id twice")

    @classmethod
    def load(cls, path: Path) -> Settings:
        """Read a settings file.

        Raises: SettingsError naming the file, the key, the value and what was expected.
        """
        try:
            document = tomllib.loads(path.read_text("utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as cause:
            raise SettingsError(f"{path}: cannot be read as TOML: {cause}") from cause
        try:
            tables = _table("environments", document.pop("environments", {}))
            document["environments"] = tuple(
                _build(EnvironmentSettings, f"environments.{name}.", {"name": name, **_table(name, table)})
                for name, table in tables.items()
            )
            lists = _table("prefix_lists", document.pop("prefix_lists", {}))
            document["prefix_lists"] = _build(PrefixLists, "prefix_lists.", lists)
            delivery = _table("delivery", document.pop("delivery", {}))
            document["delivery"] = _build(Delivery, "delivery.", delivery)
            settings: Settings = _build(cls, "", document)
        except SettingsError as cause:
            raise SettingsError(f"{path}: {cause}") from cause
        return settings


@dataclass(frozen=True)
class _Rule:
    expected: str
    holds: Callable[[Any], bool]


def _text(pattern: str, expected: str) -> _Rule:
    return _Rule(expected, lambda value: isinstance(value, str) and re.fullmatch(pattern, value) is not None)


def _whole_number(low: int, high: int) -> _Rule:
    return _Rule(
        f"a whole number from {low} to {high}", lambda value: type(value) is int and low <= value <= high
    )


def _list(pattern: str, low: int, high: int, expected: str) -> _Rule:
    return _Rule(
        f"a list of {low} to {high} different values, each {expected}",
        lambda value: (
            isinstance(value, tuple)
            and low <= len(value) <= high
            and len(set(value)) == len(value)
            and all(isinstance(one, str) and re.fullmatch(pattern, one) for one in value)
        ),
    )


_HOST = r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}"
_ORIGIN_FORM = "an https address of a host, without a slash at its end"
_PREFIX_LIST = _text(r"pl-[0-9a-f]{8,17}", "a prefix list id such as pl-6da54004")

_ENVIRONMENT_RULES: Mapping[str, _Rule] = {
    "name": _Rule(f"one of {ENVIRONMENTS}", lambda value: value in ENVIRONMENTS),
    "account": _text(r"[0-9]{12}", "an AWS account id, 12 digits in quotes"),
    "hosted_zone_id": _text(r"Z[0-9A-Z]{9,31}", "a Route 53 hosted zone id such as Z0111111111111111111"),
    # Auth0 writes the issuer with a slash at its end, and tokens are compared with it letter by letter.
    "issuer": _text(rf"https://{_HOST}/", "an https address of a host, ending in /"),
    "client_ids": _list("[A-Za-z0-9]{1,64}", 1, 10, "a client id of 1 to 64 letters and digits"),
    "audience": _text(rf"https://{_HOST}", _ORIGIN_FORM),
    "web_origins": _list(
        rf"https://{_HOST}", 0, 10, "an https address of a host, without a slash at its end"
    ),
    "alarm_addresses": _list(rf"[A-Za-z0-9._%+-]+@{_HOST}", 1, 10, "an e-mail address"),
    "restorers": _list(r"arn:aws:iam::[0-9]{12}:role/[\w+=,.@/-]+", 0, 10, "the ARN of a role"),
    "protected_environment": _text(r"[A-Za-z0-9_-]{1,255}", "the name of a GitHub environment"),
}

_GITHUB_NAME = _text(r"[A-Za-z0-9._-]{1,100}", "a GitHub name of letters, digits, '.', '_' and '-'")
_GITHUB_ID = _text(r"[1-9][0-9]{0,18}", "GitHub's number for it, in quotes")
_DELIVERY_RULES: Mapping[str, _Rule] = {
    "owner": _GITHUB_NAME,
    "owner_id": _GITHUB_ID,
    "repository": _GITHUB_NAME,
    "repository_id": _GITHUB_ID,
    "branch": _text(r"[A-Za-z0-9._/-]{1,255}", "the name of a branch, without a wildcard"),
    "workflow": _text(
        r"\.github/workflows/[A-Za-z0-9._-]+\.ya?ml", "a path such as .github/workflows/deploy.yml"
    ),
}

_RULES: Mapping[str, _Rule] = {
    "region": _text(r"[a-z]{2}-[a-z]+-[1-9]", "an AWS region of the commercial partition such as eu-west-1"),
    "domain": _text(_HOST, "a domain name in lower case such as soulpicks.example"),
    "python_runtime": _Rule("one of '3.13', '3.14'", lambda value: value in ("3.13", "3.14")),
    "architecture": _Rule("one of 'arm64', 'x86_64'", lambda value: value in ("arm64", "x86_64")),
    # KMS rotates between every 90 and every 2560 days; the promise is within a year.
    # https://docs.aws.amazon.com/kms/latest/developerguide/rotating-keys-enable.html
    "master_key_rotation_days": _whole_number(90, 365),
    "log_retention_days": _Rule(
        f"one of {RETENTION_DAYS}", lambda value: type(value) is int and value in RETENTION_DAYS
    ),
    # How long a revoked token may still be let in; the published limit is five minutes.
    "authorizer_cache_seconds": _whole_number(0, 300),
    # 0 reserves nothing. Lambda leaves at least 100 of an account's concurrency unreserved.
    # https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
    "reserved_concurrency": _whole_number(0, 10_000),
}


def _check(settings: Any, rules: Mapping[str, _Rule]) -> None:
    for key, rule in rules.items():
        value = getattr(settings, key)
        if not rule.holds(value):
            raise SettingsError(f"{key}: got {value!r}, expected {rule.expected}")


def _table(key: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise SettingsError(f"{key}: got {value!r}, expected a table")
    return dict(value)


def _build(kind: Callable[..., Any], prefix: str, values: dict[str, Any]) -> Any:
    """Make one settings object of a TOML table, refusing what is missing and what nobody reads."""
    known = {field.name for field in fields(kind)}  # type: ignore[arg-type]
    if unknown := sorted(values.keys() - known):
        raise SettingsError(
            f"{prefix}{unknown[0]}: unknown setting, expected one of {sorted(known - {'name'})}"
        )
    if missing := sorted(known - values.keys()):
        raise SettingsError(f"{prefix}{missing[0]}: missing, expected a value")
    values = {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}
    try:
        return kind(**values)
    except SettingsError as cause:
        raise SettingsError(f"{prefix}{cause}") from cause
