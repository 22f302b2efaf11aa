"""Explanations: the statement that came nearest, and what it lacked, in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from access.cases import policies_of, read_file, request_of
from access.evaluate import evaluate
from access.explain import explain

OWN = sorted((Path(__file__).parent / "cases").glob("*.json"))
NAMED = {case["name"]: (case, place) for path in OWN for place, case in read_file(path)}


@pytest.mark.parametrize(
    ("name", "sentences"),
    [
        (
            "Decrypt with another reader is refused",
            [
                "needed: the policy of the resource must allow the caller",
                "Condition needs StringEquals kms:EncryptionContext:reader = ${aws:PrincipalTag/user}, "
                "the request has email:ben",
            ],
        ),
        (
            "Decrypt without an encryption context is refused",
            ["${aws:PrincipalTag/user}, the request has none"],
        ),
        (
            "an action beside the allowed one is refused",
            ["Action is kms:Decrypt, asked was kms:ReEncryptFrom"],
        ),
        (
            "a session without the tag writes nowhere",
            [
                "(without a value: arn:aws:s3:::pictures/${aws:PrincipalTag/user}/*), asked was",
            ],
        ),
        (
            "the account principal does not reach a service",
            ["Principal does not name sns.amazonaws.com"],
        ),
        (
            "a bucket policy that names the role is limited by the boundary",
            ["needed: the permissions boundary must allow it", "Action is ec2:*, asked was s3:GetObject"],
        ),
        (
            "one level of SCPs that does not allow refuses",
            ["needed: every level of service control policies must"],
        ),
        ("NotResource keeps its list out", ["Resource is all but arn:aws:s3:::pictures/*, asked was"]),
        (
            "a network Deny with IfExists denies a request without an address",
            ["denied by identity policy", ", where NotIpAddressIfExists aws:SourceIp = 203.0.113.0/24"],
        ),
        (
            "an operator that does not exist is not known",
            ["Condition has the unknown operator 'StringMatches'"],
        ),
        (
            "an operator without a set operator on several values is not known",
            ["StringEquals dynamodb:LeadingKeys = a is not defined for the values of this request"],
        ),
        (
            "a wildcard inside a principal's ARN is not known",
            ["Principal names the caller only if AWS reads it so"],
        ),
        ("the root user cannot assume a role", ["needed: another caller: a root user cannot assume a role"]),
        (
            "a user of the same name under another path is another user",
            ["or the policy of the resource, naming"],
        ),
        ("the root user of the account needs no identity policy", ["a root user needs no policy"]),
        ("whether a permissions boundary limits a grant to a role is not known", ["limit this KMS grant"]),
    ],
)
def test_an_explanation_says_what_stood_in_the_way(name: str, sentences: list[str]) -> None:
    case, place = NAMED[name]
    text = str(explain(request_of(case), policies_of(case, place)))
    for sentence in sentences:
        assert sentence in text, text


@pytest.mark.parametrize("name", sorted(NAMED))
def test_every_answer_is_explained_and_stays_the_answer(name: str) -> None:
    case, place = NAMED[name]
    request, policies = request_of(case), policies_of(case, place)
    explained = explain(request, policies)
    assert explained.decision == evaluate(request, policies)
    assert len(list(explained.lines())) > 1


def test_the_nearest_statement_comes_first() -> None:
    case, place = NAMED["a grant with an encryption context constraint refuses another context"]
    first, second = explain(request_of(case), policies_of(case, place)).near
    assert (first.ref.layer, len(first.shortfalls)) == ("grant", 1)
    assert (second.ref.layer, len(second.shortfalls)) == ("resource", 2)
