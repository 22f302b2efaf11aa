"""Proves for all requests that nobody of a group may do something, or shows one request that may.

The claim is turned round: is there a request, of any of these principals, that AWS allows and that no
exception covers? Every cell (caller, action, resources with the same policies) becomes a formula. A formula
without a model has no such request. A model is made concrete and put to `evaluate`; only what that allows
refutes a claim. Whatever is neither is unknown, with the reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain

from access.claims import Group, Proof, Witness, action_classes, everyone, knows_no_resources, qualifier
from access.deciding.match import Asked
from access.deciding.match import applies as surely_applies
from access.decision import Decision, Outcome, PolicySet
from access.environment import Environment, Principal, Resource
from access.evaluate import evaluate
from access.language.statement import Statement
from access.replayed import Replayed
from access.request import Caller, Context, Request
from access.symbolic.cells import endpoints_used, facts, one_resource, request, statements
from access.symbolic.domains import Key
from access.symbolic.formula import Cell, allowed, applies
from access.symbolic.logic import FALSE, TRUE, Formula, all_of, atoms, negation
from access.symbolic.patterns import Text
from access.symbolic.questions import Facts, Some
from access.symbolic.solve import Model, models
from access.symbolic.symbols import TooManyClasses
from access.symbolic.targets import On, Target, targets

MODELS_TRIED = 12
"""Models of one formula that are put to `evaluate` before the answer is unknown."""


def nobody(
    who: Group,
    *,
    can: str | Iterable[str],
    on: On,
    given: Mapping[str, object] | None = None,
    unless: Mapping[str, object] | None = None,
) -> Proof:
    """Whether no principal of `who` may do any of the actions `can` on any of the resources `on`.

    `given` and `unless` are condition blocks, or statements with Resource and Condition, as policies write
    them: only requests that match `given` count, and none that match `unless`.
    """
    question = Question.of(who, can, on, given, unless)
    claim = f"nobody of {who.name} can {', '.join(question.can)} on {_named(question.on)}"
    claim += f" given {dict(given)}" if given else ""
    claim += f" unless {dict(unless)}" if unless else ""
    return Prover(who.environment).nobody(question, claim)


def only(who: Group, *, can: str | Iterable[str], on: On, given: Mapping[str, object] | None = None) -> Proof:
    """Whether nobody but `who` may do any of the actions `can` on any of the resources `on`."""
    others = everyone(who.environment).but(who, f"everyone but {who.name}")
    return nobody(others, can=can, on=on, given=given)


@dataclass(frozen=True)
class Question:
    """A claim's parts, read."""

    who: Group
    can: tuple[str, ...]
    on: tuple[str | Resource | Target, ...]
    given: Statement | None
    unless: Statement | None

    @classmethod
    def of(
        cls,
        who: Group,
        can: str | Iterable[str],
        on: On,
        given: Mapping[str, object] | None,
        unless: Mapping[str, object] | None,
    ) -> Question:
        """Read what a person writes. Raises: PolicyError, AccessError."""
        return cls(
            who,
            (can,) if isinstance(can, str) else tuple(can),
            (on,) if isinstance(on, str | Resource | Target) else tuple(on),
            qualifier(given, "given") if given else None,
            qualifier(unless, "unless") if unless else None,
        )

    @property
    def empty(self) -> Iterator[str]:
        """The parts that name nothing, about which everything would be true."""
        if not self.who.principals:
            yield f"{self.who.name} has no principal"
        if not self.can:
            yield "there is no action"
        if not self.on:
            yield "there is no resource"


@dataclass(frozen=True)
class Answer:
    """What is known of one cell: a witness, or why nothing is known; neither means nothing is allowed."""

    witness: Witness | None = None
    reasons: tuple[str, ...] = ()
    settles: tuple[str, ...] = ()


@dataclass(frozen=True)
class Case:
    """One cell of a question: `may` is when AWS allows it, `breaks` when that contradicts the claim."""

    principal: Principal
    cell: Cell
    place: Target
    may: Formula
    breaks: Formula


@dataclass
class Prover:
    """Answers questions about one environment, each formula once."""

    environment: Environment
    _found: dict[object, Replayed[Model]] = field(default_factory=dict)

    def nobody(self, question: Question, claim: str) -> Proof:
        """The verdict over all cells of a question."""
        witnesses: dict[int, Witness] = {}
        reasons: dict[str, None] = {}
        settles: dict[str, None] = {}
        for case in self.cases(question):
            if id(case.principal) in witnesses:
                continue
            answer = self.answer(case, question)
            if answer.witness:
                witnesses[id(case.principal)] = answer.witness
            reasons.update(dict.fromkeys(answer.reasons))
            settles.update(dict.fromkeys(answer.settles))
        for empty in question.empty:
            reasons[f"{empty}, so that the claim says nothing"] = None
            settles[f"{empty}: name at least one"] = None
        for gap in self.environment.unresolved:
            reasons[f"the model lacks {gap}"] = None
            settles[str(gap)] = None
        if witnesses:
            return Proof(claim, "refuted", tuple(witnesses.values()), tuple(reasons), tuple(settles))
        return Proof(claim, "unknown" if reasons else "proved", (), tuple(reasons), tuple(settles))

    def cases(self, question: Question) -> Iterator[Case]:
        """Every cell that is not plainly harmless."""
        places = tuple(targets(self.environment, question.on))
        for principal in question.who.principals:
            for caller, assumed in question.who.callers(principal):
                yield from self._cells_of(principal, caller, assumed, places, question)

    def answer(self, case: Case, question: Question) -> Answer:
        """Whether some request breaks the claim, and what `evaluate` says to it."""
        cell = case.cell
        reasons: dict[str, None] = {}
        settles: dict[str, None] = {}
        try:
            for model in self._models(case.breaks, cell.facts):
                asked = request(cell, model)
                settles.update(dict.fromkeys(item.cause for item in model.open))
                if asked is None:
                    reasons[f"{cell.caller} {cell.action}: the conditions ask for values not found"] = None
                    continue
                decision = self._decision(case, asked)
                if decision.outcome is Outcome.ALLOW and _counts(question, asked):
                    asked = self._simplest(case, asked, question)
                    return Answer(Witness(case.principal, asked, self._decision(case, asked)))
                why = "; ".join(decision.unknown) or f"evaluate answers {decision.outcome}"
                reasons[f"{asked}: {why}"] = None
        except TooManyClasses as limit:
            reasons[f"{cell.caller} {cell.action}: a limit of the proof was reached, {limit}"] = None
            settles["fewer wildcards among the values of one condition key"] = None
        return Answer(None, tuple(reasons), tuple(settles or reasons))

    def is_certain(self, case: Case) -> bool:
        """Whether every request of the cell is allowed."""
        try:
            return next(models(negation(case.breaks), case.cell.facts, limit=1), None) is None
        except TooManyClasses:
            return False

    def _simplest(self, case: Case, asked: Request, question: Question) -> Request:
        """The witness without the keys it does not need: what is left is what lets the request through."""
        for name in tuple(asked.context):
            rest = {key: values for key, values in asked.context.items() if key != name}
            smaller = replace(asked, context=Context(rest))
            if self._decision(case, smaller).outcome is Outcome.ALLOW and _counts(question, smaller):
                asked = smaller
        return asked

    def _cells_of(
        self,
        principal: Principal,
        caller: Caller,
        assumed: Mapping[str, Key],
        places: tuple[Target, ...],
        question: Question,
    ) -> Iterator[Case]:
        # An action that names no resource acts in the account of the caller: that must be one we ask about.
        everywhere = Target(one_resource("*"), "*", principal.account)
        asked_about = {place.account for place in places} & {principal.account, ""}
        for place in (*places, everywhere) if asked_about else places:
            policies = self._policies(principal, place)
            for action in action_classes(question.can, _statements(policies, question)):
                if knows_no_resources(action) is (place is everywhere):
                    case = self._case(principal, caller, assumed, action, place, question)
                    if case.breaks != FALSE:
                        yield case

    def _case(
        self,
        principal: Principal,
        caller: Caller,
        assumed: Mapping[str, Key],
        action: str,
        place: Target,
        question: Question,
    ) -> Case:
        policies = self._policies(principal, place, action)
        endpoints = self.environment.endpoints
        at_endpoints = (endpoint.policy.statements for endpoint in endpoints)
        known = facts(
            caller,
            place.key,
            resource_account=place.account,
            statements=chain(_statements(policies, question), *at_endpoints),
            assumed=assumed,
        )
        cell = Cell(caller, action, known, place.account, place.arn == "*")
        may = allowed(cell, policies)
        if may == FALSE:
            return Case(principal, cell, place, FALSE, FALSE)
        through_endpoint = allowed(cell, policies, endpoints_used(endpoints, cell))
        given = applies(question.given, cell) if question.given else TRUE
        excepted = applies(question.unless, cell) if question.unless else FALSE
        return Case(principal, cell, place, may, all_of([through_endpoint, given, negation(excepted)]))

    def _policies(
        self, principal: Principal, place: Target, action: str = "", context: Context | None = None
    ) -> PolicySet:
        found = self.environment.policies_for(principal, place.arn, action=action, context=context)
        return replace(found, resource=None) if place.new else found

    def _decision(self, case: Case, asked: Request) -> Decision:
        """What `evaluate` says, as the environment puts it unless the resource is yet to be made."""
        if not case.place.new:
            return self.environment.evaluate(asked)
        return evaluate(asked, self._policies(case.principal, case.place, asked.action, asked.context))

    def _models(self, formula: Formula, known: Facts) -> Iterator[Model]:
        """The models of a formula, found once for all cells that share it. Raises: TooManyClasses."""
        key = (formula, tuple((name, known.key(name)) for name in _keys(formula)))
        if key not in self._found:
            # Only a search that could be set up is kept: a limit that was met must be met again.
            self._found[key] = Replayed(models(formula, known, limit=MODELS_TRIED))
        return iter(self._found[key])


def _statements(policies: PolicySet, question: Question) -> Iterator[Statement]:
    """Whatever tells requests apart."""
    yield from statements(policies)
    yield from (qualifier for qualifier in (question.given, question.unless) if qualifier)


def _keys(formula: Formula) -> list[str]:
    """The keys a formula asks about, those of variables included."""
    keys: dict[str, None] = {}
    for label in (atom.label for atom in atoms(formula)):
        if isinstance(label, Some):
            keys[label.key] = None
            for pattern in label.patterns:
                keys.update((hole.key, None) for hole in (pattern.holes if isinstance(pattern, Text) else ()))
    return list(keys)


def _counts(question: Question, asked: Request) -> bool:
    """Whether a request is surely one that the claim speaks of."""
    read = Asked(asked)
    given = question.given is None or surely_applies(question.given, read) is True
    return given and (question.unless is None or surely_applies(question.unless, read) is False)


def _named(on: tuple[str | Resource | Target, ...]) -> str:
    return ", ".join(item if isinstance(item, str) else item.name for item in on)
