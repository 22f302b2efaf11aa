"""ISO-3: a user's pictures are private."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from compliance_tests.checks.access_model import Qualifier, access_of
from compliance_tests.checks.fails_closed import fails_closed
from compliance_tests.checks.picture_service import CRYPTOGRAPHIC, ROWS, PictureService, told
from compliance_tests.running import Answer
from policies.assembly import Assembly
from policies.finding import Finding
from policies.verdict import cannot_tell, holds_unless

# The person whose session it is: STS puts the tag there, out of the token, and a session cannot change it.
USER = "${aws:PrincipalTag/user}"

_NETWORK_AND_ALARMS = ("AWS::CloudWatch::", "AWS::EC2::")


@fails_closed
def check(assembly: Assembly) -> tuple[Finding, ...]:
    """For every session of every person, and for everybody who has none."""
    service = PictureService.of(access_of(assembly))
    return (
        *_sessions_are_of_one_person(service),
        *_own_objects(service),
        *_own_rows(service),
        *_own_wraps(service),
        *_own_storage_layer(service),
        *_nothing_else(service),
        *_nobody_without_a_session(service),
    )


def _sessions_are_of_one_person(service: PictureService) -> Iterator[Finding]:
    """Nobody comes to a session but with a token of our tenant, for one of our apps, that names one person.

    With "/" or a space in it, one person's name could be the beginning of another's prefix.
    """
    access = service.access
    issuer = told(access, "ISSUER").removeprefix("https://")
    apps = told(access, "CLIENT_IDS").split(",")
    one_person = {
        "StringLike": {"aws:RequestTag/user": "?*"},
        "StringNotLike": {"aws:RequestTag/user": ["*/*", "* *"]},
    }
    with_such_a_token = {
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {f"{issuer}:aud": apps}, **one_person},
    }
    # Tagging gives nobody a session; a session with tags needs both.
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html#id_session-tags_permissions-required
    tagging = "sts:TagSession"
    for can, given, unless in (
        (["sts:*"], {"NotAction": tagging}, with_such_a_token),
        ([tagging], None, {"Action": tagging, "Condition": one_person}),
    ):
        yield from access.nobody(
            "session-of-one-person",
            access.everyone,
            service.user_data,
            can=can,
            given=given,
            unless=unless,
        )


def _own_objects(service: PictureService) -> Iterator[Finding]:
    """All but reading is under one's own prefix; `s3:GetObject` reads what it can name, see the limit."""
    own = {"Action": ["s3:DeleteObject", "s3:PutObject"], "Resource": f"{service.bucket.arn}/{USER}/*"}
    yield service.access.somebody("own-objects", service.sessions, service.bucket, can="s3:PutObject")
    yield from service.access.nobody(
        "own-objects", service.sessions, service.bucket, given={"NotAction": "s3:GetObject"}, unless=own
    )
    # The limit is about objects that are named: nothing that lists them, no version but the current one.
    yield from service.access.nobody(
        "own-objects", service.sessions, service.bucket, given={"Resource": service.bucket.arn}
    )


def _own_rows(service: PictureService) -> Iterator[Finding]:
    """By the leading key: pictures by owner, grants by `owner|reader`, the index by reader."""
    pictures, grants = service.pictures, service.grants
    index = f"{grants.arn}/index/{service.grants_by_reader_index}"
    own_rows = [
        "dynamodb:DeleteItem",
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "dynamodb:Query",
        "dynamodb:UpdateItem",
    ]
    own: list[tuple[Any, list[str], Qualifier]] = [
        (pictures, own_rows, {"Resource": pictures.arn, "Condition": _leading("StringEquals", USER)}),
        (
            grants,
            ["dynamodb:DeleteItem", "dynamodb:PutItem"],
            {"Resource": grants.arn, "Condition": _leading("StringLike", f"{USER}|*")},
        ),
        (
            grants,
            ["dynamodb:GetItem"],
            {"Resource": grants.arn, "Condition": _leading("StringLike", f"*|{USER}")},
        ),
        (grants, ["dynamodb:Query"], {"Resource": index, "Condition": _leading("StringEquals", USER)}),
    ]
    for table, actions, rows in own:
        yield service.access.somebody("own-rows", service.sessions, table, can=actions[0])
        yield from service.access.nobody("own-rows", service.sessions, table, can=actions, unless=rows)
    for table in (pictures, grants):
        asked = [action for other, actions, _ in own if other is table for action in actions]
        yield from service.access.nobody("own-rows", service.sessions, table, given={"NotAction": asked})


def _own_wraps(service: PictureService) -> Iterator[Finding]:
    """A wrap is made by its owner, and opened by the reader it was made for."""
    key, sessions = service.picture_key, service.sessions
    making, opening = ["kms:GenerateDataKey"], ["kms:Decrypt"]
    mine = {"StringEquals": {_context("owner"): USER, _context("reader"): USER}}
    for_me = {"StringEquals": {_context("reader"): USER}}
    for actions, condition in ((making, mine), (opening, for_me)):
        yield service.access.somebody("own-wraps", sessions, key, can=actions[0])
        yield from service.access.nobody("own-wraps", sessions, key, can=actions, unless=condition)
    yield from service.access.nobody("own-wraps", sessions, key, given={"NotAction": [*making, *opening]})


def _own_storage_layer(service: PictureService) -> Iterator[Finding]:
    """The storage key serves the objects and tables above, through S3 and DynamoDB, and nothing else."""
    access, key, sessions = service.access, service.storage_key, service.sessions
    tables = [table.arn.rpartition("/")[2] for table in (service.pictures, service.grants)]
    objects = f"{service.bucket.arn}/*"
    writing, reading = ["kms:GenerateDataKey"], ["kms:Decrypt"]
    through_s3, through_dynamodb = (
        {"kms:ViaService": f"{name}.{key.region}.amazonaws.com"} for name in ("s3", "dynamodb")
    )
    own_objects = {
        "StringEquals": through_s3,
        "StringLike": {_context("aws:s3:arn"): f"{service.bucket.arn}/{USER}/*"},
    }
    named_objects = {"StringEquals": through_s3, "StringLike": {_context("aws:s3:arn"): objects}}
    rows = {"StringEquals": {**through_dynamodb, _context("aws:dynamodb:tableName"): tables}}
    yield from access.nobody("own-storage", sessions, key, can=writing, unless=own_objects)
    yield from access.nobody(
        "own-storage",
        sessions,
        key,
        can=reading,
        given={"StringNotEquals": through_dynamodb},
        unless=named_objects,
    )
    yield from access.nobody(
        "own-storage", sessions, key, can=reading, given={"StringEquals": through_dynamodb}, unless=rows
    )
    yield from access.nobody("own-storage", sessions, key, given={"NotAction": [*writing, *reading]})


def _nothing_else(service: PictureService) -> Iterator[Finding]:
    """Of all that holds or answers something, a session reaches nothing but what is asked about above.

    Another token may buy another session; what that reaches is the same question.
    """
    mine = {
        resource.arn
        for resource in (
            service.bucket,
            service.pictures,
            service.grants,
            service.picture_key,
            service.storage_key,
        )
    }
    signing_in = {"Action": ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"]}
    for resource in service.access.environment.resources:
        holds_nothing = resource.type.startswith(_NETWORK_AND_ALARMS)
        if resource.arn not in mine and not holds_nothing:
            unless = signing_in if resource.arn == service.user_data.arn else None
            yield from service.access.nobody("nothing-else", service.sessions, resource, unless=unless)


def _nobody_without_a_session(service: PictureService) -> Iterator[Finding]:
    """No object, no row and no wrap for anybody else, the root user included."""
    access, others = service.access, service.others
    objects = {"Resource": f"{service.bucket.arn}/*"}
    yield from access.nobody("sessions-only", others, service.bucket, given=objects)
    for table in (service.pictures, service.grants):
        yield from access.nobody("sessions-only", others, table, can=ROWS)
    yield from access.nobody("sessions-only", others, service.picture_key, can=CRYPTOGRAPHIC)


def _leading(operator: str, value: str) -> dict[str, dict[str, str]]:
    # A request without any key would pass `ForAllValues`.
    return {
        f"ForAllValues:{operator}": {"dynamodb:LeadingKeys": value},
        "Null": {"dynamodb:LeadingKeys": "false"},
    }


def _context(key: str) -> str:
    return f"kms:EncryptionContext:{key}"


def check_run(answers: tuple[Answer, ...]) -> tuple[Finding, ...]:
    """The owner reads each picture; what another person tries is answered as if it did not exist."""
    allowed = [answer for answer in answers if answer.expected == 200]
    if not allowed or len(allowed) == len(answers):
        return (
            Finding("private", "the run", cannot_tell("nobody read a picture, or nobody tried another's")),
        )
    return tuple(Finding("private", answer.name, holds_unless(answer.problems())) for answer in answers)
