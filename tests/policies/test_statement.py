"""Statements are read as IAM reads them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.node import UnresolvedError
from policies.statement import action_matches, is_whole_account, statements


@pytest.mark.parametrize(
    ("pattern", "action", "matches"),
    [
        ("kms:*", "kms:Decrypt", True),
        ("KMS:decrypt", "kms:Decrypt", True),
        ("kms:ReEncrypt*", "kms:ReEncryptTo", True),
        ("kms:?ecrypt", "kms:Decrypt", True),
        ("kms:Decrypt", "kms:DecryptMore", False),
        ("*", "s3:GetObject", True),
        ("s3:*Object*", "s3:GetObjectAcl", True),
        ("s3:*x", "s3:GetObject", False),
    ],
)
def test_an_action_matches_in_any_case_and_with_both_wildcards(pattern, action, matches):
    assert action_matches(pattern, action) is matches


@given(st.text("ab*?", max_size=8), st.text("ab", max_size=8))
def test_the_matcher_agrees_with_the_definition(pattern, text):
    def defined(p, t):
        if not p:
            return not t
        if p[0] == "*":
            return any(defined(p[1:], t[i:]) for i in range(len(t) + 1))
        return bool(t) and p[0] in ("?", t[0]) and defined(p[1:], t[1:])

    assert action_matches(pattern, text) is defined(pattern, text)


@pytest.mark.parametrize(
    ("principal", "whole"),
    [
        ("111111111111", True),
        ("arn:aws:iam::111111111111:root", True),
        ("arn:${AWS::Partition}:iam::${AWS::AccountId}:root", True),
        ("arn:aws:iam::111111111111:role/root", False),
        ("arn:aws:iam::111111111111:user/alice", False),
    ],
)
def test_an_account_is_recognised_in_every_spelling(principal, whole):
    assert is_whole_account(principal) is whole


def document(template, text):
    resource = template(f"Resources: {{It: {{Type: A::B::C, Properties: {{Document: {text}}}}}}}").resources[
        0
    ]
    return statements(resource.at("Document"))


def test_one_statement_alone_and_one_value_alone_count_as_lists(template):
    (one,) = document(template, "{Statement: {Effect: Allow, Action: 'a:b', Principal: '*', Resource: '*'}}")
    assert one.actions == ("a:b",)
    assert one.for_everyone


@pytest.mark.parametrize(
    "text",
    [
        "{Statement: [{Effect: !Ref E, Action: 'a:b'}]}",
        "{Statement: [{Action: 'a:b'}]}",
        "{Statement: [{Effect: Allow, Action: !Ref A}]}",
        "{Statement: [{Effect: Allow, Action: 'a:b', Condition: !Ref C}]}",
        "{Statement: [{Effect: Allow, Action: 'a:b', Principal: {AWS: !Ref P}}]}",
        "!ImportValue elsewhere",
    ],
)
def test_a_part_that_the_templates_do_not_settle_makes_the_document_unresolved(template, text):
    with pytest.raises(UnresolvedError):
        document(template, text)


def test_everything_but_something_covers_everything_else(template):
    (one,) = document(template, "{Statement: [{Effect: Deny, NotAction: 'kms:*', Resource: '*'}]}")
    assert one.covers("s3:GetObject")
    assert not one.covers("kms:Decrypt")
