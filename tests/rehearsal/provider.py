"""Makes, changes and deletes one resource in the account, as its type's handlers would."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from access.request import Caller
from tests.rehearsal import naming
from tests.rehearsal.account import Account, AlreadyExistsError, Physical
from tests.rehearsal.authority import Authority, RefusedError, unread_policies
from tests.rehearsal.differences import REFUSALS, UNRESERVED_CONCURRENCY
from tests.rehearsal.naming import UnformedError
from tests.rehearsal.permissions import Handler, calls, files_named
from tests.rehearsal.schema import ABSENT, UnknownTypeError, schema_of, value_at


class FailedError(Exception):
    """A handler failed: the resource was not made, changed or deleted."""


@dataclass(kw_only=True)
class Provider:
    """Acts in an account as somebody: an execution role's session, or whoever asked CloudFormation.

    `decides` is off while a change set is worked out: then nothing is asked of the policies.
    """

    account: Account
    caller: Caller
    context: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    stack_tags: Mapping[str, str] = field(default_factory=dict)
    decides: bool = True

    def planned(self, type_name: str, logical_id: str, stack: str, written: Mapping[str, Any]) -> Physical:
        """What a resource would be, given its properties with every reference resolved."""
        try:
            schema = schema_of(type_name, self.account.home.region)
            seed = self.account.next_seed()
            properties = dict(written)
            if schema.name_property and schema.name_property not in properties:
                properties[schema.name_property] = naming.made_up_name(schema, stack, logical_id, seed)
        except (UnknownTypeError, UnformedError) as error:
            raise FailedError(str(error)) from error
        return Physical(
            type=type_name,
            logical_id=logical_id,
            stack=stack,
            written=written,
            properties=properties,
            seed=seed,
            home=self.account.home,
            tags=self.stack_tags,
        )

    def create(self, physical: Physical) -> None:
        """Let a resource exist. Raises: FailedError naming the first thing that would be refused."""
        self._check(physical)
        self._ask("create", physical, lambda: Authority(self.account, physical, own_policy=False))
        try:
            self.account.add(physical)
        except (AlreadyExistsError, UnformedError) as error:
            raise FailedError(f"{error} (HandlerErrorCode: AlreadyExists)") from error
        self._ask("read", physical, lambda: Authority(self.account))

    def update(self, old: Physical, written: Mapping[str, Any]) -> Physical:
        """Change a resource in place; it keeps its identity."""
        made_up = {key: value for key, value in old.properties.items() if key not in old.written}
        new = replace(old, written=written, properties={**made_up, **written}, tags=self.stack_tags)
        self._check(new)
        self._ask("update", new, lambda: Authority(self.account))
        self._ask("update", old, lambda: Authority(self.account))
        self.account.put(new)
        return new

    def restore(self, new: Physical, old: Physical) -> None:
        """Change a resource back to what it was."""
        self._ask("update", old, lambda: Authority(self.account))
        self.account.put(old)

    def delete(self, physical: Physical) -> None:
        """Let a resource no longer exist. Raises: FailedError when it is refused."""
        for refusal in refusals(physical, self.account):
            raise FailedError(f"{physical}: {refusal}")
        self._ask("delete", physical, lambda: Authority(self.account))
        self.account.remove(physical)

    def replaces(self, old: Physical, written: Mapping[str, Any]) -> bool:
        """Whether a change of properties makes a new resource.

        Raises: FailedError for a property that can be changed only under conditions: nobody can tell.
        """
        new = {**{k: v for k, v in old.properties.items() if k not in old.written}, **written}
        changed = [
            pointer
            for pointer in (*old.schema.create_only, *old.schema.may_be_create_only)
            if _differ(value_at(old.properties, pointer), value_at(new, pointer))
        ]
        if any(pointer in old.schema.create_only for pointer in changed):
            return True
        if changed:
            raise FailedError(f"{old}: whether a change of {'/'.join(changed[0])} replaces it is not known")
        return False

    def _check(self, physical: Physical) -> None:
        faults = physical.schema.faults(physical.written)
        if faults:
            raise FailedError(f"{physical}: {'; '.join(faults)}")
        for unread in unread_policies(physical):
            raise FailedError(unread)
        self._check_files(physical)
        if physical.type == "AWS::Lambda::Function":
            self._check_concurrency(physical)

    def _check_concurrency(self, physical: Physical) -> None:
        """Reserving takes from what the account has, of which a part stays for everybody.

        https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
        """
        asked = physical.properties.get("ReservedConcurrentExecutions")
        if asked is None:
            return
        others = sum(
            other.properties.get("ReservedConcurrentExecutions", 0)
            for other in self.account.of_type(physical.type)
            if other.key != physical.key
        )
        if self.account.concurrency - others - asked < UNRESERVED_CONCURRENCY:
            raise FailedError(
                f"{physical}: Specified ReservedConcurrentExecutions {asked} decreases the account's "
                f"UnreservedConcurrentExecution below its minimum value of [{UNRESERVED_CONCURRENCY}]; "
                f"the account has {self.account.concurrency}"
            )

    def _check_files(self, physical: Physical) -> None:
        for bucket, key in files_named(physical.properties):
            if (bucket, key) not in self.account.objects:
                raise FailedError(f"{physical}: the object s3://{bucket}/{key} does not exist")

    def _ask(self, handler: Handler, physical: Physical, read: Callable[[], Authority]) -> None:
        if not self.decides:
            return
        authority = read()
        try:
            for ask in calls(physical, handler, self.account, self.stack_tags):
                who = Caller.service(ask.service) if ask.service else self.caller
                context = {**({} if ask.service else self.context), **dict(ask.context)}
                authority.demand(
                    who, ask.action, ask.resource, context=context, wildcard_only=ask.wildcard_only
                )
        except (RefusedError, UnformedError) as error:
            raise FailedError(f"{physical}: {error}") from error


def refusals(physical: Physical, account: Account) -> Iterator[str]:
    """Why a service refuses to delete a resource."""
    for refusal in REFUSALS:
        if refusal.type != physical.type:
            continue
        protected = refusal.property and value_at(physical.properties, refusal.property) is True
        if protected or (refusal.holds and physical.key in account.contents):
            yield refusal.why


def _differ(left: Any, right: Any) -> bool:
    if (left is ABSENT) != (right is ABSENT):
        return True
    return left is not ABSENT and left != right
