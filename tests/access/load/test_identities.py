"""Principals come with every policy attached to them, whichever side attaches it."""

import pytest

from access.errors import AccessError
from access.language.statement import Effect


def names(principal) -> list[str]:
    return [policy.name for policy in principal.identity]


def only(environment, text):
    [found] = environment.find_principals(text)
    return found


@pytest.fixture
def role(trust):
    return lambda **properties: {
        "Type": "AWS::IAM::Role",
        "Properties": {"AssumeRolePolicyDocument": trust, **properties},
    }


@pytest.fixture
def allow(statement):
    return statement(Action="s3:GetObject", Resource="*")


def test_inline_attached_and_managed_policies_of_a_role_are_all_found(environment, role, allow):
    loaded = environment(
        {
            "Role": role(
                Policies=[{"PolicyName": "inline", "PolicyDocument": allow}],
                ManagedPolicyArns=[{"Ref": "Mine"}],
            ),
            "Mine": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": allow}},
            "Given": {
                "Type": "AWS::IAM::ManagedPolicy",
                "Properties": {"PolicyDocument": allow, "Roles": [{"Ref": "Role"}]},
            },
            "Beside": {
                "Type": "AWS::IAM::Policy",
                "Properties": {"PolicyDocument": allow, "PolicyName": "b", "Roles": [{"Ref": "Role"}]},
            },
            "Single": {
                "Type": "AWS::IAM::RolePolicy",
                "Properties": {"PolicyDocument": allow, "PolicyName": "s", "RoleName": {"Ref": "Role"}},
            },
        }
    )
    assert names(only(loaded, "Role")) == ["inline", "Mine", "Given", "Beside", "Single"]
    assert not loaded.unresolved


def test_a_member_of_a_group_has_the_policies_of_the_group(environment, allow):
    loaded = environment(
        {
            "Team": {
                "Type": "AWS::IAM::Group",
                "Properties": {
                    "GroupName": "team",
                    "Policies": [{"PolicyName": "g", "PolicyDocument": allow}],
                },
            },
            "Ada": {"Type": "AWS::IAM::User", "Properties": {"UserName": "ada", "Groups": ["team"]}},
        }
    )
    assert names(only(loaded, "ada")) == ["g"]
    member = only(loaded, "team").caller
    assert member.kind == "user"
    assert loaded.principal(member.arn) is only(loaded, "team")


def test_a_policy_of_aws_is_unknown_and_never_nothing(environment, role):
    loaded = environment({"Role": role(ManagedPolicyArns=["arn:aws:iam::aws:policy/ReadOnlyAccess"])})
    [policy] = only(loaded, "Role").identity
    assert policy.statements[0].effect is None
    assert "ReadOnlyAccess, which is not in the set" in str(policy.unresolved[0])


def test_a_boundary_elsewhere_is_unknown_and_one_of_the_set_is_read(environment, role, allow):
    loaded = environment(
        {
            "Inside": role(PermissionsBoundary={"Ref": "Limit"}),
            "Outside": role(PermissionsBoundary="arn:aws:iam::111111111111:policy/elsewhere"),
            "Free": role(),
            "Limit": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": allow}},
        }
    )
    [limit] = only(loaded, "Inside").boundaries
    assert (limit.kind, limit.statements[0].effect) == ("boundary", Effect.ALLOW)
    assert only(loaded, "Outside").boundaries[0].unresolved
    assert only(loaded, "Free").boundaries is None


def test_a_policy_attached_to_someone_unknown_is_said_and_may_be_anyones(environment, role, allow):
    loaded = environment(
        {
            "Role": role(),
            "Loose": {
                "Type": "AWS::IAM::Policy",
                "Properties": {
                    "PolicyDocument": allow,
                    "PolicyName": "l",
                    "Roles": [{"Ref": "Unknown"}, "absent"],
                },
            },
        },
        Parameters={"Unknown": {"Type": "String"}},
    )
    assert [gap.expression for gap in loaded.unresolved] == [
        "policy Loose attached to a role not known",
        "policy Loose attached to role absent, which is not in the set",
    ]
    [policy] = only(loaded, "Role").identity
    assert policy.statements[0].effect is None


def test_a_policy_under_an_open_condition_has_an_open_effect(environment, role, allow):
    loaded = environment(
        {
            "Role": role(),
            "Perhaps": {
                "Type": "AWS::IAM::Policy",
                "Condition": "Open",
                "Properties": {"PolicyDocument": allow, "PolicyName": "p", "Roles": [{"Ref": "Role"}]},
            },
            "Never": {
                "Type": "AWS::IAM::Policy",
                "Condition": "No",
                "Properties": {"PolicyDocument": allow, "PolicyName": "n", "Roles": [{"Ref": "Role"}]},
            },
        },
        Parameters={"Unknown": {"Type": "String"}},
        Conditions={"Open": {"Fn::Equals": [{"Ref": "Unknown"}, "x"]}, "No": {"Fn::Equals": ["a", "b"]}},
    )
    [policy] = only(loaded, "Role").identity
    assert (policy.name, policy.statements[0].effect) == ("Perhaps", None)


def test_a_role_whose_name_is_not_known_stays_in_the_model(environment, role):
    loaded = environment({"Role": role(RoleName={"Ref": "Name"})}, Parameters={"Name": {"Type": "String"}})
    assert "OPAQUE" in only(loaded, "Role").arn
    assert "the name of role Role" in [gap.expression for gap in loaded.unresolved]


def test_two_roles_of_one_name_in_one_account_are_refused(environment, role):
    with pytest.raises(AccessError, match=r"role 'same' is also made by .*One"):
        environment({"One": role(RoleName="same"), "Two": role(RoleName="same")})


def test_an_unquoted_account_number_means_the_account(environment, statement):
    trusted = statement(Action="sts:AssumeRole", Principal={"AWS": [222222222222]})
    role = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": trusted}}
    loaded = environment({"Role": role})
    assert only(loaded, "Role").trust.statements[0].principals.patterns[0].value == "222222222222"
    assert "222222222222" in {p.account for p in loaded.principals if p.kind == "foreign_account"}


def test_whoever_no_template_makes_is_there_too(environment, role):
    loaded = environment({"Role": role()})
    kinds = {principal.kind for principal in loaded.principals}
    assert kinds == {"role", "root", "other_principal_of_account", "foreign_account", "anonymous", "service"}
    assert only(loaded, "lambda.amazonaws.com").kind == "service"


@pytest.mark.parametrize(
    ("resource", "says"),
    [
        ({"Type": "AWS::IAM::Role"}, "no AssumeRolePolicyDocument"),
        ({"Type": "AWS::IAM::Policy", "Properties": {"Roles": ["x"]}}, "no PolicyDocument"),
        ({"Type": "AWS::IAM::User", "Properties": {"Policies": "x"}}, "expected a list"),
        ({"Type": "AWS::IAM::User", "Properties": {"Policies": [{}]}}, "a PolicyDocument"),
        (
            {"Type": "AWS::IAM::User", "Properties": {"Policies": [{"PolicyDocument": {"Statement": 3}}]}},
            "Statement",
        ),
        (
            {"Type": "AWS::IAM::User", "Properties": {"ManagedPolicyArns": [{}]}},
            "the ARN of a managed policy",
        ),
    ],
)
def test_a_malformed_identity_is_an_error_at_its_place(environment, resource, says):
    with pytest.raises(AccessError, match=r"stack\.json:Thing") as caught:
        environment({"Thing": resource})
    assert says in str(caught.value)
