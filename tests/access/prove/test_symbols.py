"""The classes of strings are exact: compared with a definition of globs that is only recursion."""

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from access.symbolic.symbols import (
    EVERY,
    EXCEPT_COLON,
    Automaton,
    Glob,
    GlobBuilder,
    TooManyClasses,
    find,
    includes,
    literal,
    partition,
)


def glob_from(text: str, *, ignore_case: bool = False, star=EVERY) -> Glob:
    builder = GlobBuilder(ignore_case)
    for char in text:
        if char == "*":
            builder.many(star)
        elif char == "?":
            builder.one()
        else:
            builder.text(char)
    return builder.build()


@cache
def by_definition(pattern: str, text: str) -> bool:
    if not pattern:
        return not text
    if pattern[0] == "*":
        return by_definition(pattern[1:], text) or (bool(text) and by_definition(pattern, text[1:]))
    return bool(text) and pattern[0] in ("?", text[0]) and by_definition(pattern[1:], text[1:])


patterns = st.text("ab*?", max_size=5)


@given(patterns, st.text("abc", max_size=6))
@settings(max_examples=500, derandomize=True)
def test_a_glob_matches_exactly_what_its_definition_says(pattern, text):
    assert glob_from(pattern).matches(text) is by_definition(pattern, text)


@given(
    st.lists(patterns, min_size=1, max_size=4), st.lists(st.text("abc", max_size=6), min_size=1, max_size=20)
)
@settings(max_examples=300, derandomize=True)
def test_every_string_has_its_class_and_every_class_has_its_string(globs, texts):
    regions = partition([glob_from(pattern) for pattern in globs])
    for region in regions:
        matched = sum(by_definition(pattern, region.sample) << index for index, pattern in enumerate(globs))
        assert matched == region.signature
    signatures = {region.signature for region in regions}
    assert len(signatures) == len(regions)
    for text in texts:
        assert sum(by_definition(pattern, text) << index for index, pattern in enumerate(globs)) in signatures


@given(patterns, st.lists(patterns, max_size=3), st.lists(st.text("abc", max_size=5), max_size=20))
@settings(max_examples=200, derandomize=True)
def test_a_partition_within_a_glob_speaks_of_that_glob_only(within, globs, texts):
    regions = partition([glob_from(pattern) for pattern in globs], within=[glob_from(within)])
    assert all(by_definition(within, region.sample) for region in regions)
    signatures = {region.signature for region in regions}
    for text in texts:
        if by_definition(within, text):
            assert sum(by_definition(pattern, text) << i for i, pattern in enumerate(globs)) in signatures


@given(patterns, patterns, st.lists(st.text("abc", max_size=6), max_size=30))
@settings(max_examples=300, derandomize=True)
def test_inclusion_has_no_counterexample_and_its_absence_has_one(larger, smaller, texts):
    if includes(glob_from(larger), glob_from(smaller)):
        assert not [
            text for text in texts if by_definition(smaller, text) and not by_definition(larger, text)
        ]
    else:
        between = find(all_of=[glob_from(smaller)], none_of=[glob_from(larger)])
        assert between is not None
        assert by_definition(smaller, between)
        assert not by_definition(larger, between)


def test_a_star_that_stops_at_colons_does_not_cross_one():
    assert glob_from("arn:*:x", star=EXCEPT_COLON).matches("arn:ab:x")
    assert not glob_from("arn:*:x", star=EXCEPT_COLON).matches("arn:a:b:x")
    assert glob_from("arn:*:x").matches("arn:a:b:x")


def test_ignoring_case_accepts_either_case_of_every_letter():
    assert glob_from("s3:Get*", ignore_case=True).matches("S3:GETOBJECT")
    assert not glob_from("s3:Get*").matches("S3:GETOBJECT")


def test_a_literal_is_one_class_and_the_rest_another():
    assert [region.signature for region in partition([literal("alice")])] == [0, 1]


def test_a_sample_is_a_name_where_the_class_has_one():
    assert all(region.sample for region in partition([glob_from("*"), glob_from("a*")]))
    assert [region.sample for region in partition([literal("")]) if region.signature] == [""]


def test_globs_that_double_the_classes_meet_the_limit_instead_of_the_clock():
    with pytest.raises(TooManyClasses):
        partition([glob_from(f"*{char}*") for char in "abcdefghijklmnopqrstuvwxyz"], limit=2_000)


def test_a_character_nobody_mentions_stands_for_all_others():
    automaton = Automaton([glob_from("a?")])
    (first, *_rest) = [char for char, _ in automaton.successors(automaton.start) if char != "a"]
    assert automaton.signature(f"a{first}") == 1
