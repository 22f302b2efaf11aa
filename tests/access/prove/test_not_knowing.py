"""What is not known can turn proved into unknown, and never into anything greener."""

import pytest

from access.claims import everyone
from access.errors import AccessError
from access.prove import nobody
from access.reach import reach

BUCKET = "arn:aws:s3:::pictures/*"
GAP = {"Fn::GetAtt": ["PictureKey", "NoSuchAttribute"]}


def statement(service, role="UserData", index=0):
    return service[role]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"][index]


def verdict(environment, role, can="s3:GetObject", on=BUCKET, **more):
    who = everyone(environment).where(lambda p: p.place.logical_id == role, role)
    assert who.principals
    return nobody(who, can=can, on=on, **more)


def test_the_service_as_it_is_proves_the_claim_that_the_other_tests_disturb(service, loaded):
    assert verdict(loaded(service), "Function").verdict == "proved"


def test_a_dropped_condition_leaves_the_claim_unknown(service, loaded):
    statement(service, "Administrator")["Condition"] = {"StringEquals": {"aws:RequestedRegion": dict(GAP)}}
    proof = verdict(loaded(service), "Administrator")
    assert proof.verdict == "unknown"
    assert any("NoSuchAttribute" in settle for settle in proof.settles), proof.settles


@pytest.mark.parametrize("operator", ["StringResembles", "NumericAlmost", "ForAllValues:Near"])
def test_an_unknown_operator_on_an_allow_leaves_the_claim_unknown(service, loaded, operator):
    statement(service, "Administrator")["Condition"] = {operator: {"aws:PrincipalTag/team": "core"}}
    proof = verdict(loaded(service), "Administrator")
    assert proof.verdict == "unknown"
    assert any("operator" in settle for settle in proof.settles)


def test_an_unknown_operator_on_a_deny_does_not_deny(service, loaded):
    service["Administrator"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"].append({
        "Effect": "Deny", "Action": "s3:*", "Resource": "*",
        "Condition": {"StringResembles": {"aws:PrincipalTag/team": "core"}},
    })  # fmt: skip
    assert verdict(loaded(service), "Administrator").verdict == "unknown"


def test_an_unresolved_principal_of_an_allow_leaves_the_claim_unknown(service, loaded):
    service["PicturesPolicy"]["Properties"]["PolicyDocument"]["Statement"].append({
        "Effect": "Allow", "Action": "s3:GetObject", "Resource": BUCKET,
        "Principal": {"AWS": dict(GAP)},
    })  # fmt: skip
    assert verdict(loaded(service), "Function").verdict == "unknown"


def test_an_unresolved_principal_of_a_deny_does_not_deny(service, loaded):
    service["PicturesPolicy"]["Properties"]["PolicyDocument"]["Statement"].append({
        "Effect": "Deny", "Action": "s3:GetObject", "Resource": BUCKET,
        "Principal": {"AWS": dict(GAP)},
    })  # fmt: skip
    proof = verdict(loaded(service), "Administrator")
    assert proof.verdict == "unknown"


@pytest.mark.parametrize("element", ["Action", "Resource"])
def test_an_unresolved_element_of_an_allow_leaves_the_claim_unknown(service, loaded, element):
    allow = statement(service, "Function")
    allow.update({"Action": "s3:GetObject", "Resource": "*", element: dict(GAP)})
    assert verdict(loaded(service), "Function").verdict == "unknown"


@pytest.mark.parametrize("element", ["NotAction", "NotResource"])
def test_an_unresolved_exception_of_a_deny_does_not_deny(service, loaded, element):
    deny = {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}
    del deny[element.removeprefix("Not")]
    deny[element] = [dict(GAP)]
    service["Administrator"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"].append(deny)
    assert verdict(loaded(service), "Administrator").verdict == "unknown"


def test_a_managed_policy_of_aws_leaves_the_claim_unknown(service, loaded):
    service["Function"]["Properties"]["ManagedPolicyArns"] = ["arn:aws:iam::aws:policy/ReadOnlyAccess"]
    proof = verdict(loaded(service), "Function")
    assert proof.verdict == "unknown"
    assert any("ReadOnlyAccess" in settle for settle in proof.settles)


def test_an_unresolved_effect_leaves_the_claim_unknown_in_both_directions(service, loaded):
    for role, effect in (("Function", "Allow"), ("Administrator", "Deny")):
        altered = service[role]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
        altered.append({"Effect": dict(GAP), "Action": "s3:GetObject", "Resource": "*"})
        proof = verdict(loaded(service), role)
        assert proof.verdict == "unknown", effect
        altered.pop()


def test_a_gap_in_the_model_leaves_every_claim_unknown(service, loaded):
    service["Elsewhere"] = {
        "Type": "AWS::CloudFormation::Stack",
        "Properties": {"TemplateURL": "https://x/y.json"},
    }
    proof = verdict(loaded(service), "Function")
    assert proof.verdict == "unknown"
    assert any("nested stack" in settle for settle in proof.settles)


def test_a_limit_that_is_reached_says_so_every_time(service, loaded):
    letters = "abcdefghijklmnopqrst"
    allow = statement(service, "Administrator")
    allow["Condition"] = {"StringLike": {"s3:prefix": [f"*{letter}*{letter}*" for letter in letters]}}
    statement_of_function = statement(service, "Function")
    statement_of_function.update({"Action": "s3:GetObject", "Resource": "*", "Condition": allow["Condition"]})
    environment = loaded(service)
    both = everyone(environment).where(lambda p: p.place.logical_id in ("Administrator", "Function"))
    proof = nobody(both, can="s3:GetObject", on=BUCKET)
    assert proof.verdict == "unknown"
    assert sum("limit" in reason for reason in proof.reasons) == 2


def test_a_variable_before_the_fifth_colon_is_not_guessed(service, loaded):
    statement(service, "Administrator")["Resource"] = "arn:aws:s3:${aws:PrincipalTag/region}:${x}:pictures/*"
    assert verdict(loaded(service), "Administrator").verdict == "unknown"


def test_a_claim_about_a_key_that_is_unset_is_not_helped_by_a_negated_operator(service, loaded):
    statement(service, "Administrator")["Condition"] = {"StringNotEquals": {"aws:SourceVpc": "vpc-1"}}
    outside = {"StringEquals": {"aws:SourceVpc": "vpc-2"}}
    assert verdict(loaded(service), "Administrator", unless=outside).verdict == "refuted"


def test_a_claim_about_nobody_or_nothing_is_not_proved(service, loaded):
    environment = loaded(service)
    nobody_at_all = everyone(environment).where(lambda p: p.kind == "no such kind", "typing errors")
    assert nobody(nobody_at_all, can="s3:GetObject", on=BUCKET).verdict == "unknown"
    assert reach(nobody_at_all, can="s3:GetObject", on=BUCKET).verdict == "unknown"
    assert nobody(everyone(environment), can="s3:GetObject", on=[]).verdict == "unknown"
    assert nobody(everyone(environment), can=[], on=BUCKET).verdict == "unknown"


@pytest.mark.parametrize("action", ["kms:Decrpyt", "kmsDecrypt", "nosuch:Action"])
def test_an_action_that_no_service_has_is_an_error_and_no_proof(service, loaded, action):
    with pytest.raises(AccessError, match=action):
        nobody(everyone(loaded(service)), can=action, on=BUCKET)
