"""Wildcards, compared with the plainest matcher there is."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from access.language import arn, glob

ARN = "arn:aws:lambda:eu-west-1:111122223333:function:f"


def plainest(pattern: str, text: str) -> bool:
    """Match by trying every length for every star."""
    if not pattern:
        return not text
    if pattern[0] == "*":
        return any(plainest(pattern[1:], text[skip:]) for skip in range(len(text) + 1))
    return bool(text) and pattern[0] in ("?", text[0]) and plainest(pattern[1:], text[1:])


@settings(max_examples=500, deadline=None, derandomize=True)
@given(st.text("ab*?", max_size=8), st.text("ab:\n", max_size=8))
def test_a_glob_matches_what_the_plainest_matcher_matches(pattern: str, text: str) -> None:
    assert glob.matches(pattern, text) is plainest(pattern, text)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.text("ab*?\\.[", max_size=8), st.text("ab*?\\.[", max_size=8))
def test_a_literal_matches_itself_and_nothing_else(one: str, other: str) -> None:
    assert glob.matches(glob.literal(one), one)
    assert glob.matches(glob.literal(one), other) is (one == other)
    assert glob.plain(glob.literal(one)) == one


@settings(max_examples=500, deadline=None, derandomize=True)
@given(st.text("ab:*?", max_size=10), st.text("ab:", max_size=10))
def test_an_arn_pattern_matches_nothing_that_its_glob_does_not(tail: str, name: str) -> None:
    """The prover takes the glob over the whole ARN as the widest reading, so it must be."""
    pattern, resource = f"arn:aws:{tail}", f"arn:aws:s3:a:b:{name}"
    if pattern.count(":") >= 5 and arn.matches_resource(pattern, resource):
        assert plainest(pattern, resource)


@settings(max_examples=500, deadline=None, derandomize=True)
@given(st.text("ab:*?", max_size=10), st.text("ab:", max_size=10))
def test_a_resource_matches_wherever_its_parts_match_one_by_one(tail: str, name: str) -> None:
    pattern, resource = f"arn:aws:{tail}", f"arn:aws:s3:a:b:{name}"
    if arn.matches_part_by_part(pattern, resource):
        assert arn.matches_resource(pattern, resource)


@pytest.mark.parametrize(
    ("pattern", "as_resource", "part_by_part"),
    [
        ("*", True, True),
        (ARN, True, True),
        ("arn:aws:lambda:*:*:function:f", True, True),
        ("arn:aws:lambda:*:*:function:?", True, True),
        ("arn:aws:lambda:*:*:*", True, True),
        ("arn:aws:lambda:*:function:f", True, False),
        ("arn:aws:lambda:**:function:f", True, False),
        ("arn:*:function:f", True, False),
        ("arn:aws:lambda:e*1:function:f", False, False),
        ("arn:aws:lambda:eu-west-1:111122223333?function:f", False, False),
        ("arn:aws:lambda:eu-west-1:111122223333:function", False, False),
        ("arn:aws:lambda", True, True),
        ("arn:aws:lambda:*", True, True),
        ("arn:aws:s3", False, False),
        ("arn:aws:lambda:*:*:function:F", False, False),
        (ARN + "*", True, True),
        (ARN + "?", False, False),
        ("", False, False),
    ],
)
def test_only_a_star_that_ends_its_segment_runs_past_the_colon(
    pattern: str, as_resource: bool, part_by_part: bool
) -> None:
    assert arn.matches_resource(pattern, ARN) is as_resource
    assert arn.matches_part_by_part(pattern, ARN) is part_by_part


@pytest.mark.parametrize("text", ["", "arn", "arn:::bucket-name", "not-an-arn", "urn:a:b:c:d:e"])
def test_what_is_not_an_arn_matches_no_arn_pattern(text: str) -> None:
    assert not arn.matches_part_by_part("arn:*:*:*:*:*", text)


@pytest.mark.parametrize(
    "pattern",
    [
        "*a" * 4_000 + "b",
        "arn:aws:s3:::" + "*a" * 4_000 + "b",
        "arn:" + "*a" * 500 + "*:x*:" + "*a" * 500,
        "*:" * 900 + "b",
        "?" * 5_000,
    ],
)
def test_no_pattern_takes_long(pattern: str) -> None:
    resource = "arn:aws:s3:::" + "a:" * 1_000
    started = time.process_time()
    assert not arn.matches_resource(pattern, resource)
    assert not glob.matches(pattern, resource)
    assert time.process_time() - started < 2
