"""Questions about everybody and every request: one environment's templates, put to the access prover."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path

from access.claims import Group, Proof, everyone
from access.environment import Endpoint, Environment, Resource
from access.errors import AccessError
from access.load import load
from access.prove import Prover, Question
from access.request import Request
from policies.assembly import Assembly
from policies.finding import Finding
from policies.node import UnresolvedError
from policies.verdict import HOLDS, broken, cannot_tell

Qualifier = Mapping[str, object]
"""A condition block, or a statement's Action, NotAction, Resource and Condition, as policies write them."""


@dataclass(frozen=True)
class Access:
    """Who may do what in one environment; every answer is over all requests of all principals it names."""

    name: str
    environment: Environment
    places: Mapping[tuple[str, str], str]
    prover: Prover = field(repr=False)
    answers: dict[object, Proof] = field(repr=False)

    @cached_property
    def everyone(self) -> Group:
        """Every principal: those of the templates, root, strangers of this and other accounts, nobody."""
        return everyone(self.environment)

    @cached_property
    def functions(self) -> Group:
        """The roles that functions run under. Raises: UnresolvedError when one is not of these stacks."""
        return self.roles("functions", [f.properties["Role"] for f in self.all("AWS::Lambda::Function")])

    def roles(self, name: str, arns: Iterable[object]) -> Group:
        """The principals with these ARNs. Raises: UnresolvedError when one is not made by these stacks."""
        wanted = set(map(str, arns))
        found = self.everyone.where(lambda principal: principal.arn in wanted, name)
        if missing := wanted - {principal.arn for principal in found.principals}:
            raise UnresolvedError(f"{self.name}: {', '.join(sorted(missing))} is not made by these stacks")
        return found

    def all(self, *types: str) -> tuple[Resource, ...]:
        """Every resource of these CloudFormation types."""
        return tuple(resource for resource in self.environment.resources if resource.type in types)

    def nobody(
        self,
        check: str,
        who: Group,
        on: Resource,
        *,
        can: Iterable[str] = (),
        given: Qualifier | None = None,
        unless: Qualifier | None = None,
    ) -> Iterator[Finding]:
        """HOLDS when proved for all requests, BROKEN with a request that shows it, or CANNOT_TELL.

        Without `can` the question is every action that concerns the resource or what lies in it. A broken
        promise is reported at every statement that lets the request through.
        """
        if not who.principals:
            yield Finding(check, self._place(on), cannot_tell(f"nobody was asked about: no {who.name}"))
            return
        proof = self._ask(who, on, tuple(can) or _everything(on), given, unless)
        if proof.verdict == "proved":
            yield Finding(check, self._place(on), HOLDS)
        elif proof.verdict == "refuted":
            yield from self._refuted(check, proof, on)
        else:
            settled_by = f"; it would be settled by {', '.join(proof.settles)}" if proof.settles else ""
            yield Finding(check, self._place(on), cannot_tell(f"{proof.counterexample}{settled_by}"))

    def nobody_passes(
        self, check: str, endpoint: Endpoint, *, can: str, given: Qualifier, unless: Qualifier
    ) -> Finding:
        """The same of whoever calls through one VPC endpoint, and of resources of every account."""
        place = self.places.get((endpoint.place.file, endpoint.place.logical_id), str(endpoint.place))
        within = {**_elements(given), "Condition": {"StringEquals": {"aws:SourceVpce": endpoint.id}}}
        question = Question.of(self.everyone, can, "*", within, unless)
        proof = self.prover.nobody(question, f"through {place}")
        if proof.verdict == "proved":
            return Finding(check, place, HOLDS)
        say = broken if proof.verdict == "refuted" else cannot_tell
        return Finding(check, place, say(proof.counterexample))

    def somebody(self, check: str, who: Group, on: Resource, *, can: str) -> Finding:
        """CANNOT_TELL when it is proved that no request is allowed at all: then the promise says nothing."""
        if self._ask(who, on, (can,), None, None).verdict == "proved":
            return Finding(check, self._place(on), cannot_tell(f"{who.name} are never allowed {can} at all"))
        return Finding(check, self._place(on), HOLDS)

    def example(self, who: Group, on: Resource, *, can: str) -> Request | None:
        """A request that is allowed, when the prover knows one."""
        witness = self._ask(who, on, (can,), None, None).witness
        return witness.request if witness else None

    def _ask(
        self,
        who: Group,
        on: Resource,
        can: tuple[str, ...],
        given: Qualifier | None,
        unless: Qualifier | None,
    ) -> Proof:
        within = {"Resource": _forms(on), **(_elements(given) if given else {})}
        question = (tuple((p.kind, p.arn) for p in who.principals), on.arn, can, repr(within), repr(unless))
        if question not in self.answers:
            self.answers[question] = self.prover.nobody(Question.of(who, can, on, within, unless), f"on {on}")
        return self.answers[question]

    def _refuted(self, check: str, proof: Proof, on: Resource) -> Iterator[Finding]:
        for witness in proof.counterexamples:
            # An endpoint's policy only narrows what others allow.
            deciding = (ref for ref in witness.decision.deciding if ref.layer != "endpoint")
            statements = (ref.statement.place for ref in deciding)
            spots = {(place.file, place.logical_id) for place in statements}
            for place in sorted(self.places[s] for s in spots if s in self.places) or [self._place(on)]:
                yield Finding(check, place, broken(str(witness)))

    def _place(self, resource: Resource) -> str:
        spot = (resource.place.file, resource.place.logical_id)
        return self.places.get(spot, f"{self.name}:{resource.name}")


def access_of(assembly: Assembly) -> Access:
    """What the access prover makes of an environment's templates, as they are now.

    Raises: UnresolvedError when CloudFormation would not take them.
    """
    bodies = tuple((t.path.name, json.dumps(t.body)) for t in assembly.templates)
    environment, prover, answers = _loaded(assembly.templates[0].path.parent, bodies)
    places = {(r.template.path.name, r.logical_id): r.place for r in assembly.resources}
    return Access(assembly.name, environment, places, prover, answers)


@lru_cache(maxsize=8)
def _loaded(
    folder: Path, bodies: tuple[tuple[str, str], ...]
) -> tuple[Environment, Prover, dict[object, Proof]]:
    """Load templates as the assembly in this folder would deploy them.

    The same text is loaded once, and promises that ask the same of it share the answer.
    """
    with tempfile.TemporaryDirectory() as name:
        copy = Path(name)
        for file in folder.glob("*.assets.json"):
            shutil.copy(file, copy)
        manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
        ours = {file_name.removesuffix(".template.json") for file_name, _ in bodies}
        manifest["artifacts"] = {
            artifact_id: artifact
            for artifact_id, artifact in manifest["artifacts"].items()
            if artifact_id.removesuffix(".assets") in ours
        }
        (copy / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
        for file_name, text in bodies:
            (copy / file_name).write_text(text, encoding="utf-8")
        try:
            environment = load(copy, relative=True)
        except AccessError as cause:
            raise UnresolvedError(str(cause)) from cause
    return environment, Prover(environment), {}


def _everything(on: Resource) -> tuple[str, ...]:
    service = on.arn.split(":")[2]
    return ("iam:*", "sts:*") if service == "iam" else (f"{service}:*",)


def _forms(on: Resource) -> list[str]:
    """The resource and what lies in it; an action that AWS authorizes on `*` alone concerns neither."""
    arn = on.arn.removesuffix(":*")
    return [arn, f"{arn}/*", f"{arn}:*"]


def _elements(given: Qualifier) -> Qualifier:
    return given if {"Action", "NotAction", "Resource", "Condition"} & given.keys() else {"Condition": given}
