"""What a rule is: an identity, the promise it serves, why, the mend, the source, and where it looks."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from policies.node import UnresolvedError
from policies.resource import Resource
from policies.verdict import DOES_NOT_APPLY, Verdict, cannot_tell

_ID = re.compile(r"SP_[A-Z][A-Z0-9]*_[1-9]\d*")
_CLAIM = re.compile(r"[A-Z]{3}-[1-9]\d*")

# What a rule lists when it is about whatever has a part of some shape, of whichever type.
EVERY_TYPE = "*"


@dataclass(frozen=True, kw_only=True)
class Rule:
    """Everything about a rule but its judgement, which is the function `judge` beside it."""

    id: str
    claim: str
    title: str
    why: str
    fix: str
    source: str
    resource_types: tuple[str, ...]

    def __post_init__(self) -> None:
        if not _ID.fullmatch(self.id):
            raise ValueError(f"rule id must look like SP_KMS_2, got {self.id!r}")
        if not _CLAIM.fullmatch(self.claim):
            raise ValueError(f"{self.id}: claim must look like ENC-8, got {self.claim!r}")
        if not self.source.startswith("https://"):
            raise ValueError(f"{self.id}: source must be an https address, got {self.source!r}")
        for name in ("title", "why", "fix", "resource_types"):
            if not getattr(self, name):
                raise ValueError(f"{self.id}: {name} must not be empty")


@dataclass(frozen=True)
class CataloguedRule:
    """A rule together with its judgement and the stem its file, its examples and its page share."""

    stem: str
    rule: Rule
    judge: Callable[[Resource], Verdict]

    def verdict(self, resource: Resource) -> Verdict:
        """The judgement on one resource, which never ends in an exception: a crash is not a pass."""
        if not {resource.type, EVERY_TYPE} & set(self.rule.resource_types):
            return DOES_NOT_APPLY
        try:
            return self.judge(resource)
        except UnresolvedError as unresolved:
            return cannot_tell(str(unresolved))
        except Exception as crash:  # noqa: BLE001 - the edge where a rule's own defect becomes a finding
            return cannot_tell(f"{self.rule.id} crashed: {type(crash).__name__}: {crash}")
