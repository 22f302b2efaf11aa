"""What `nobody` and `only` answer about a small picture service, whole and weakened."""

import pytest

from access.claims import everyone
from access.decision import Outcome
from access.errors import AccessError
from access.prove import nobody, only

READER = {"StringEquals": {"kms:EncryptionContext:reader": "${aws:PrincipalTag/user}"}}
OWN_ROWS = {
    "ForAllValues:StringLike": {"dynamodb:LeadingKeys": "${aws:PrincipalTag/user}|*"},
    "Null": {"dynamodb:LeadingKeys": "false"},
}
OWN_OBJECTS = {"Resource": "arn:aws:s3:::pictures/${aws:PrincipalTag/user}/*"}


def picture_key(environment):
    return next(r for r in environment.resources if r.type == "AWS::KMS::Key")


def bucket(environment):
    return next(r for r in environment.resources if r.type == "AWS::S3::Bucket")


def policy_of(service, role):
    return service[role]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]


def test_only_the_users_session_can_decrypt(service, loaded, role_of):
    environment = loaded(service)
    proof = only(role_of(environment, "UserData"), can="kms:Decrypt", on=picture_key(environment))
    assert proof.verdict == "proved", proof


def test_a_session_decrypts_only_what_is_wrapped_for_its_own_user(service, loaded, role_of):
    environment = loaded(service)
    session = role_of(environment, "UserData")
    proof = nobody(session, can="kms:Decrypt", on=picture_key(environment), unless=READER)
    assert proof.verdict == "proved", proof


def test_without_the_condition_another_readers_wrap_is_the_counterexample(service, loaded, role_of):
    del policy_of(service, "UserData")[2]["Condition"]
    environment = loaded(service)
    session = role_of(environment, "UserData")
    proof = nobody(session, can="kms:Decrypt", on=picture_key(environment), unless=READER)
    assert proof.verdict == "refuted"
    assert environment.evaluate(proof.witness.request).outcome is Outcome.ALLOW
    context = proof.witness.request.context
    reader = context.get("kms:EncryptionContext:reader")
    assert reader is None or reader != context.get("aws:PrincipalTag/user")


def test_a_session_writes_only_rows_that_begin_with_its_own_user(service, loaded, role_of):
    environment = loaded(service)
    session = role_of(environment, "UserData")
    table = "arn:aws:dynamodb:eu-west-1:111111111111:table/Grants"
    assert nobody(session, can="dynamodb:PutItem", on=table, unless=OWN_ROWS).verdict == "proved"
    # The same claim without the user in it is stronger than what the policy promises.
    proof = nobody(
        session, can="dynamodb:PutItem", on=table, unless={"Null": {"dynamodb:LeadingKeys": "true"}}
    )
    assert proof.verdict == "refuted"


def test_for_all_values_without_null_false_lets_a_request_without_keys_through(service, loaded, role_of):
    del policy_of(service, "UserData")[1]["Condition"]["Null"]
    environment = loaded(service)
    table = "arn:aws:dynamodb:eu-west-1:111111111111:table/Grants"
    proof = nobody(role_of(environment, "UserData"), can="dynamodb:PutItem", on=table, unless=OWN_ROWS)
    assert proof.verdict == "refuted"
    assert not any(proof.witness.request.context.get("dynamodb:LeadingKeys", ()))


def test_a_pattern_that_admits_less_implies_one_that_admits_more(service, loaded, role_of):
    environment = loaded(service)
    table = "arn:aws:dynamodb:eu-west-1:111111111111:table/Grants"
    wider = {"ForAnyValue:StringLike": {"dynamodb:LeadingKeys": "${aws:PrincipalTag/user}*"}}
    proof = nobody(role_of(environment, "UserData"), can="dynamodb:PutItem", on=table, unless=wider)
    assert proof.verdict == "proved", proof


def test_a_session_writes_only_objects_below_its_own_prefix(service, loaded, role_of):
    environment = loaded(service)
    session = role_of(environment, "UserData")
    assert nobody(session, can="s3:PutObject", on=bucket(environment), unless=OWN_OBJECTS).verdict == "proved"
    proof = nobody(session, can="s3:PutObject", on=bucket(environment))
    assert proof.verdict == "refuted"


def test_the_function_reaches_no_data(service, loaded, role_of):
    environment = loaded(service)
    function = role_of(environment, "Function")
    proof = nobody(
        function, can=["s3:*", "dynamodb:*", "kms:*"], on=[bucket(environment), picture_key(environment)]
    )
    assert proof.verdict == "proved", proof


def test_an_actions_wildcard_speaks_of_real_actions(service, loaded, role_of):
    environment = loaded(service)
    administrator = role_of(environment, "Administrator")
    proof = nobody(administrator, can="s3:Get*", on="arn:aws:s3:::pictures/*")
    assert proof.verdict == "refuted"
    assert proof.witness.request.action.startswith("s3:Get")
    with pytest.raises(AccessError, match="s3:Fly"):
        nobody(administrator, can="s3:Fly*", on="arn:aws:s3:::pictures/*")


def test_an_anonymous_caller_reaches_nothing(service, loaded):
    environment = loaded(service)
    strangers = everyone(environment).where(lambda p: p.kind in ("anonymous", "foreign_account"), "strangers")
    proof = nobody(
        strangers, can=["s3:GetObject", "kms:Decrypt"], on=[bucket(environment), picture_key(environment)]
    )
    assert proof.verdict == "proved", proof


def test_what_is_given_narrows_the_claim(service, loaded, role_of):
    environment = loaded(service)
    administrator = role_of(environment, "Administrator")
    plain_text = {"Bool": {"aws:SecureTransport": "false"}}
    assert (
        nobody(administrator, can="s3:GetObject", on=bucket(environment), given=plain_text).verdict
        == "proved"
    )
    assert nobody(administrator, can="s3:GetObject", on=bucket(environment)).verdict == "refuted"


def test_a_role_that_is_taken_only_with_mfa_is_proved_so(service, loaded, role_of):
    environment = loaded(service)
    role = "arn:aws:iam::111111111111:role/Administrator"
    with_mfa = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    employee = role_of(environment, "Employee")
    assert nobody(employee, can="sts:AssumeRole", on=role, unless=with_mfa).verdict == "proved"
    proof = nobody(employee, can="sts:AssumeRole", on=role)
    assert proof.verdict == "refuted"
    assert proof.witness.request.context["aws:MultiFactorAuthPresent"] == ("true",)


def test_bool_if_exists_does_not_prove_mfa(service, loaded, role_of):
    trust = service["Administrator"]["Properties"]["AssumeRolePolicyDocument"]["Statement"][0]
    trust["Condition"] = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}}
    environment = loaded(service)
    role = "arn:aws:iam::111111111111:role/Administrator"
    with_mfa = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    proof = nobody(role_of(environment, "Employee"), can="sts:AssumeRole", on=role, unless=with_mfa)
    assert proof.verdict == "refuted"
    assert "aws:MultiFactorAuthPresent" not in proof.witness.request.context


def test_a_policy_that_names_one_session_of_a_role_is_found(service, loaded, role_of):
    service["PicturesPolicy"]["Properties"]["PolicyDocument"]["Statement"].append({
        "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::pictures/*",
        "Principal": {"AWS": "arn:aws:sts::111111111111:assumed-role/Function/debug"},
    })  # fmt: skip
    environment = loaded(service)
    proof = nobody(role_of(environment, "Function"), can="s3:GetObject", on=bucket(environment))
    assert proof.verdict == "refuted"
    assert proof.witness.request.caller.arn.endswith("/debug")


def test_a_glob_of_resources_speaks_of_those_no_template_makes(service, loaded, role_of):
    environment = loaded(service)
    proof = nobody(role_of(environment, "UserData"), can="s3:PutObject", on="arn:aws:s3:::other-*/*")
    # What the owner of such a bucket allows is not in the templates.
    assert proof.verdict == "unknown"
    assert "outside the set" in proof.counterexample
    assert nobody(role_of(environment, "Employee"), can="iam:PutRolePolicy", on="*").verdict == "proved"


def test_a_condition_on_a_name_does_not_rule_out_a_principal_that_no_template_makes(service, loaded):
    statement = service["PictureKey"]["Properties"]["KeyPolicy"]["Statement"][0]
    statement["Condition"]["ArnEquals"]["aws:PrincipalArn"] = "arn:aws:iam::111111111111:role/MadeElsewhere"
    environment = loaded(service)
    others = everyone(environment).where(lambda p: p.kind == "other_principal_of_account")
    proof = nobody(others, can="kms:Decrypt", on=picture_key(environment))
    assert proof.verdict == "refuted"
    assert proof.witness.request.caller.role == "arn:aws:iam::111111111111:role/MadeElsewhere"


def test_a_condition_on_an_account_does_not_rule_out_strangers(service, loaded):
    service["PicturesPolicy"]["Properties"]["PolicyDocument"]["Statement"].append({
        "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::pictures/*", "Principal": "*",
        "Condition": {"StringEquals": {"aws:PrincipalAccount": "444455556666"}},
    })  # fmt: skip
    environment = loaded(service)
    strangers = everyone(environment).where(lambda p: p.kind == "foreign_account")
    proof = nobody(strangers, can="s3:GetObject", on=bucket(environment))
    assert proof.verdict == "refuted"
    assert proof.witness.request.caller.account == "444455556666"


def test_what_a_stranger_may_do_in_an_account_of_his_own_refutes_nothing(service, loaded):
    """Such as s3:ListAllMyBuckets, which AWS authorizes on `*` in the account of whoever calls."""
    environment = loaded(service)
    strangers = everyone(environment).where(lambda p: p.kind in ("foreign_account", "anonymous"))
    proof = nobody(strangers, can="s3:*", on=bucket(environment))
    assert proof.verdict == "proved", proof


def test_the_same_question_has_the_same_witness_whatever_was_asked_before(service, loaded, role_of):
    """The solver keeps what it was asked in this process, and finds other models after other questions."""
    environment = loaded(service)
    session = role_of(environment, "UserData")
    answers = set()
    for before in ("kms:GenerateDataKey", "dynamodb:Query", "s3:GetObject", "kms:Decrypt", "s3:*"):
        nobody(everyone(environment), can=before, on="arn:aws:*")
        answers.add(str(nobody(session, can="kms:Decrypt", on=picture_key(environment)).witness))
    assert len(answers) == 1, answers
    assert answers != {"None"}
