"""Makes the checks that are asked for, one after the other, and says what they found."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from doctor.account.account import ALWAYS_ENABLED, Account, Clients, account_of, clients_of
from doctor.checks import ACCOUNT, MACHINE, TENANT
from doctor.machine import Machine
from doctor.report import Answer, as_json, line, summary
from doctor.result import LOOK_BY_HAND, Check, Result, Subject, unknown
from doctor.tenant import Tenant
from policies.verdict import COULD_NOT_RUN, Verdict, overall
from stacks.settings import EnvironmentSettings, Settings, SettingsError


class CannotLook(Exception):
    """What is asked for cannot be looked at: no such environment, no credentials, or another account's."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the command line asks for."""

    environment: str | None = None
    online: bool = False
    aws: bool = False
    as_json: bool = False


def doctor(asked: Asked, machine: Machine, clients: Clients | None = None) -> int:
    """Make the checks and print each as soon as it is made.

    Returns: 0 when all hold, 1 when one is broken, 2 when the account is not the configured one or the
             settings cannot be read, 3 when one cannot be told and none is broken.
    """
    answers: list[Answer] = []
    try:
        for answer in _answers(asked, machine, clients):
            answers.append(answer)
            if not asked.as_json:
                _say(line(answer))
    except (CannotLook, SettingsError) as error:
        sys.stderr.write(f"{error}\n")
        return COULD_NOT_RUN
    verdict = overall(Verdict(each.result.status, each.result.found or "-") for each in answers)
    _say(as_json(answers) if asked.as_json else summary(answers))
    return verdict.exit_status


def _answers(asked: Asked, machine: Machine, clients: Clients | None) -> Iterator[Answer]:
    if not (asked.online or asked.aws):
        if asked.environment is not None:
            raise CannotLook("--environment is about --aws and --online, and neither is given")
        yield from answers(MACHINE, machine)
        return
    settings = Settings.load(machine.settings_file)
    if asked.aws:
        account = _account(settings, asked.environment, clients or clients_of(boto3.Session()))
        chosen: Sequence[EnvironmentSettings] = (account.environment,)
    else:
        account, chosen = None, _chosen(settings, asked.environment)
    yield from answers(MACHINE, machine)
    for environment in chosen:
        yield from answers(TENANT, Tenant(issuer=environment.issuer), environment.name)
    if account is not None:
        yield from answers(ACCOUNT, account, account.environment.name)


def answers(
    checks: Iterable[Check[Subject]], subject: Subject, environment: str | None = None
) -> Iterator[Answer]:
    """Make checks; one that crashes or is denied cannot tell."""
    for check in checks:
        yield Answer(
            name=check.name, purpose=check.purpose, environment=environment, result=_looked(check, subject)
        )


def _looked(check: Check[Subject], subject: Subject) -> Result:
    try:
        return check.look(subject)
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "unknown error")
        return unknown(f"{error.operation_name} was answered with {code}", todo=LOOK_BY_HAND)
    except Exception as error:  # noqa: BLE001 - the edge: what crashes has told nothing
        return unknown(" ".join(f"{type(error).__name__}: {error}".split()))


def _account(settings: Settings, name: str | None, clients: Clients) -> Account:
    """The account that the credentials belong to, when it is the one that is meant; asks nothing else of AWS.

    Raises: CannotLook.
    """
    expected = _chosen(settings, name)
    try:
        found = clients("sts", ALWAYS_ENABLED).get_caller_identity()["Account"]
    except (BotoCoreError, ClientError) as error:
        raise CannotLook(f"the credentials cannot be used: {' '.join(str(error).split())}") from error
    for environment in expected:
        if environment.account == found:
            return account_of(settings, environment, clients)
    accounts = " or ".join(f"{each.account} ({each.name})" for each in expected)
    raise CannotLook(f"the credentials are of account {found}, expected {accounts}; nothing was looked at")


def _chosen(settings: Settings, name: str | None) -> Sequence[EnvironmentSettings]:
    chosen = [each for each in settings.environments if name in (None, each.name)]
    if not chosen:
        known = ", ".join(each.name for each in settings.environments)
        raise CannotLook(f"--environment: got {name!r}, expected one of {known}")
    return chosen


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def machine_of(root: Path) -> Machine:
    """This working copy."""
    return Machine(root=root, settings_file=root / "settings.toml")
