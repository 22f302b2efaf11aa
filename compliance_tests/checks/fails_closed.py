"""A value that the templates do not settle ends a check as CANNOT_TELL, never as an absence of findings."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable

from policies.assembly import Assembly
from policies.finding import Finding
from policies.node import UnresolvedError
from policies.verdict import cannot_tell


def fails_closed(
    check: Callable[[Assembly], Iterable[Finding]],
) -> Callable[[Assembly], tuple[Finding, ...]]:
    """The check, answering with what it could not resolve where it would have raised."""

    @functools.wraps(check)
    def closed(assembly: Assembly) -> tuple[Finding, ...]:
        try:
            return tuple(check(assembly))
        except UnresolvedError as unresolved:
            return (Finding("resolved", assembly.name, cannot_tell(str(unresolved))),)

    return closed
