"""Every role, user, policy and provider of our accounts that a template names is made by some template.

AWS takes a policy that names nobody, and then refuses everybody; whoever makes that name later is let in.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from access.language.glob import matches
from access.load import load
from stacks.identities import Identities
from tests.stacks.weakened import statement, weakened

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-arns
KINDS = ("group", "instance-profile", "mfa", "oidc-provider", "policy", "role", "saml-provider", "user")
NAMED = re.compile(rf"arn:aws[a-z-]*:iam::(?:[0-9]{{12}}|\*|\?+):(?:{'|'.join(KINDS)})/[^\s\"',;]+")
SESSION = re.compile(r"arn:aws[a-z-]*:sts::([0-9]{12}|\*):assumed-role/([^/\s]+)")
VARIABLE = re.compile(r"\$\{[^}]*\}")
MADE = ("AWS::IAM::ManagedPolicy", "AWS::IAM::OIDCProvider", "AWS::IAM::Role", "AWS::IAM::User")
# What only a deployment tells; no name has it.
UNKNOWN = "<unknown>"


def made_elsewhere(settings) -> dict[str, str]:
    """Names that no template makes, as patterns, with who makes them."""
    found = {"arn:aws:iam::*:role/aws-service-role/*": "AWS makes the roles of its services"}
    for environment in settings.environments:
        own = Identities.of(environment, settings.region)
        found[own.bootstrapper] = "who deploys the bootstrap is there before it"
        found |= dict.fromkeys(environment.restorers, "settings name the people's roles")
    return found


def named(assembly: Path) -> Iterator[tuple[str, str]]:
    """Each ARN of IAM that a template names, and where."""
    manifest = json.loads((assembly / "manifest.json").read_text("utf-8"))
    for artifact in manifest["artifacts"].values():
        if artifact["type"] != "aws:cloudformation:stack":
            continue
        account, region = artifact["environment"].removeprefix("aws://").split("/")
        known = {"AWS::AccountId": account, "AWS::Region": region, "AWS::Partition": "aws"}
        body = json.loads((assembly / artifact["properties"]["templateFile"]).read_text("utf-8"))
        for place, text in texts(body, known, artifact["displayName"]):
            for found in NAMED.findall(text):
                yield found, place
            for owner, role in SESSION.findall(text):
                yield f"arn:aws:iam::{owner}:role/{role}", place


def texts(value: Any, known: Mapping[str, str], place: str) -> Iterator[tuple[str, str]]:
    """Every string below a value, with pseudo parameters filled in."""
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from texts(item, known, f"{place}/{index}")
    elif isinstance(value, dict):
        joined = resolved(value, known)
        if joined is not None:
            yield place, joined
        for key, item in value.items():
            yield place, key  # an ARN can be a key of a condition or of a map
            yield from texts(item, known, f"{place}/{key}")


def resolved(value: Any, known: Mapping[str, str]) -> str | None:
    """The text that an intrinsic function makes; None for what is no such function."""
    if isinstance(value, str):
        return value
    if not isinstance(value, dict) or len(value) != 1:
        return None
    ((function, given),) = value.items()
    if function == "Ref":
        return known.get(given, UNKNOWN)
    if function == "Fn::Sub":
        template, values = given if isinstance(given, list) else (given, {})
        filled = {**known, **{name: resolved(item, known) or UNKNOWN for name, item in values.items()}}
        return re.sub(r"\$\{([^!}][^}]*)\}", lambda found: filled.get(found[1], UNKNOWN), template)
    if function == "Fn::Join" and isinstance(given[1], list):
        return given[0].join(resolved(part, known) or UNKNOWN for part in given[1])
    return UNKNOWN if function.startswith("Fn::") else None


def made_by_nobody(assembly: Path, settings) -> dict[str, str]:
    """Each name that no template makes and no list explains, with the first place where it is named."""
    made = {one.arn for one in load(assembly).resources if one.type in MADE}
    known = made_elsewhere(settings)
    found: dict[str, str] = {}
    for arn, place in named(assembly):
        pattern = VARIABLE.sub("*", arn)
        if any(matches(pattern, one) for one in made) or any(matches(one, arn) for one in known):
            continue
        found.setdefault(arn, place)
    return found


def test_every_name_is_made(assembly, settings):
    assert len({arn for arn, _ in named(assembly)}) > 40
    assert made_by_nobody(assembly, settings) == {}


def test_every_exception_is_named_somewhere(assembly, settings):
    arns = {arn for arn, _ in named(assembly)}
    for pattern in made_elsewhere(settings):
        assert any(matches(pattern, arn) for arn in arns), pattern


def test_the_functions_that_make_text_are_followed():
    known = {"AWS::AccountId": "111111111111"}
    assert resolved({"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:role/x"}, known) == (
        "arn:aws:iam::111111111111:role/x"
    )
    assert resolved({"Fn::Sub": ["${who}!", {"who": {"Ref": "AWS::AccountId"}}]}, known) == "111111111111!"
    assert resolved({"Fn::Join": [":", ["a", {"Ref": "AWS::AccountId"}, {"Ref": "Thing"}]]}, known) == (
        f"a:111111111111:{UNKNOWN}"
    )


GHOST = "arn:aws:iam::111111111111:role/Ghost"


def a_topic_policy(body):
    (policy,) = [one for one in body["Resources"].values() if one["Type"] == "AWS::SNS::TopicPolicy"]
    policy["Properties"]["PolicyDocument"]["Statement"].append(
        {"Effect": "Allow", "Principal": {"AWS": GHOST}, "Action": "sns:Publish", "Resource": "*"}
    )


def a_condition_of_a_key_policy(body):
    key = next(one for one in body["Resources"].values() if one["Type"] == "AWS::KMS::Key")
    for each in key["Properties"]["KeyPolicy"]["Statement"]:
        named = each.get("Condition", {}).get("ArnEquals", {})
        if "aws:PrincipalArn" in named:
            named["aws:PrincipalArn"] = GHOST
            return


def a_name_put_together(body):
    role = next(one for one in body["Resources"].values() if one["Type"] == "AWS::IAM::Role")
    role["Properties"]["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] = {
        "AWS": {"Fn::Join": ["", ["arn:aws:iam::", {"Ref": "AWS::AccountId"}, ":role/Ghost"]]}
    }


def a_session(body):
    session = GHOST.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/") + "/session"
    (policy,) = [one for one in body["Resources"].values() if one["Type"] == "AWS::SQS::QueuePolicy"]
    policy["Properties"]["PolicyDocument"]["Statement"].append(
        {"Effect": "Allow", "Principal": {"AWS": session}, "Action": "sqs:SendMessage", "Resource": "*"}
    )


def a_boundary_of_another_name(body):
    role = next(one for one in body["Resources"].values() if one["Type"] == "AWS::IAM::Role")
    role["Properties"]["PermissionsBoundary"] = GHOST.replace(":role/", ":policy/")


def a_pattern_that_nothing_matches(body):
    found = statement(body, "HandRolesOver")
    found["Resource"] = "arn:aws:iam::111111111111:role/Ghost*"


@pytest.mark.parametrize(
    ("stack", "plant"),
    [
        ("Development/Operations", a_topic_policy),
        ("Development/PictureKeys", a_condition_of_a_key_policy),
        ("Development/Data", a_name_put_together),
        ("Development/Operations", a_session),
        ("Development/Api", a_boundary_of_another_name),
        ("Bootstrap/Development", a_pattern_that_nothing_matches),
    ],
)
def test_a_name_that_nobody_makes_is_found(assembly, tmp_path, settings, stack, plant):
    found = made_by_nobody(weakened(assembly, tmp_path, {stack: plant}), settings)
    assert [arn for arn in found if arn.rpartition("/")[2].rstrip("*") == "Ghost"], found
    assert all(place.startswith(stack) for place in found.values())
