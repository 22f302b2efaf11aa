"""Which calls a handler makes for one resource, on what, and in which context.

The handlers' permissions come from the schema, what each acts on from AWS's service reference: the resource
itself, what its properties name, or something unnamed, which only a wildcard allows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Literal

from access.actions import action_info, arn_formats
from access.language.glob import matches
from tests.rehearsal import naming
from tests.rehearsal.account import Account, Physical
from tests.rehearsal.differences import DIFFERENCES, NONE
from tests.rehearsal.implied import KEY_USES, encryption_context, implied_calls
from tests.rehearsal.not_needed import is_needed
from tests.rehearsal.schema import value_at

Handler = Literal["create", "read", "update", "delete"]
# What a format's variable is filled with when nothing names the resource: no narrower pattern matches it.
UNNAMED = "unnamed-by-the-template"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One call that somebody must be allowed. `service` is a service that asks for itself."""

    action: str
    resource: str
    context: tuple[tuple[str, tuple[str, ...]], ...] = ()
    wildcard_only: bool = False
    service: str = ""


def calls(
    physical: Physical, handler: Handler, account: Account, stack_tags: Mapping[str, str]
) -> Iterator[Ask]:
    """Every call of one handler that this resource needs."""
    meant = _meant(physical, account)
    for permission in physical.schema.permissions(handler):
        if is_needed(permission, physical):
            yield from _asks(permission, physical, account, stack_tags, meant)
    if handler in ("create", "update"):
        for call in implied_calls(physical, account):
            yield Ask(
                action=call.action,
                resource=call.resource,
                context=tuple(call.context.items()),
                service=call.service,
            )


def _asks(
    permission: str, physical: Physical, account: Account, tags: Mapping[str, str], meant: tuple[str, ...]
) -> Iterator[Ask]:
    info = action_info(permission)
    if info is not None and info.wildcard_only:
        yield Ask(
            action=permission,
            resource="*",
            context=_context(permission, "*", physical, tags),
            wildcard_only=True,
        )
        return
    for resource in _acted_on(permission, physical, account, meant):
        yield Ask(
            action=permission, resource=resource, context=_context(permission, resource, physical, tags)
        )


def _acted_on(permission: str, physical: Physical, account: Account, meant: tuple[str, ...]) -> list[str]:
    """The ARNs that one permission concerns."""
    service, _, name = permission.partition(":")
    kinds = _resource_kinds(service, name)
    if not kinds:  # an action that the reference does not have yet
        return [physical.arn or UNNAMED]
    found: dict[str, None] = {}
    for form, _required in kinds:
        found.update(dict.fromkeys(_named(form, physical, account, meant)))
    # Several kinds, even required ones, are alternatives more often than not (a table or its stream): one
    # that is named is enough. When none is, the call is about something unnamed.
    if not found:
        required = next((form for form, is_required in kinds if is_required), kinds[0][0])
        found[_unnamed(required, physical)] = None
    return list(found)


@cache
def _resource_kinds(service: str, action: str) -> tuple[tuple[str, bool], ...]:
    """The ARN formats that an action acts on, and whether each is always part of the call."""
    from access.actions import _definition  # the reference says "required" only there

    definition = _definition(service)
    known = {name.lower(): privilege for name, privilege in definition["privileges"].items()}
    formats = arn_formats(service)
    entries = known.get(action.lower(), {"resource_types": {}})["resource_types"]
    # A hosted zone's `${Id}` is what a property calls HostedZoneId.
    named = {
        kind: form.replace("${Id}", "${" + kind.replace("-", "") + "Id}") for kind, form in formats.items()
    }
    return tuple((named[kind], entry["required"]) for kind, entry in entries.items() if kind in named)


def _named(form: str, physical: Physical, account: Account, meant: tuple[str, ...]) -> Iterator[str]:
    """The resource itself, or what its properties mean, when an ARN format fits."""
    if physical.arn and _is(form, physical.arn):
        yield physical.arn
        return
    if form.startswith("arn:${Partition}:kms:") and physical.type in KEY_USES:
        named = value_at(physical.properties, KEY_USES[physical.type].property)
        yield from (key.arn for key in account.meant_by(str(named)) if _is(form, key.arn))
        return
    yield from (arn for arn in meant if _is(form, arn))
    wanted = {name for name in naming.variables(form) if name not in ("Partition", "Region", "Account")}
    given = {name: naming.property_called(name, physical.properties) for name in wanted}
    if wanted and all(value and not value.startswith("arn:") for value in given.values()):
        filled = naming.fill_format(form, physical.schema, physical.properties, physical.seed, physical.home)
        if filled:
            yield filled


def _meant(physical: Physical, account: Account) -> tuple[str, ...]:
    """The ARNs of everything that the properties mean."""
    found = [text for text in physical.texts if text.startswith("arn:")]
    found += [
        other.arn
        for text in physical.texts
        if not text.startswith("arn:")
        for other in account.meant_by(text)
    ]
    for bucket, key in files_named(physical.properties):
        found.append(f"arn:{physical.home.partition}:s3:::{bucket}/{key}")
    return tuple(dict.fromkeys(found))


@cache
def _glob(form: str) -> str:
    return naming.as_glob(form)


@lru_cache(maxsize=100_000)
def _is(form: str, arn: str) -> bool:
    # An object is no bucket, though the glob of a bucket's ARN matches it.
    if form.endswith(":::${BucketName}") and "/" in arn:
        return False
    return matches(_glob(form), arn)


def _unnamed(form: str, physical: Physical) -> str:
    return naming.fill_rest(form, physical.home, UNNAMED)


def files_named(value: Any) -> Iterator[tuple[str, str]]:
    """Bucket and key of every file in S3 that properties name."""
    if isinstance(value, Mapping):
        if "S3Bucket" in value and "S3Key" in value:
            yield value["S3Bucket"], value["S3Key"]
        for item in value.values():
            yield from files_named(item)


def _context(
    permission: str, resource: str, physical: Physical, tags: Mapping[str, str]
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The condition keys that the service gives this call, as far as properties decide them."""
    service = permission.partition(":")[0]
    found: dict[str, tuple[str, ...]] = {"aws:RequestedRegion": (physical.home.region,)}
    info = action_info(permission)
    keys = info.condition_keys if info else frozenset()
    if "aws:tagkeys" in keys:
        given = dict(tags) | _tags(physical.properties)
        if given:
            found["aws:TagKeys"] = tuple(given)
            found |= {f"aws:RequestTag/{key}": (value,) for key, value in given.items()}
    for written in physical.schema.properties:
        if f"{service}:{written}".lower() in keys:
            value = physical.properties.get(written, physical.schema.subschema((written,)).get("default"))
            if isinstance(value, str | bool | int):
                found[f"{service}:{written}"] = (
                    str(value).lower() if isinstance(value, bool) else str(value),
                )
    if permission == "iam:PassRole":
        found["iam:PassedToService"] = (passed_to(physical),)
    if service == "kms" and physical.schema.service != "kms":
        found |= encryption_context(physical)
    return tuple(found.items())


def passed_to(physical: Physical) -> str:
    """The service that takes the roles which a resource names."""
    return DIFFERENCES.get(physical.type, NONE).passed_to or f"{physical.schema.service}.amazonaws.com"


def _tags(properties: Mapping[str, Any]) -> dict[str, str]:
    tags = properties.get("Tags", ())
    if isinstance(tags, Mapping):
        return {str(key): str(value) for key, value in tags.items()}
    return {str(tag["Key"]): str(tag["Value"]) for tag in tags if "Key" in tag and "Value" in tag}
