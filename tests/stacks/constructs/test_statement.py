import pytest

from stacks.constructs.statement import all_of, allow, deny, present, role_is


def test_a_statement_says_only_what_it_was_given():
    assert allow("Read", can="s3:GetObject", on="arn:aws:s3:::b/*") == {
        "Sid": "Read",
        "Effect": "Allow",
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::b/*",
    }


def test_a_trust_statement_has_no_resource():
    assert "Resource" not in allow("Trust", to={"Service": "lambda"}, can="sts:AssumeRole", on=None)


def test_several_actions_stay_a_list():
    assert deny("No", cannot=["a:B", "a:C"])["Action"] == ["a:B", "a:C"]


def test_conditions_of_different_operators_are_joined():
    joined = all_of(role_is("arn:a"), {"StringEquals": {"k": "v"}}, present("k"))
    assert joined == {
        "ArnEquals": {"aws:PrincipalArn": "arn:a"},
        "StringEquals": {"k": "v"},
        "Null": {"k": "false"},
    }


def test_a_condition_is_never_lost_by_joining():
    with pytest.raises(ValueError, match="aws:PrincipalArn"):
        all_of(role_is("arn:a"), role_is("arn:b"))
