"""Who comes to a permission in several steps, and the shortest way as a sentence.

A step is proved like any claim: certain when `evaluate` allows a request for it, impossible when no request
is allowed, possible otherwise. So "unreachable" is a proof over all chains of the modelled steps, "reached"
names a chain of confirmed requests, and "unknown" says which step is in doubt. Tags of principals and
resources are free in every step: whoever may set a tag that a condition reads needs no step for it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

from access.claims import Group, Witness
from access.environment import Environment, Principal, Resource
from access.language.policy import parse_policy
from access.place import Place
from access.prove import Answer, Prover, Question
from access.steps import Need, Then, Way, Ways, ways_to_change
from access.symbolic.targets import On

Verdict = Literal["unreachable", "reached", "unknown"]


@dataclass(frozen=True, slots=True)
class Step:
    """One move: in words, with a confirmed request for each permission it takes, or what is in doubt."""

    words: str
    witnesses: tuple[Witness, ...]
    settles: tuple[str, ...] = ()

    @property
    def certain(self) -> bool:
        """Whether every permission of the step is confirmed."""
        return not self.settles


@dataclass(frozen=True, slots=True)
class Reached:
    """How a permission is come to: who starts, and the steps; the last one is the permission itself."""

    verdict: Verdict
    start: Principal | None = None
    steps: tuple[Step, ...] = ()
    settles: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether it is proved that nobody comes to it."""
        return self.verdict == "unreachable"

    def __str__(self) -> str:
        if not self.steps:
            return self.verdict
        first, *rest = (step.words for step in self.steps)
        return ", which ".join([f"{self.start} {first}", *rest])


@dataclass(frozen=True)
class _Node:
    """A principal someone acts as, and what it may do since someone changed its policies."""

    principal: Principal
    then: Then = "as before"


def reach(who: Group, *, can: str | Iterable[str], on: On) -> Reached:
    """The shortest way by which someone of `who` comes to do any of `can` on any of `on`.

    A confirmed way is preferred to a shorter one that is only possible.
    """
    return _Search(who, tuple([can] if isinstance(can, str) else can), on).answer()


@dataclass
class _Search:
    who: Group
    can: tuple[str, ...]
    on: On
    _provers: dict[str, Prover] = field(default_factory=dict)
    _steps: dict[str, tuple[tuple[Step, _Node | None], ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._ways = Ways(self.who.environment)

    def answer(self) -> Reached:
        asked = Question.of(self.who, self.can, self.on, None, None)
        gaps = (*asked.empty, *map(str, self.who.environment.unresolved))
        for certain in (True, False):
            found = self._shortest(only_certain=certain)
            if found is not None:
                start, steps = found
                settles = tuple(dict.fromkeys(cause for step in steps for cause in step.settles))
                return Reached("reached" if certain else "unknown", start, steps, settles)
        return Reached("unknown", settles=gaps) if gaps else Reached("unreachable")

    def _shortest(self, *, only_certain: bool) -> tuple[Principal, tuple[Step, ...]] | None:
        """Breadth first, so that the first way found is a shortest one."""
        front: deque[tuple[Principal, _Node, tuple[Step, ...]]] = deque(
            (principal, _Node(principal), ()) for principal in self.who.principals
        )
        seen: set[str] = set()
        while front:
            start, node, steps = front.popleft()
            if _name(node) in seen:
                continue
            seen.add(_name(node))
            if _name(node) not in self._steps:
                self._steps[_name(node)] = tuple(self._from(node))
            for step, after in self._steps[_name(node)]:
                if only_certain and not step.certain:
                    continue
                if after is None:
                    return start, (*steps, step)
                front.append((start, after, (*steps, step)))
        return None

    def _from(self, node: _Node) -> Iterator[tuple[Step, _Node | None]]:
        """Every step from a node; None stands for the permission that is asked for."""
        goal = Question.of(self._alone(node), self.can, self.on, None, None)
        if (step := self._step(node, f"may {' or '.join(self.can)} {_on(goal)}", [goal])) is not None:
            yield step, None
        for resource in (item for item in goal.on if isinstance(item, Resource)):
            for need in ways_to_change(resource):
                words = f"may change who uses {resource.name} ({need.action})"
                if (step := self._step(node, words, [self._question(node, need)])) is not None:
                    yield step, None
        for to in self.who.environment.principals:
            for way in self._ways.to(to):
                if way.is_open_to(node.principal) and (taken := self._taken(node, way)) is not None:
                    yield taken, _Node(to, way.then)

    def _taken(self, node: _Node, way: Way) -> Step | None:
        questions = [self._question(node, need) for need in way.needs]
        return self._step(node, f"{way.words} {way.to}", questions)

    def _step(self, node: _Node, words: str, questions: list[Question]) -> Step | None:
        """The step when every question may be answered by a request; None when one has none."""
        witnesses: list[Witness] = []
        settles: dict[str, None] = {}
        for question in questions:
            answer = self._best(node, question)
            if answer is None:
                return None
            if answer.witness:
                witnesses.append(answer.witness)
            else:
                settles.update(dict.fromkeys(answer.settles or answer.reasons))
        return Step(words, tuple(witnesses), tuple(settles))

    def _best(self, node: _Node, question: Question) -> Answer | None:
        """A confirmed request, else the doubt about one, else None."""
        prover = self._prover(node)
        doubt: Answer | None = None
        for case in prover.cases(question):
            answer = prover.answer(case, question)
            if answer.witness:
                return answer
            if answer.reasons:
                doubt = doubt or answer
        return doubt

    def _question(self, node: _Node, need: Need) -> Question:
        return Question.of(self._alone(node), need.action, need.on, need.given, None)

    def _alone(self, node: _Node) -> Group:
        prover = self._prover(node)
        alike = tuple(p for p in prover.environment.principals if _same(p, node.principal))
        return Group(prover.environment, alike, str(node.principal))

    def _prover(self, node: _Node) -> Prover:
        key = "" if node.then == "as before" else _name(node)
        if key not in self._provers:
            environment = self.who.environment
            self._provers[key] = Prover(_changed(environment, node) if key else environment)
        return self._provers[key]


def _changed(environment: Environment, node: _Node) -> Environment:
    """The environment in which the policies of a principal were changed so that they allow everything."""
    everything = parse_policy(
        {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}},
        place=Place(), kind="identity", name=f"what was put on {node.principal}",
    )  # fmt: skip
    changed = tuple(
        replace(p, identity=(everything,), boundaries=None if node.then == "freely" else p.boundaries)
        if _same(p, node.principal)
        else p
        for p in environment.principals
    )
    return replace(environment, principals=changed)


def _same(one: Principal, other: Principal) -> bool:
    return (one.kind, one.arn) == (other.kind, other.arn)


def _name(node: _Node) -> str:
    return f"{node.principal.kind} {node.principal.arn} {node.then}"


def _on(question: Question) -> str:
    return " or ".join(item if isinstance(item, str) else item.name for item in question.on)
