"""What a person types, as principals and resources of an environment; what finds nothing is an error."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from access.environment import Environment, Principal, Resource
from access.errors import AccessError, quoted


def principals(environment: Environment, text: str) -> tuple[Principal, ...]:
    """Every principal that a name, ARN or kind means; `everyone` is all of them."""
    found = environment.principals if text == "everyone" else environment.find_principals(text)
    return found or _nothing(
        "principal", text, (word for p in environment.principals for word in (p.name, p.kind))
    )


def one_principal(environment: Environment, text: str) -> Principal:
    """The only principal of a name; several are an error that shows how to choose."""
    found = principals(environment, text)
    if len(found) > 1:
        choices = ", ".join(sorted(f"{p.account}/{p.name}" for p in found))
        raise AccessError(f"{quoted(text)} means {len(found)} principals, expected one of {choices}")
    return found[0]


def resources(environment: Environment, text: str) -> tuple[str | Resource, ...]:
    """What a name, ARN or glob of ARNs means; an ARN need not belong to the set."""
    if text.startswith("arn:") or "*" in text or "?" in text:
        return (text,)
    names = (resource.name for resource in environment.resources)
    return environment.find_resources(text) or _nothing("resource", text, names)


def one_resource(environment: Environment, text: str) -> str:
    """The ARN of the only resource of a name, which may lie below it, as in `Bucket/key` of a logical id."""
    if text == "*":
        return text
    name, slash, below = text.partition("/")
    if not text.startswith("arn:") and slash and not environment.find_resources(text):
        [*found] = environment.find_resources(name)
        if len(found) == 1:
            return f"{found[0].arn}/{below}"
    matching = resources(environment, text)
    if len(matching) > 1:
        choices = ", ".join(sorted(f"{r.account}/{r.name}" for r in matching if isinstance(r, Resource)))
        raise AccessError(f"{quoted(text)} means {len(matching)} resources, expected one of {choices}")
    [only] = matching
    return only.arn.removesuffix(":*") if isinstance(only, Resource) else only


def _nothing(kind: str, text: str, names: Iterable[str]) -> tuple[()]:
    near = get_close_matches(text, _distinct(names), n=4, cutoff=0.4)
    hint = f"; near it: {', '.join(near)}" if near else ""
    raise AccessError(f"found no {kind} called {quoted(text)}, expected a name, ARN or kind of the set{hint}")


def _distinct(names: Iterable[str]) -> Iterator[str]:
    return iter(dict.fromkeys(filter(None, names)))
