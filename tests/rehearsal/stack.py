"""A stack as CloudFormation keeps it, and the statuses it goes through."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.rehearsal.account import Physical

NO_TEMPLATE: Mapping[str, Any] = {"Resources": {}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One line of a stack's history."""

    number: int
    time: datetime
    logical_id: str
    physical_id: str
    type: str
    status: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What an update would do to one resource: Add, Modify or Remove, and whether it is replaced."""

    action: str
    logical_id: str
    type: str
    physical_id: str = ""
    replaces: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """What somebody hands to CloudFormation for a stack."""

    text: str
    body: Mapping[str, Any]
    parameters: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    role: str = ""
    capabilities: tuple[str, ...] = ()


@dataclass(kw_only=True)
class ChangeSet:
    """A change that was worked out and not yet carried out."""

    name: str
    id: str
    submission: Submission
    changes: tuple[Change, ...]
    kind: str
    status: str = "CREATE_COMPLETE"
    reason: str = ""
    time: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass(kw_only=True)
class Stack:
    """One stack: what was submitted last, and what was made of it."""

    name: str
    id: str
    status: str
    reason: str = ""
    protected: bool = False
    submission: Submission = field(default_factory=lambda: Submission(text="", body=NO_TEMPLATE))
    resources: dict[str, Physical] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)
    exports: dict[str, str] = field(default_factory=dict)
    imports: frozenset[str] = frozenset()
    events: list[Event] = field(default_factory=list)
    change_sets: dict[str, ChangeSet] = field(default_factory=dict)
    created: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def exists(self) -> bool:
        """Whether an operation by name still finds it."""
        return self.status != "DELETE_COMPLETE"

    def note(self, status: str, physical: Physical | None = None, reason: str = "") -> None:
        """Write one event, for the stack itself or for one of its resources."""
        if physical is None:
            self.status, self.reason = status, reason
        self.events.append(
            Event(
                number=len(self.events),
                time=datetime.now(UTC),
                logical_id=physical.logical_id if physical else self.name,
                physical_id="|".join(physical.identity) if physical else self.id,
                type=physical.type if physical else "AWS::CloudFormation::Stack",
                status=status,
                reason=reason,
            )
        )

    def copy(self) -> Stack:
        """The same stack, to be changed on its own."""
        made = Stack(name=self.name, id=self.id, status=self.status)
        made.__dict__.update(self.__dict__)
        made.resources = dict(self.resources)
        made.events = list(self.events)
        made.change_sets = dict(self.change_sets)
        return made
