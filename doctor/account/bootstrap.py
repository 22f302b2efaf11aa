"""The bootstrap: what deploys everything else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml
from botocore.exceptions import ClientError

from doctor.account.account import Account
from doctor.account.templates import BOOTSTRAP_STACK
from doctor.result import Result, compared, unknown

# A stack in one of these can be used; anything else is under way, failed, or waits to be deleted.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html
USABLE = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE")


def bootstrap(account: Account) -> Result:
    """The account's bootstrap is the one that this repository makes."""
    expected = f"the stack {BOOTSTRAP_STACK} with the template of this repository"
    todo = "deploy it as docs/runbooks/bootstrap.md says"
    ours = account.templates().bootstrap
    if ours is None:
        return unknown(f"the app makes no stack {BOOTSTRAP_STACK} for this account", expected=expected)
    stack = _stack(account)
    if stack is None:
        return compared(False, found="no such stack", expected=expected, todo=todo)
    if stack["StackStatus"] not in USABLE:
        return compared(False, found=stack["StackStatus"], expected=expected, todo=todo)
    answer = account.client("cloudformation").get_template(
        StackName=BOOTSTRAP_STACK, TemplateStage="Original"
    )
    differing = _differences(_plain(answer["TemplateBody"]), ours)
    return compared(
        not differing,
        found=f"{stack['StackStatus']}, "
        + (f"other in {', '.join(differing[:6])}" if differing else "the same"),
        expected=expected,
        todo=todo,
    )


def bootstrap_version(account: Account) -> Result:
    """The bootstrap's version, as the CDK's command line reads it, is new enough for every stack."""
    templates = account.templates()
    name, needed = templates.bootstrap_version_parameter, templates.bootstrap_version
    expected = f"{name} of {needed} or more"
    todo = "deploy it as docs/runbooks/bootstrap.md says"
    try:
        found = account.client("ssm").get_parameter(Name=name)["Parameter"]["Value"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "ParameterNotFound":
            raise
        return compared(False, found="no such parameter", expected=expected, todo=todo)
    return compared(found.isdecimal() and int(found) >= needed, found=found, expected=expected, todo=todo)


def first_deployers(account: Account) -> Result:
    """Nobody may deploy by hand once the first deployment is done."""
    expected = "an empty FirstDeployers, once every stack is deployed"
    todo = "empty the parameter FirstDeployers of the bootstrap, as its runbook says"
    stack = _stack(account)
    if stack is None:
        return compared(False, found=f"no stack {BOOTSTRAP_STACK}", expected=expected, todo="bootstrap first")
    parameters = {each["ParameterKey"]: each["ParameterValue"] for each in stack.get("Parameters", [])}
    if "FirstDeployers" not in parameters:
        return compared(
            False, found="a bootstrap without the parameter FirstDeployers", expected=expected, todo=todo
        )
    deployers = [each for each in parameters["FirstDeployers"].split(",") if each.strip()]
    missing = sorted(set(account.templates().stacks) - set(_deployed(account)))
    found = f"{', '.join(deployers) or 'nobody'}; " + (
        f"not deployed yet: {', '.join(missing)}" if missing else "every stack is deployed"
    )
    return compared(not deployers or bool(missing), found=found, expected=expected, todo=todo)


def _stack(account: Account) -> Mapping[str, Any] | None:
    try:
        answer = account.client("cloudformation").describe_stacks(StackName=BOOTSTRAP_STACK)
    except ClientError as error:
        # Not documented: a stack that does not exist is a ValidationError which says so.
        if "does not exist" in error.response["Error"].get("Message", ""):
            return None
        raise
    return dict(answer["Stacks"][0])


def _deployed(account: Account) -> list[str]:
    pages = account.client("cloudformation").get_paginator("list_stacks").paginate(StackStatusFilter=USABLE)
    return [stack["StackName"] for page in pages for stack in page["StackSummaries"]]


def _plain(template: Any) -> Mapping[str, Any]:
    """A template as boto3 returns it: parsed when it was JSON, else as the YAML that the CDK's CLI sends."""
    try:
        parsed = yaml.safe_load(template) if isinstance(template, str) else template
    except yaml.YAMLError:
        # Tags such as `!Ref`, which the CDK's command line does not write.
        return {}
    return parsed if isinstance(parsed, Mapping) else {}


def _differences(found: Mapping[str, Any], expected: Mapping[str, Any]) -> list[str]:
    """Where two templates differ: sections, and within resources and parameters the logical ids."""
    differing = []
    for section in sorted({*found, *expected}):
        mine, theirs = expected.get(section), found.get(section)
        if mine == theirs:
            continue
        if isinstance(mine, Mapping) and isinstance(theirs, Mapping):
            names = sorted(name for name in {*mine, *theirs} if mine.get(name) != theirs.get(name))
            differing += [f"{section}.{name}" for name in names]
        else:
            differing.append(section)
    return differing
