"""What decides a request, and what a decision says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, TypeAlias

from access.language.policy import Policy, Statement

Layer: TypeAlias = Literal["identity", "boundary", "session", "resource", "grant", "scp", "rcp", "endpoint"]


class Outcome(StrEnum):
    """What AWS would answer, or that the templates do not settle it."""

    ALLOW = "ALLOW"
    IMPLICIT_DENY = "IMPLICIT_DENY"
    EXPLICIT_DENY = "EXPLICIT_DENY"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class Level:
    """One level of the organization (root, OU or account) with the policies attached to it."""

    name: str
    policies: tuple[Policy, ...]


@dataclass(frozen=True, slots=True)
class PolicySet:
    """Every policy that has a say in one request.

    None means that the kind does not bind this request; an empty tuple means it binds and allows nothing.
    `scps` is None for the management account and for service-linked roles. Each level of `rcps` includes
    RCPFullAWSAccess, which AWS attaches everywhere and nobody can detach.
    """

    identity: tuple[Policy, ...] = ()
    boundaries: tuple[Policy, ...] | None = None
    session: tuple[Policy, ...] | None = None
    resource: Policy | None = None
    grants: tuple[Policy, ...] = ()
    scps: tuple[Level, ...] | None = None
    rcps: tuple[Level, ...] | None = None
    endpoint: tuple[Policy, ...] | None = None


@dataclass(frozen=True, slots=True)
class StatementRef:
    """A statement that had a part in a decision, and the layer it sits in."""

    layer: Layer
    policy: str
    statement: Statement

    def __str__(self) -> str:
        return " ".join(filter(None, [self.layer, "policy", self.policy, str(self.statement)]))


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer, with what decided it.

    `deciding` are the statements that allow (ALLOW) or deny (EXPLICIT_DENY). `missing` says what would have
    been needed, one sentence per layer that does not allow. `unknown` says what would settle an UNKNOWN.
    """

    outcome: Outcome
    deciding: tuple[StatementRef, ...] = ()
    missing: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def allowed(self) -> bool:
        """Tell whether AWS allows the request; UNKNOWN is not allowed."""
        return self.outcome is Outcome.ALLOW
