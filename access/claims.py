"""Claims about an environment: who, which actions, which resources, and under which exceptions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from access.actions import action_info, expand
from access.decision import Decision
from access.environment import Environment, Principal
from access.errors import AccessError
from access.language.policy import parse_policy
from access.language.statement import Effect, Statement
from access.place import Place
from access.request import Caller, Request
from access.symbolic.cells import texts
from access.symbolic.domains import FREE, Key
from access.symbolic.formula import covers_action

Verdict = Literal["proved", "refuted", "unknown"]

_ANY_NAME = (":role/another-principal", ":role/stranger")
"""How the environment names a principal that stands for any that no template makes."""

_ELEMENTS = frozenset({"Action", "NotAction", "Resource", "NotResource", "Condition"})


@dataclass(frozen=True, slots=True)
class Witness:
    """A request that shows a claim to be false, and the decision of `evaluate` that allows it."""

    principal: Principal
    request: Request
    decision: Decision

    def __str__(self) -> str:
        context = ", ".join(f"{key}={' + '.join(values)}" for key, values in self.request.context.items())
        by = "; ".join(map(str, self.decision.deciding))
        return f"{self.principal}: {self.request}{f' with {context}' if context else ''}, allowed by {by}"


@dataclass(frozen=True, slots=True)
class Proof:
    """What is known of a claim for all requests.

    `counterexamples`: for a refuted claim, one witness for each principal that breaks it. `reasons`: why it
    is unknown. `settles`: what would settle it.
    """

    claim: str
    verdict: Verdict
    counterexamples: tuple[Witness, ...] = ()
    reasons: tuple[str, ...] = ()
    settles: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether the claim is proved; an unknown one is not."""
        return self.verdict == "proved"

    @property
    def witness(self) -> Witness | None:
        """The first counterexample."""
        return next(iter(self.counterexamples), None)

    @property
    def counterexample(self) -> str:
        """The first counterexample, or why there is no verdict, as a sentence."""
        return str(self.witness) if self.witness else "; ".join(self.reasons)

    def __str__(self) -> str:
        return f"{self.verdict}: {self.claim}" + (f" ({self.counterexample})" if not self.holds else "")


@dataclass(frozen=True)
class Group:
    """Some of the principals of an environment."""

    environment: Environment
    principals: tuple[Principal, ...]
    name: str = "these principals"

    def where(self, chosen: Callable[[Principal], bool], name: str = "") -> Group:
        """Those of the group for whom `chosen` is true."""
        return Group(self.environment, tuple(filter(chosen, self.principals)), name or self.name)

    def but(self, other: Group | Iterable[Principal], name: str = "") -> Group:
        """The group without those of another."""
        gone = {id(p) for p in (other.principals if isinstance(other, Group) else other)}
        return self.where(lambda p: id(p) not in gone, name)

    def callers(self, principal: Principal) -> Iterator[tuple[Caller, Mapping[str, Key]]]:
        """How a principal can show itself, with what is known of its keys beyond that.

        A role by any session, also by one that some policy names. A principal outside the set by any name, so
        that a condition on `aws:PrincipalArn` or `aws:PrincipalAccount` does not rule it out by chance.
        """
        if principal.arn.endswith(_ANY_NAME):
            named = [p.arn for p in self.environment.principals if not p.arn.endswith(_ANY_NAME)]
            yield principal.caller, _of_any_name(principal, named, self.environment.accounts)
            return
        if principal.kind != "role":
            yield principal.caller, {}
            return
        known = {"aws:federatedprovider": _providers(principal)}
        yield principal.caller, known
        prefix = f":assumed-role/{principal.arn.rsplit('/', 1)[-1]}/"
        for name in sorted(self._named_sessions()):
            if prefix in name and f":{principal.account}:" in name:
                yield Caller.session(principal.arn, name.rsplit("/", 1)[-1]), known

    def _named_sessions(self) -> frozenset[str]:
        policies = [r.policy for r in self.environment.resources]
        policies += [p.trust for p in self.environment.principals]
        return frozenset(
            pattern.value
            for policy in policies
            for statement in (policy.statements if policy else ())
            for pattern in (statement.principals.patterns if statement.principals else ())
            if ":assumed-role/" in pattern.value and "*" not in pattern.value
        )


def _providers(role: Principal) -> Key:
    """The identity providers a session of a role can have come from: those that its trust names, or none.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
    """
    trusts = [
        s.principals for s in (role.trust.statements if role.trust else ()) if s.effect is not Effect.DENY
    ]
    if role.trust is None or any(p is None or p.open or p.negated for p in trusts):
        return FREE
    named = {
        pattern.value for p in trusts if p for pattern in p.patterns if pattern.type in ("Federated", "*")
    }
    return FREE if any("*" in name for name in named) else Key(choices=tuple(sorted(named)))


def _of_any_name(principal: Principal, known: list[str], accounts: Iterable[str]) -> Mapping[str, Key]:
    """The keys of any principal of an account, or of any account outside the set, that no template makes."""
    own = tuple(accounts)
    if principal.account in own:
        return {"aws:principalarn": texts([f"arn:aws*:iam::{principal.account}:role/?*"], known)}
    return {
        "aws:principalarn": texts(["arn:aws*:iam::????????????:role/?*"], [f"*:{a}:*" for a in own]),
        "aws:principalaccount": texts(["????????????"], own),
        # A role can trust only the identity providers of its own account.
        "aws:federatedprovider": replace(texts(["*"], [f"*:{a}:*" for a in own]), required=False),
    }


def everyone(environment: Environment) -> Group:
    """Every principal of an environment, with root users, strangers, services and the anonymous."""
    return Group(environment, environment.principals, "everyone")


def qualifier(body: Mapping[str, object], name: Literal["given", "unless"]) -> Statement:
    """A condition block, or a statement's Action, Resource and Condition, as a statement to compare with.

    Raises: PolicyError when it could not stand in a policy.
    """
    elements = dict(body) if _ELEMENTS & body.keys() else {"Condition": dict(body)}
    # Whatever of it cannot be told counts as not given, and as excepted, where the prover is cautious.
    effect = "Allow" if name == "given" else "Deny"
    statement = {"Effect": effect, **({"Action": "*"} if "NotAction" not in elements else {}), **elements}
    document = {"Version": "2012-10-17", "Statement": statement}
    return parse_policy(document, place=Place(name), kind="identity", name=name).statements[0]


def action_classes(can: Iterable[str], statements: Iterable[Statement]) -> list[str]:
    """One real action for each class that the policies tell apart, out of those that `can` names.

    Raises: AccessError when one of `can` is no action and covers none.
    """
    elements = frozenset((statement.action.patterns, statement.action.maybe) for statement in statements)
    return list(_classes(tuple(can), elements))


@lru_cache(maxsize=4096)
def _classes(
    can: tuple[str, ...], elements: frozenset[tuple[tuple[str, ...], tuple[str, ...]]]
) -> tuple[str, ...]:
    ordered = sorted(elements)
    classes: dict[tuple[object, ...], str] = {}
    for asked in can:
        found = expand(asked)
        if not found:
            # A slip of the pen would otherwise prove that nobody can.
            raise AccessError(f"found no action that {asked!r} covers, expected a service's action")
        for action in found:
            # What a statement says of an action is whether it covers it for certain, and whether it may.
            seen = tuple(
                any(covers_action(pattern, action) for pattern in patterns)
                for element in ordered
                for patterns in element
            )
            # Services differ in which policies bind them, and some actions know no resources.
            classes.setdefault((action.partition(":")[0].lower(), knows_no_resources(action), *seen), action)
    return tuple(classes.values())


def knows_no_resources(action: str) -> bool:
    """Whether AWS authorizes the action on `*` and on nothing narrower."""
    info = action_info(action)
    return info is not None and info.wildcard_only
