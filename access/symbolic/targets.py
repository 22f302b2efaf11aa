"""Which resources a question is about: those of the environment that match, and all the others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from access.environment import Environment, Resource
from access.symbolic.cells import one_resource, resources
from access.symbolic.domains import Key, covering
from access.symbolic.patterns import Text, text
from access.symbolic.symbols import Glob, find

_INSIDE = {
    "AWS::S3::Bucket": "/*",
    "AWS::DynamoDB::Table": "/*",
    "AWS::DynamoDB::GlobalTable": "/*",
    "AWS::Lambda::Function": ":*",
    "AWS::Logs::LogGroup": ":*",
    "AWS::ApiGateway::RestApi": "/*",
}
"""How the ARNs of what lies inside a resource (objects, indexes, versions, streams) go on from its own."""


@dataclass(frozen=True)
class Target:
    """A set of ARNs with the same policies: `arn` is one of them, `account` owns them.

    `new` resources are yet to be made by the request, so that no policy of theirs is in its way.
    """

    key: Key
    arn: str
    account: str
    new: bool = False

    @property
    def name(self) -> str:
        """How a reader finds it."""
        return self.arn

    @classmethod
    def to_be_made(cls, pattern: str, account: str) -> Target:
        """Resources that the request itself makes."""
        return cls(resources([pattern]), pattern, account, new=True)


On: TypeAlias = str | Resource | Target | Iterable[str | Resource | Target]


def targets(environment: Environment, on: On) -> Iterator[Target]:
    """The resources that `on` names: by ARN, by a glob of ARNs, or as resources of the environment.

    A resource stands for itself and for what lies inside it. A glob also covers resources that no template
    makes, one target for each account that could own them.
    """
    for asked in [on] if isinstance(on, str | Resource | Target) else on:
        if isinstance(asked, Target):
            yield asked
        elif isinstance(asked, Resource):
            for form in _forms(asked):
                yield _of(asked, [form])
        elif "*" in asked or "?" in asked:
            yield from _matching(environment, asked)
        else:
            yield Target(one_resource(asked), asked, environment.account_of(asked))


def _of(resource: Resource, patterns: list[str]) -> Target:
    wild = any("*" in pattern or "?" in pattern for pattern in patterns)
    key = resources(patterns) if wild else one_resource(resource.arn)
    return Target(key, resource.arn, resource.account)


def _forms(resource: Resource) -> list[str]:
    arn = resource.arn.removesuffix(":*")
    inside = _INSIDE.get(resource.type)
    return [arn, f"{arn}{inside}"] if inside else [arn]


def _matching(environment: Environment, asked: str) -> Iterator[Target]:
    known: list[str] = []
    for resource in environment.resources:
        arn = resource.arn.removesuffix(":*")
        # What the environment takes to belong to the resource, whatever its type.
        known += [arn, f"{arn}/*", f"{arn}:*"]
        if find(all_of=[_glob(asked), _glob(arn)]) is not None:
            yield Target(one_resource(arn), resource.arn, resource.account)
        for form in (f"{arn}/*", f"{arn}:*"):
            if find(all_of=[_glob(asked), _glob(form)]) is not None:
                yield _of(resource, [asked, form])
    for account, pattern in _by_account(environment, asked):
        outside = find(all_of=[_glob(pattern)], none_of=[_glob(form) for form in known])
        if outside is not None:
            yield Target(resources([pattern], known), outside, account)


def _by_account(environment: Environment, asked: str) -> Iterator[tuple[str, str]]:
    """The pattern once for each account whose resources it can mean; some ARNs name no account."""
    fields = (asked if asked != "*" else "arn:*").split(":", 5)
    fields += ["*"] * (6 - len(fields))
    accounts = (*environment.accounts, "") if "*" in fields[4] or "?" in fields[4] else (fields[4],)
    for account in accounts:
        yield account, ":".join([*fields[:4], account, fields[5]])


def _glob(pattern: str) -> Glob:
    read = text(pattern if pattern != "*" else "arn:*", "resource", None)
    if isinstance(read, Text):
        return covering(read)
    raise ValueError(f"{pattern!r} is not the pattern of an ARN")
