"""`python -m access`: who may do what under a set of CloudFormation templates, on the command line."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence

from access import naming
from access.claims import Group, everyone
from access.environment import Environment, Resource
from access.errors import AccessError, quoted
from access.load import load
from access.report import Report

# What each exit status says; the README of a pipeline needs no more.
EXIT_CODES = {
    0: "proved, allowed, unreachable, not widened, all cases pass",
    1: "refuted, denied, reached, widened, a case fails",
    2: "the input or the question cannot be read",
    3: "not known: something that is not in the templates could change the answer",
}


def load_verb(arguments: argparse.Namespace, report: Report) -> int:
    """Say what a set of templates holds, and what is missing from it."""
    report.environment(_environment(arguments))
    return 0


def who_can_verb(arguments: argparse.Namespace, report: Report) -> int:
    """List who may do an action on a resource, and under which condition."""
    from access.who_can import who_can

    environment = _environment(arguments)
    matrices = {
        str(on): who_can(environment, arguments.action, on)
        for on in naming.resources(environment, arguments.resource)
    }
    report.matrices(arguments.action, matrices, denied_too=arguments.all)
    return 3 if any(row.may == "unknown" for rows in matrices.values() for row in rows) else 0


def explain_verb(arguments: argparse.Namespace, report: Report) -> int:
    """Say why one request is allowed or denied."""
    from access.decision import Outcome
    from access.explain import explain
    from access.request import Context, Request

    environment = _environment(arguments)
    principal = naming.one_principal(environment, arguments.principal)
    arn = naming.one_resource(environment, arguments.resource)
    context = Context(_pairs(arguments.context))
    asked = Request(principal.caller, arguments.action, arn, environment.account_of(arn), context)
    explained = explain(
        asked, environment.policies_for(principal, arn, action=arguments.action, context=context)
    )
    report.explanation(explained)
    outcome = explained.decision.outcome
    return 3 if outcome is Outcome.UNKNOWN else 0 if outcome is Outcome.ALLOW else 1


def prove_verb(arguments: argparse.Namespace, report: Report) -> int:
    """Prove for all requests that nobody of a group, or only it, may do something; or show a witness."""
    from access.prove import nobody, only

    environment = _environment(arguments)
    who, on = _group(environment, arguments.who), _resources(environment, arguments.on)
    given = _json(arguments.given, "--given")
    if arguments.claim == "only":
        proof = only(who, can=arguments.can, on=on, given=given)
    else:
        proof = nobody(who, can=arguments.can, on=on, given=given, unless=_json(arguments.unless, "--unless"))
    report.proof(proof)
    return {"proved": 0, "refuted": 1, "unknown": 3}[proof.verdict]


def reach_verb(arguments: argparse.Namespace, report: Report) -> int:
    """Say whether somebody comes to a permission in several steps, and by which."""
    from access.reach import reach

    environment = _environment(arguments)
    who, on = _group(environment, arguments.who), _resources(environment, arguments.on)
    found = reach(who, can=arguments.can, on=on)
    report.way(who, found)
    return {"unreachable": 0, "reached": 1, "unknown": 3}[found.verdict]


def compare_verb(arguments: argparse.Namespace, report: Report) -> int:
    """Say what a change newly allows and newly refuses."""
    from access.compare import compare

    before, after = (_load([path], arguments, relative=True) for path in (arguments.before, arguments.after))
    compared = compare(before, after)
    report.comparison(compared)
    return 1 if compared.widened else 3 if compared.unknown else 0


def check_cases_verb(arguments: argparse.Namespace, report: Report) -> int:  # noqa: ARG001 - cases print themselves
    """Run decision and operator cases from files."""
    from access.cases import main as check

    return check(arguments.files)


def parser(program: str) -> argparse.ArgumentParser:
    """Describe the command line."""
    statuses = "; ".join(f"{code}: {meaning}" for code, meaning in EXIT_CODES.items())
    whole = argparse.ArgumentParser(prog=program, description=__doc__, epilog=f"exit status: {statuses}")
    verbs = whole.add_subparsers(dest="verb", metavar="VERB", required=True)

    def add(name: str, run: Callable[[argparse.Namespace, Report], int]) -> argparse.ArgumentParser:
        verb = verbs.add_parser(name, help=run.__doc__, description=run.__doc__, epilog=whole.epilog)
        verb.set_defaults(run=run)
        verb.add_argument("--json", action="store_true", help="print JSON instead of tables")
        return verb

    verb = add("load", load_verb)
    verb.add_argument(
        "templates", nargs="*", default=["cdk.out"], help="assemblies, templates, folders of them"
    )
    _add_deployment(verb)
    verb = add("who-can", who_can_verb)
    verb.add_argument("action", help="such as kms:Decrypt; may hold *")
    verb.add_argument("resource", help="an ARN, a glob of ARNs, or a logical id")
    verb.add_argument("--all", action="store_true", help="show those who are denied, too")
    _add_templates(verb)
    verb = add("explain", explain_verb)
    for name, text in (
        ("principal", "an ARN, service, logical id or role name; account/name where several have it"),
        ("action", "such as kms:Decrypt"),
        ("resource", "an ARN, or a logical id"),
    ):
        verb.add_argument(name, help=text)
    verb.add_argument(
        "--context", action="append", metavar="KEY=VALUE", help="a condition key; repeat for more"
    )
    _add_templates(verb)
    verb = add("prove", prove_verb)
    verb.add_argument("claim", choices=("nobody", "only"), help="nobody of WHO can, or only WHO can")
    _add_question(verb)
    verb.add_argument("--given", metavar="JSON", help="a condition block that requests are known to meet")
    verb.add_argument("--unless", metavar="JSON", help="a condition block whose requests do not count")
    _add_templates(verb)
    verb = add("reach", reach_verb)
    _add_question(verb)
    _add_templates(verb)
    verb = add("compare", compare_verb)
    verb.add_argument("before", help="the earlier assembly, template or folder")
    verb.add_argument("after", help="the later one")
    _add_deployment(verb)
    verb = add("check-cases", check_cases_verb)
    verb.add_argument("files", nargs="+", help="JSON files of cases")
    return whole


def main(argv: Sequence[str] | None = None, *, program: str = "access") -> int:
    """Run one verb; return its exit status, one of `EXIT_CODES`."""
    arguments = parser(program).parse_args(sys.argv[1:] if argv is None else argv)
    try:
        return int(arguments.run(arguments, Report(as_json=arguments.json)))
    except AccessError as error:
        print(f"{program}: {error}", file=sys.stderr)  # noqa: T201 - this is a command
        return 2


def _add_question(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("who", nargs="+", help="principals as for explain, kinds such as root, or everyone")
    verb.add_argument(
        "--can", action="append", required=True, metavar="ACTION", help="may hold *; repeat for more"
    )
    verb.add_argument(
        "--on", action="append", required=True, metavar="RESOURCE", help="an ARN, glob or logical id"
    )


def _add_templates(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "-t", "--templates", action="append", metavar="PATH",
        help="an assembly, template or folder; repeat for more (default: cdk.out)",
    )  # fmt: skip
    _add_deployment(verb)


def _add_deployment(verb: argparse.ArgumentParser) -> None:
    """What only a deployment knows, for templates that leave it open."""
    verb.add_argument("--account", help="account of stacks that name none")
    verb.add_argument("--region", help="region of stacks that name none")
    verb.add_argument("--parameter", action="append", metavar="NAME=VALUE", help="a template parameter")
    verb.add_argument(
        "--account-id", action="append", metavar="NAME=ID", help="id of an account the set creates"
    )


def _environment(arguments: argparse.Namespace) -> Environment:
    return _load(arguments.templates or ["cdk.out"], arguments)


def _load(paths: Sequence[str], arguments: argparse.Namespace, *, relative: bool = False) -> Environment:
    return load(
        *paths,
        account=arguments.account,
        region=arguments.region,
        parameters=_pairs(arguments.parameter),
        account_ids=_pairs(arguments.account_id),
        relative=relative,
    )


def _group(environment: Environment, names: Sequence[str]) -> Group:
    chosen = {id(principal) for name in names for principal in naming.principals(environment, name)}
    return everyone(environment).where(lambda principal: id(principal) in chosen, ", ".join(names))


def _resources(environment: Environment, names: Sequence[str]) -> list[Resource | str]:
    return [resource for name in names for resource in naming.resources(environment, name)]


def _pairs(texts: Sequence[str] | None) -> dict[str, str]:
    pairs = [text.partition("=") for text in texts or ()]
    for name, equals, _ in pairs:
        if not name or not equals:
            raise AccessError(f"found {quoted(name)}, expected NAME=VALUE")
    return {name: value for name, _, value in pairs}


def _json(text: str | None, option: str) -> Mapping[str, object] | None:
    if text is None:
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as cause:
        raise AccessError(f"{option}: found {quoted(text)}, expected JSON") from cause
    if not isinstance(found, dict):
        raise AccessError(f"{option}: found {quoted(found)}, expected a condition block")
    return found
