"""Whom a Principal element names, and how directly.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import IntEnum

from access.language import glob
from access.language.statement import Effect, PrincipalPattern, Principals
from access.request import Caller

_ACCOUNT = re.compile(r"(?:arn:[a-z-]+:iam::)?([0-9]{12})(?::root)?")
_UNIQUE_ID = re.compile(r"A[A-Z0-9]{15,127}")


class Reach(IntEnum):
    """How directly a statement names a caller: the more directly, the fewer other policies still limit it."""

    NONE = 0
    ACCOUNT = 1
    """By account: hands the decision to the identity policies of that account."""
    ROLE = 2
    """By role: a permissions boundary and session policies still limit its sessions."""
    DIRECT = 3
    """As this very user, session or service, or as anyone: nothing else has to allow it."""


def reach(
    principals: Principals, effect: Effect | None, caller: Caller, context: Mapping[str, tuple[str, ...]]
) -> tuple[Reach, bool]:
    """Return how directly the element surely names the caller, and whether it might do so more directly."""
    named = [_named(pattern, caller, context) for pattern in principals.patterns]
    certain = max((each for each in named if each is not None), default=Reach.NONE)
    doubtful = principals.open or None in named
    if not principals.negated:
        return certain, doubtful and certain < Reach.DIRECT
    if certain is Reach.NONE:
        return (Reach.NONE, True) if doubtful else (Reach.DIRECT, False)
    if effect is not Effect.DENY or _excepts(certain, caller):
        return Reach.NONE, False
    return Reach.NONE, True


def _excepts(certain: Reach, caller: Caller) -> bool:
    """Tell whether NotPrincipal with Deny surely spares the caller.

    "You must also specify the account ARN of the not-denied principal", and for a session AWS may look at the
    account, the role and the session: if only the account or only the role is listed, it is not known.
    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
    """
    return certain is Reach.DIRECT or (certain is Reach.ROLE and caller.kind == "role")


def denied_by_boundary(principals: Principals | None, caller: Caller, *, boundary: bool) -> bool:
    """Tell whether a Deny with NotPrincipal hits the caller because it has a permissions boundary.

    It "will always deny any IAM principal that has a permissions boundary policy attached, regardless of the
    values specified in the NotPrincipal element".
    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
    """
    return bool(principals and principals.negated and boundary and caller.kind in {"user", "role", "session"})


def _named(pattern: PrincipalPattern, caller: Caller, context: Mapping[str, tuple[str, ...]]) -> Reach | None:
    """Return how directly one entry names the caller; None when that cannot be told from the template."""
    value = pattern.value
    if pattern.type == "*" or (pattern.type == "AWS" and value == "*"):
        # "*" and {"AWS": "*"} are equivalent in resource policies; a caller who still has to be
        # authenticated by an identity provider is an AWS principal only afterwards.
        return None if caller.kind == "federated" and pattern.type == "AWS" else Reach.DIRECT
    if pattern.type == "AWS":
        return _aws(value, caller)
    if pattern.type == "Service":
        return Reach.DIRECT if caller.kind == "service" and caller.arn == value else Reach.NONE
    if pattern.type == "Federated":
        return _federated(value, caller, context)
    return Reach.NONE if caller.kind in {"service", "federated", "anonymous"} else None


def _aws(value: str, caller: Caller) -> Reach | None:
    if caller.kind in {"service", "federated", "anonymous"}:
        return Reach.NONE
    if account := _ACCOUNT.fullmatch(value):
        if account[1] != caller.account:
            return Reach.NONE
        return Reach.DIRECT if caller.kind == "root" else Reach.ACCOUNT
    if value == caller.arn:
        return Reach.ROLE if caller.kind == "role" else Reach.DIRECT
    if caller.role and value == caller.role:
        return Reach.ROLE
    if _UNIQUE_ID.fullmatch(value):
        return None  # An id such as AROA…: which principal it belongs to, only the account knows.
    if ("*" in value or "?" in value) and _could_be(value, caller):
        return None  # AWS refuses wildcards inside a principal's ARN.
    return Reach.NONE


def _could_be(value: str, caller: Caller) -> bool:
    return glob.matches(value, caller.arn) or glob.matches(value, caller.role)


def _federated(value: str, caller: Caller, context: Mapping[str, tuple[str, ...]]) -> Reach | None:
    """A provider names the callers it vouches for, and the sessions that came from it."""
    if caller.kind == "federated":
        return Reach.DIRECT if value == caller.arn else None if "*" in value else Reach.NONE
    if caller.kind == "session" and value in context.get("aws:federatedprovider", ()):
        return Reach.DIRECT
    return Reach.NONE
