"""CloudFormation for one account and region: stacks, change sets, and what may be done to which.

The statuses and what each allows:
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from access.request import Caller
from tests.rehearsal.account import Account
from tests.rehearsal.authority import Authority, RefusedError
from tests.rehearsal.errors import RequestError, denied
from tests.rehearsal.naming import stack_id
from tests.rehearsal.operation import Operation, Plant
from tests.rehearsal.parameters import assert_rules, parameters
from tests.rehearsal.provider import Provider
from tests.rehearsal.scope import Scope, existing
from tests.rehearsal.stack import Change, ChangeSet, Stack, Submission
from tests.rehearsal.template import TemplateError, checked, needs_capability

SERVICE = "cloudformation.amazonaws.com"
# A stack in one of these can be updated; all others that exist can only be deleted, or first brought back.
UPDATABLE = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE"})


@dataclass(frozen=True, kw_only=True)
class Asker:
    """Who asks, and in which context: what a session says about itself."""

    caller: Caller
    context: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(kw_only=True)
class CloudFormation:
    """Every stack of one account in one region. `plants` are failures that will happen, each once."""

    account: Account
    stacks: dict[str, Stack] = field(default_factory=dict)
    plants: list[Plant] = field(default_factory=list)

    def copy(self) -> CloudFormation:
        """The same account and stacks, to be changed on their own."""
        return CloudFormation(
            account=self.account.copy(),
            stacks={stack.id: stack.copy() for stack in self.stacks.values()},
            plants=list(self.plants),
        )

    def find(self, name: str) -> Stack:
        """A stack by name, or by id also when it was deleted. Raises: RequestError when there is none."""
        if name in self.stacks:
            return self.stacks[name]
        for stack in self.stacks.values():
            if stack.name == name and stack.exists:
                return stack
        raise RequestError(f"Stack with id {name} does not exist")

    def demand(self, asker: Asker, action: str, resource: str, **context: str) -> None:
        """Raise RequestError unless the caller may."""
        given = {**asker.context, **{key.replace("__", ":"): (value,) for key, value in context.items()}}
        try:
            Authority(self.account).demand(asker.caller, action, resource, context=given)
        except RefusedError as error:
            raise denied(error) from error

    def create_change_set(
        self, asker: Asker, stack_name: str, submission: Submission, *, name: str, kind: str
    ) -> ChangeSet:
        """Work out what a template would change."""
        stack = self._stack_for(stack_name, kind)
        submission = replace(submission, role=submission.role or stack.submission.role)
        self.demand(asker, "cloudformation:CreateChangeSet", stack.id)
        self._check_submission(asker, submission)
        self.stacks[stack.id] = stack
        changes = self._foreseen(stack, submission, asker)
        seed = stack.id.rpartition("/")[2]
        change_set = ChangeSet(
            name=name,
            id=f"{stack.id.partition(':stack/')[0]}:changeSet/{name}/{seed}",
            submission=submission,
            changes=changes,
            kind=kind,
        )
        if not changes and same_outputs(stack.submission, submission):
            # "FAILED … The submitted information didn't contain changes":
            # https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeChangeSet.html
            change_set.status = "FAILED"
            change_set.reason = (
                "The submitted information didn't contain changes. "
                "Submit different information to create a change set."
            )
        stack.change_sets[name] = change_set
        return change_set

    def execute_change_set(self, asker: Asker, stack_name: str, name: str) -> None:
        """Carry out a change set, to its end: whoever asks afterwards sees the final status."""
        stack = self.find(stack_name)
        self.demand(asker, "cloudformation:ExecuteChangeSet", stack.id)
        change_set = stack.change_sets.get(name.split("/")[1] if name.startswith("arn:") else name)
        if change_set is None or change_set.status != "CREATE_COMPLETE":
            raise RequestError(f"ChangeSet [{name}] cannot be executed", "InvalidChangeSetStatus")
        operation = self._operation(stack, change_set.submission, asker)
        stack.change_sets.clear()
        if stack.status == "REVIEW_IN_PROGRESS":
            # A first template stays the stack's own even when it is rolled back.
            stack.submission = change_set.submission
            operation.create()
        else:
            operation.update()

    def delete_stack(
        self, asker: Asker, stack_name: str, *, role: str = "", retain: tuple[str, ...] = ()
    ) -> None:
        """Delete a stack. Raises: RequestError when it is protected, or another one needs its exports."""
        try:
            stack = self.find(stack_name)
        except RequestError:
            return  # deleting what does not exist is no error
        self.demand(asker, "cloudformation:DeleteStack", stack.id)
        if stack.protected:
            # "If a user attempts to delete a stack with termination protection enabled, the deletion fails
            # and the stack, including its status, remains unchanged":
            # https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-protect-stacks.html
            raise RequestError(
                f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled"
            )
        for name in stack.exports:
            if user := self.importer(name):
                raise RequestError(f"Export {name} cannot be deleted as it is in use by {user}")
        if retain and stack.status != "DELETE_FAILED":
            # https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DeleteStack.html
            raise RequestError("RetainResources is for stacks in the DELETE_FAILED state")
        submission = replace(stack.submission, role=role or stack.submission.role)
        self._operation(stack, submission, asker, deletes=True).delete(retain)

    def protect(self, asker: Asker, stack_name: str, protected: bool) -> Stack:
        """Switch termination protection."""
        stack = self.find(stack_name)
        self.demand(asker, "cloudformation:UpdateTerminationProtection", stack.id)
        stack.protected = protected
        return stack

    def exported(self, name: str) -> str | None:
        """The value of an export."""
        return next((s.exports[name] for s in self._existing() if name in s.exports), None)

    def importer(self, name: str) -> str:
        """The stack that uses an export, empty when none does."""
        return next((s.name for s in self._existing() if name in s.imports), "")

    def stored(self, name: str) -> str | None:
        """The value of a parameter in Systems Manager."""
        found = self.account.of_type("AWS::SSM::Parameter")
        return next((p.properties["Value"] for p in found if p.properties["Name"] == name), None)

    def _existing(self) -> Iterator[Stack]:
        return (stack for stack in self.stacks.values() if stack.exists)

    def _stack_for(self, name: str, kind: str) -> Stack:
        known = next((s for s in self._existing() if s.name == name), None)
        if kind == "CREATE":
            if known is not None and known.status != "REVIEW_IN_PROGRESS":
                raise RequestError(
                    f"Stack {name} already exists and cannot be created again with the changeSet"
                )
            made = stack_id(self.account.home, name, self.account.next_seed())
            return known or Stack(name=name, id=made, status="REVIEW_IN_PROGRESS")
        if known is None:
            raise RequestError(f"Stack [{name}] does not exist")
        if known.status not in UPDATABLE:
            raise RequestError(f"Stack:{known.id} is in {known.status} state and can not be updated.")
        return known

    def _check_submission(self, asker: Asker, submission: Submission) -> None:
        try:
            missing = needs_capability(checked(submission.body), submission.capabilities)
        except TemplateError as error:
            raise RequestError(str(error)) from error
        if missing:
            # https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateChangeSet.html
            raise RequestError(f"Requires capabilities : [{missing}]", "InsufficientCapabilitiesException")
        if submission.role:
            self.demand(asker, "iam:PassRole", submission.role, iam__PassedToService=SERVICE)
            self._check_role(submission.role)

    def _check_role(self, role: str) -> None:
        """CloudFormation must be able to take the role.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-iam-servicerole.html
        """
        if not any(physical.arn == role for physical in self.account.of_type("AWS::IAM::Role")):
            raise RequestError(f"Role {role} is invalid or cannot be assumed: it does not exist")
        try:
            Authority(self.account).demand(Caller.service(SERVICE), "sts:AssumeRole", role)
        except RefusedError as error:
            raise RequestError(f"Role {role} is invalid or cannot be assumed: {error}") from error

    def _foreseen(self, stack: Stack, submission: Submission, asker: Asker) -> tuple[Change, ...]:
        """What would change, found by doing it in a copy that asks no policy and plants nothing."""
        if stack.status == "REVIEW_IN_PROGRESS":
            resources = existing(self._operation(stack, submission, asker).scope)
            return tuple(Change(action="Add", logical_id=n, type=b["Type"]) for n, b in resources.items())
        trial = self.copy()
        trial.plants = []
        copied = trial.stacks[stack.id]
        operation = trial._operation(copied, submission, asker)
        operation.provider.decides = False
        operation.update()
        return tuple(operation.changes)

    def _operation(
        self, stack: Stack, submission: Submission, asker: Asker, *, deletes: bool = False
    ) -> Operation:
        caller, context = asker.caller, dict(asker.context)
        if submission.role:
            self._check_role(submission.role)
            # A service role's calls carry neither aws:CalledVia nor aws:ViaAWSService:
            # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
            caller, context = Caller.session(submission.role, "AWSCloudFormation"), {}
        else:
            context |= {"aws:CalledVia": (SERVICE,), "aws:ViaAWSService": ("true",)}
        body = submission.body
        try:
            given = {} if deletes else parameters(body, submission.parameters, self.stored)
            scope = Scope(
                stack=stack.name,
                stack_id=stack.id,
                body=body,
                home=self.account.home,
                parameters=given,
                made=stack.resources,
                exports=self.exported,
                importer=self.importer,
            )
            if not deletes:
                assert_rules(body, scope)
        except TemplateError as error:
            raise RequestError(str(error)) from error
        provider = Provider(
            account=self.account, caller=caller, context=context, stack_tags=dict(submission.tags)
        )
        return Operation(
            stack=stack,
            submission=submission,
            provider=provider,
            scope=scope,
            exported=self.exported,
            plants=self.plants,
        )


def same_outputs(old: Submission, new: Submission) -> bool:
    """Whether the parts of two templates that no resource shows are the same."""

    def rest(submission: Submission) -> Any:
        body = submission.body
        policies = {
            logical_id: (resource.get("DeletionPolicy"), resource.get("UpdateReplacePolicy"))
            for logical_id, resource in body["Resources"].items()
        }
        return body.get("Outputs", {}), policies

    return bool(rest(old) == rest(new))
