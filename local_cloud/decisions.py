"""Decides the calls that the gate saw as AWS would, with the policies of the assembly.

The calls that S3 and DynamoDB make to KMS in the caller's name are decided too: without them a call fails.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from access.deciding.match import Asked, action_matches, resource_matches
from access.deciding.principal import Reach, reach
from access.decision import Decision, Outcome, PolicySet
from access.environment import Environment
from access.evaluate import evaluate
from access.language.policy import Policy, parse_policy
from access.language.statement import Effect, Statement
from access.load import load
from access.place import Place
from access.request import Context, Request
from access.templates.template import parse_json
from local_cloud.errors import LocalCloudError
from local_cloud.gate.call import Access, Call
from local_cloud.gate.implied import implied_calls
from local_cloud.gate.keys import can_tell

Names = Mapping[tuple[str, str], Mapping[str, str]]
"""What the run gave for `Ref` and each attribute of every resource, by the stack's name and logical id."""

_VARIABLE = re.compile(r"\$\{([^},]+)")


class NotOfTheAssembly(LocalCloudError):
    """A call names a role, resource or endpoint that the templates do not make: nothing can be said of it."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """One access of a call and AWS's decision; `made_by` is the service that asks in the caller's name."""

    access: Access
    decision: Decision
    made_by: str = ""

    def __str__(self) -> str:
        by = f" (made by {self.made_by})" if self.made_by else ""
        why = [*map(str, self.decision.deciding), *self.decision.missing, *self.decision.unknown]
        return (
            f"{self.access.action} on {self.access.resource}{by} is {self.decision.outcome}: {'; '.join(why)}"
        )


@dataclass(frozen=True, kw_only=True)
class DecidedCall:
    """A call with the decision on each part of it; it succeeds only when every part is allowed."""

    call: Call
    parts: tuple[Part, ...]
    unknown: tuple[str, ...] = ()

    @property
    def allowed(self) -> bool:
        """Whether AWS allows every part; a part that nobody knows is not allowed."""
        return bool(self.parts) and not self.unknown and all(part.decision.allowed for part in self.parts)

    @property
    def denied(self) -> bool:
        """Whether AWS surely refuses a part, whatever is not known of the others."""
        return bool(self.denials)

    @property
    def denials(self) -> tuple[Part, ...]:
        """The parts that AWS refuses."""
        return tuple(part for part in self.parts if part.decision.outcome in _DENIED)

    @property
    def reason(self) -> str:
        """What stands in the way, empty for an allowed call."""
        if self.allowed:
            return ""
        doubts = [str(part) for part in self.parts if part.decision.outcome is Outcome.UNKNOWN]
        found = [str(part) for part in self.denials] or [*doubts, *self.unknown] or ["it asks for nothing"]
        return f"{self.call.operation} by {self.call.principal}: {' | '.join(found)}"


_DENIED = (Outcome.EXPLICIT_DENY, Outcome.IMPLICIT_DENY)


class Decider:
    """Decides calls under the templates of one assembly, called as the run called everything."""

    def __init__(self, environment: Environment) -> None:
        """`environment` must have been loaded with the names of the run."""
        self._environment = environment

    @classmethod
    def of(cls, assembly: Path, names: Names) -> Decider:
        """Load an assembly, in about a second. Raises: AccessError when the run was made of another."""
        return cls(load(assembly, returned=names, relative=True))

    def decide(self, call: Call) -> DecidedCall:
        """Return AWS's decision on a call. Raises: NotOfTheAssembly."""
        context = Context(call.context)
        parts = [
            Part(access=access, decision=self._decide(call, access, context.with_defaults(access.context)))
            for access in (replace(each, context=Context(each.context)) for each in call.accesses)
        ]
        implied = implied_calls(call, self._environment)
        for made in implied.calls:
            decision = self._decide(call, made.access, Context(made.access.context), direct=False)
            parts.append(Part(access=made.access, decision=decision, made_by=made.service))
        return DecidedCall(call=call, parts=tuple(parts), unknown=implied.unknown)

    def refusal(self, call: Call) -> str | None:
        """Return why AWS would refuse a call, or None; what the gate takes as `decide`.

        A call that names what the templates do not make is refused too.
        """
        try:
            return self.decide(call).reason or None
        except NotOfTheAssembly as error:
            return str(error)

    def _decide(self, call: Call, access: Access, context: Context, *, direct: bool = True) -> Decision:
        environment, caller = self._environment, call.caller
        principal = environment.principal(caller.principal_arn)
        if principal is None and caller.kind != "anonymous":
            raise NotOfTheAssembly(f"{call.operation}: the assembly has no principal {caller.principal_arn}")
        if environment.resource(access.resource) is None:
            raise NotOfTheAssembly(f"{call.operation}: the assembly has no resource {access.resource}")
        request = Request(
            caller=caller,
            action=access.action,
            resource=access.resource,
            resource_account=environment.account_of(access.resource),
            context=context,
        )
        asked_by = principal or next(each for each in environment.principals if each.kind == "anonymous")
        policies = environment.policies_for(
            asked_by, access.resource, action=access.action, context=request.context
        )
        if "aws:sourcevpce" in context and policies.endpoint is None:
            raise NotOfTheAssembly(
                f"{call.operation}: the assembly has no endpoint {context['aws:sourcevpce'][0]}"
            )
        if call.session_policy is not None:
            policies = replace(policies, session=(_session_policy(call.session_policy),))
        untold = tuple(_untold(request, policies, call, direct=direct))
        return _with_doubts(evaluate(request, policies), untold)


def _session_policy(document: str) -> Policy:
    place = Place("session policy")
    return parse_policy(parse_json(document, place), place=place, kind="session", name="session policy")


def _untold(
    request: Request, policies: PolicySet, call: Call, *, direct: bool
) -> Iterator[tuple[Statement, str]]:
    """Yield the statements about this caller, action and resource with a key that the gate cannot tell."""
    asked = Asked(request)
    for statement in _statements(policies):
        if action_matches(statement.action, asked.action) is False:
            continue
        if resource_matches(statement, asked) is False:
            continue
        if _allows_others_only(statement, asked):
            continue
        for key in sorted(_keys(statement)):
            if not can_tell(key, request.action, request.context, call, direct=direct):
                yield statement, key


def _allows_others_only(statement: Statement, asked: Asked) -> bool:
    """Whether this surely grants nothing to the caller; a Deny is never left out."""
    named, caller = statement.principals, asked.request.caller
    if named is None or statement.effect is not Effect.ALLOW:
        return False
    return reach(named, statement.effect, caller, asked.context) == (Reach.NONE, False)


def _statements(policies: PolicySet) -> Iterator[Statement]:
    levels = (*(policies.scps or ()), *(policies.rcps or ()))
    for policy in (
        *policies.identity,
        *(policies.boundaries or ()),
        *(policies.session or ()),
        *((policies.resource,) if policies.resource else ()),
        *(policies.endpoint or ()),
        *(policy for level in levels for policy in level.policies),
    ):
        yield from policy.statements


def _keys(statement: Statement) -> set[str]:
    """Every condition key of a statement, those inside `${…}` included, in lower case."""
    resources = statement.resource.patterns if statement.resource else ()
    texts = [*resources, *(value for condition in statement.conditions for value in condition.values)]
    variables = (name.strip().lower() for text in texts for name in _VARIABLE.findall(text))
    return {condition.key.lower() for condition in statement.conditions} | {
        name for name in variables if name not in ("*", "?", "$")
    }


def _with_doubts(decision: Decision, untold: Iterable[tuple[Statement, str]]) -> Decision:
    """The decision, or UNKNOWN when a key that the gate cannot tell could have changed it."""
    doubts = {id(statement): (statement, key) for statement, key in untold}
    deciding = {id(ref.statement) for ref in decision.deciding}
    if decision.outcome is Outcome.EXPLICIT_DENY:
        open_ones = [doubts[each] for each in deciding & doubts.keys()] if deciding <= doubts.keys() else []
    elif decision.outcome is Outcome.ALLOW:
        open_ones = [d for key, d in doubts.items() if key in deciding or d[0].effect is not Effect.ALLOW]
    else:
        open_ones = [d for d in doubts.values() if d[0].effect is not Effect.DENY]
    if not open_ones:
        return decision
    told = tuple(f"{statement} asks for {key}, which the gate cannot tell" for statement, key in open_ones)
    return Decision(Outcome.UNKNOWN, unknown=(*decision.unknown, *dict.fromkeys(told)))
