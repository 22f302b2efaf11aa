"""One statement of a policy as frozen values: what it says, and what it leaves open.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, TypeAlias

from access.language.unresolved import Unresolved
from access.place import Place

ElementName: TypeAlias = Literal["Effect", "Action", "Resource", "Principal", "Condition"]
PrincipalType: TypeAlias = Literal["AWS", "Service", "Federated", "CanonicalUser", "*"]
Quantifier: TypeAlias = Literal["ForAllValues", "ForAnyValue"]


class Effect(StrEnum):
    """What a statement does when it applies."""

    ALLOW = "Allow"
    DENY = "Deny"


@dataclass(frozen=True, slots=True)
class Element:
    """Action or Resource, or with `negated` NotAction or NotResource.

    `patterns` are known; each of `maybe` covers every pattern that one unresolved entry could become.
    """

    patterns: tuple[str, ...]
    negated: bool = False
    maybe: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PrincipalPattern:
    """One entry of a Principal element; type `*` is the bare `"Principal": "*"`."""

    type: PrincipalType
    value: str


@dataclass(frozen=True, slots=True)
class Principals:
    """Principal, or with `negated` NotPrincipal; `open` says that an unresolved entry could add to it."""

    patterns: tuple[PrincipalPattern, ...]
    negated: bool = False
    open: bool = False


@dataclass(frozen=True, slots=True)
class Condition:
    """One operator on one key: `ForAllValues:StringLikeIfExists` is quantifier, operator and `if_exists`.

    `values` are as written, variables included. `open` says that an unresolved value could add to them; then,
    as with an operator that `operators.OPERATORS` does not list, the answer can be that it is not known.
    """

    operator: str
    key: str
    values: tuple[str, ...]
    quantifier: Quantifier | None = None
    if_exists: bool = False
    open: bool = False

    def __str__(self) -> str:
        quantifier = f"{self.quantifier}:" if self.quantifier else ""
        values = " or ".join([*self.values, *(["…"] if self.open else [])])
        return f"{quantifier}{self.operator}{'IfExists' if self.if_exists else ''} {self.key} = {values}"


@dataclass(frozen=True, slots=True)
class UnresolvedElement:
    """The part of a statement that is not known, and what would settle it."""

    element: ElementName
    cause: Unresolved

    def __str__(self) -> str:
        return f"{self.element}: {self.cause}"


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement; `effect` None is unresolved, `resource` None is the resource the policy is attached to.

    `variables` tells whether `${...}` is a variable (Version 2012-10-17) or plain text (2008-10-17, or none).
    """

    place: Place
    sid: str
    effect: Effect | None
    action: Element
    resource: Element | None
    principals: Principals | None
    conditions: tuple[Condition, ...]
    variables: bool
    unresolved: tuple[UnresolvedElement, ...] = ()

    def __str__(self) -> str:
        return f"{self.sid} ({self.place})" if self.sid else str(self.place)
