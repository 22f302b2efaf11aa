"""One stack operation: every resource in order, and back again when one fails."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.rehearsal.account import Physical
from tests.rehearsal.provider import FailedError, Provider
from tests.rehearsal.scope import Scope, existing
from tests.rehearsal.stack import Change, Stack, Submission
from tests.rehearsal.template import TemplateError, in_order

# What each value of DeletionPolicy means for a resource that this operation made, when the operation is
# rolled back, and for every other deletion:
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html
KEPT_ON_ROLLBACK_OF_ITS_CREATION = frozenset({"Retain"})
KEPT_OTHERWISE = frozenset({"Retain", "RetainExceptOnCreate"})
# `Snapshot` is not modelled: no template of ours has it, and one that had it would be refused.
KNOWN_DELETION_POLICIES = frozenset({"Delete", "Retain", "RetainExceptOnCreate"})
KNOWN_REPLACE_POLICIES = frozenset({"Delete", "Retain"})


@dataclass(frozen=True, kw_only=True)
class Plant:
    """A failure planted on one resource: its handler fails once, before the resource exists or after."""

    stack: str
    logical_id: str
    exists: bool = False


@dataclass(kw_only=True)
class Operation:
    """Changes one stack in one account, as somebody."""

    stack: Stack
    submission: Submission
    provider: Provider
    scope: Scope
    exported: Callable[[str], str | None]
    plants: list[Plant] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    _made: list[Physical] = field(default_factory=list)
    _updated: list[tuple[Physical, Physical]] = field(default_factory=list)
    _replaced: list[Physical] = field(default_factory=list)

    def create(self) -> None:
        """Make every resource; when one fails, delete those that were made."""
        self.stack.note("CREATE_IN_PROGRESS", reason="User Initiated")
        try:
            self._bring_about()
            self._give_outputs()
        except (FailedError, TemplateError) as error:
            self.stack.note("ROLLBACK_IN_PROGRESS", reason=str(error))
            left = self._undo()
            self.stack.note("ROLLBACK_FAILED" if left else "ROLLBACK_COMPLETE", reason="; ".join(left))
            return
        self._settle()
        self.stack.note("CREATE_COMPLETE")

    def update(self) -> None:
        """Bring about the new template; when a resource fails, bring back what was before."""
        before = self.stack.submission
        self.stack.note("UPDATE_IN_PROGRESS", reason="User Initiated")
        try:
            wanted = self._bring_about()
            self._give_outputs()
        except (FailedError, TemplateError) as error:
            self.stack.note("UPDATE_ROLLBACK_IN_PROGRESS", reason=str(error))
            left = self._undo()
            self.stack.submission = before
            self.stack.note(
                "UPDATE_ROLLBACK_FAILED" if left else "UPDATE_ROLLBACK_COMPLETE", reason="; ".join(left)
            )
            return
        self._clean_up(before, wanted)
        self._settle()
        self.stack.note("UPDATE_COMPLETE")

    def delete(self, retain: tuple[str, ...] = ()) -> None:
        """Delete the stack's resources, the last made first, except those whose DeletionPolicy keeps them."""
        self.stack.note("DELETE_IN_PROGRESS", reason="User Initiated")
        left = []
        for logical_id, physical in reversed(list(self.stack.resources.items())):
            kept = self._policy(self.stack.submission, logical_id, "DeletionPolicy") in KEPT_OTHERWISE
            if kept or logical_id in retain:
                self.stack.note("DELETE_SKIPPED", physical)
                del self.stack.resources[logical_id]
            elif why := self._remove(physical):
                left.append(why)
        if left:
            self.stack.note("DELETE_FAILED", reason="; ".join(left))
            return
        self.stack.exports = {}
        self.stack.note("DELETE_COMPLETE")

    def _bring_about(self) -> set[str]:
        resources = existing(self.scope)
        for logical_id, body in resources.items():
            self._check_policies(logical_id, body)
        last = next((p.logical_id for p in self.plants if p.stack == self.stack.name), "")
        for logical_id in in_order(resources, last):
            body = resources[logical_id]
            written = self.scope.value(body.get("Properties", {}), logical_id)
            old = self.stack.resources.get(logical_id)
            if old is None:
                self._create(logical_id, body["Type"], written)
            else:
                self._change(old, body["Type"], written)
        return set(resources)

    def _check_policies(self, logical_id: str, body: Mapping[str, Any]) -> None:
        for attribute, known in (
            ("DeletionPolicy", KNOWN_DELETION_POLICIES),
            ("UpdateReplacePolicy", KNOWN_REPLACE_POLICIES),
        ):
            if body.get(attribute, "Delete") not in known:
                raise TemplateError(f"{logical_id}: {attribute} {body[attribute]!r} is not known here")

    def _create(self, logical_id: str, kind: str, written: Mapping[str, Any]) -> Physical:
        physical = self.provider.planned(kind, logical_id, self.stack.name, written)
        self.stack.note("CREATE_IN_PROGRESS", physical)
        plant = self._plant(logical_id)
        try:
            if plant is not None and not plant.exists:
                raise FailedError(f"{physical}: planted failure before it existed")
            self.provider.create(physical)
            self._made.append(physical)
            if plant is not None:
                raise FailedError(f"{physical}: planted failure after it existed")
        except FailedError as error:
            self.stack.note("CREATE_FAILED", physical, str(error))
            raise
        self.stack.resources[logical_id] = physical
        self.changes.append(Change(action="Add", logical_id=logical_id, type=kind))
        self.stack.note("CREATE_COMPLETE", physical)
        return physical

    def _change(self, old: Physical, kind: str, written: Mapping[str, Any]) -> None:
        if kind != old.type:
            # "Update of resource type is not permitted":
            # https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-update-behaviors.html
            raise TemplateError(f"{old}: Update of resource type is not permitted; the new one is {kind}")
        retagged = old.tags != self.provider.stack_tags and old.schema.takes_tags
        if same(old.written, written) and not retagged:
            return
        replaces = self.provider.replaces(old, written)
        self.changes.append(
            Change(
                action="Modify",
                logical_id=old.logical_id,
                type=kind,
                physical_id="|".join(old.identity),
                replaces=replaces,
            )
        )
        if replaces:
            self._replaced.append(old)
            self._create(old.logical_id, kind, written)
            return
        self.stack.note("UPDATE_IN_PROGRESS", old)
        plant = self._plant(old.logical_id)
        try:
            if plant is not None and not plant.exists:
                raise FailedError(f"{old}: planted failure before it was changed")
            new = self.provider.update(old, written)
            self._updated.append((old, new))
            if plant is not None:
                raise FailedError(f"{old}: planted failure after it was changed")
        except FailedError as error:
            self.stack.note("UPDATE_FAILED", old, str(error))
            raise
        self.stack.resources[old.logical_id] = new
        self.stack.note("UPDATE_COMPLETE", new)

    def _undo(self) -> list[str]:
        """Bring back what was; returns what could not be undone."""
        left = []
        for old, new in reversed(self._updated):
            try:
                self.provider.restore(new, old)
            except FailedError as error:
                left.append(str(error))
                continue
            self.stack.resources[old.logical_id] = old
            self.stack.note("UPDATE_COMPLETE", old)
        replaced = {old.logical_id: old for old in self._replaced}
        for physical in reversed(self._made):
            logical_id = physical.logical_id
            policy = self._policy(self.submission, logical_id, "DeletionPolicy")
            if policy in KEPT_ON_ROLLBACK_OF_ITS_CREATION:
                self.stack.note("DELETE_SKIPPED", physical)
            elif why := self._remove(physical):
                left.append(why)
                self.stack.resources[logical_id] = physical
                continue
            self.stack.resources.pop(logical_id, None)
            if logical_id in replaced:
                self.stack.resources[logical_id] = replaced[logical_id]
        return left

    def _clean_up(self, before: Submission, wanted: set[str]) -> None:
        """Delete what the new template no longer has, and what was replaced.

        A deletion that fails here leaves the resource and not the update:
        https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html
        """
        self.stack.note("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
        for old in reversed(self._replaced):
            # https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-updatereplacepolicy.html
            if self._policy(self.submission, old.logical_id, "UpdateReplacePolicy") == "Retain":
                self.stack.note("DELETE_SKIPPED", old)
            else:
                self._remove(old, keep_entry=True)
        for logical_id, physical in reversed(list(self.stack.resources.items())):
            if logical_id in wanted:
                continue
            self.changes.append(Change(action="Remove", logical_id=logical_id, type=physical.type))
            if self._policy(before, logical_id, "DeletionPolicy") in KEPT_OTHERWISE:
                self.stack.note("DELETE_SKIPPED", physical)
            else:
                self._remove(physical, keep_entry=True)
            del self.stack.resources[logical_id]

    def _remove(self, physical: Physical, *, keep_entry: bool = False) -> str:
        """Delete one resource; returns why not."""
        self.stack.note("DELETE_IN_PROGRESS", physical)
        try:
            self.provider.delete(physical)
        except FailedError as error:
            self.stack.note("DELETE_FAILED", physical, str(error))
            return str(error)
        self.stack.note("DELETE_COMPLETE", physical)
        if not keep_entry:
            self.stack.resources.pop(physical.logical_id, None)
        return ""

    def _settle(self) -> None:
        self.stack.submission = self.submission
        self.stack.imports = frozenset(self.scope.imports)

    def _give_outputs(self) -> None:
        outputs, exports = {}, {}
        for name, output in self.submission.body.get("Outputs", {}).items():
            if "Condition" in output and not self.scope.holds(output["Condition"]):
                continue
            outputs[name] = str(self.scope.value(output["Value"], name))
            if "Export" in output:
                exports[self.scope.value(output["Export"]["Name"], name)] = outputs[name]
        self._check_exports(exports)
        self.stack.outputs, self.stack.exports = outputs, exports

    def _check_exports(self, exports: Mapping[str, str]) -> None:
        """Export names are unique in an account and region, and one that is imported cannot change or go.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-exports.html
        """
        for name in exports.keys() - self.stack.exports.keys():
            if self.exported(name) is not None:
                raise TemplateError(f"Export with name {name} is already exported by another stack")
        for name, value in self.stack.exports.items():
            if exports.get(name) != value and (user := self.scope.importer(name)):
                raise TemplateError(f"Export {name} cannot be updated as it is in use by {user}")

    def _plant(self, logical_id: str) -> Plant | None:
        for plant in self.plants:
            if (plant.stack, plant.logical_id) == (self.stack.name, logical_id):
                self.plants.remove(plant)
                return plant
        return None

    @staticmethod
    def _policy(submission: Submission, logical_id: str, attribute: str) -> str:
        body = submission.body.get("Resources", {}).get(logical_id, {})
        return str(body.get(attribute, "Delete"))


def same(left: Any, right: Any) -> bool:
    """Whether two documents say the same."""
    return json.dumps(left, sort_keys=True) == json.dumps(right, sort_keys=True)


def events_of(stack: Stack) -> Iterator[str]:
    """What happened, one line each, for a failing test's message."""
    for event in stack.events:
        yield f"{event.status} {event.logical_id} ({event.type}) {event.reason}".rstrip()
