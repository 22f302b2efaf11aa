"""The command line answers with tables or JSON, and with an exit status that a pipeline can use."""

import json
from pathlib import Path

import pytest

from access.cli import EXIT_CODES, main

TRUST = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}


def version(*actions: str, **properties) -> dict:
    reading = {"Effect": "Allow", "Action": list(actions), "Resource": "arn:aws:s3:::photos/*"}
    return {
        "Resources": {
            "Reader": {
                "Type": "AWS::IAM::Role",
                "Properties": {
                    "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": TRUST},
                    "Policies": [
                        {
                            "PolicyName": "read",
                            "PolicyDocument": {"Version": "2012-10-17", "Statement": reading},
                        }
                    ],
                    **properties,
                },
            },
            "Photos": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "photos"}},
        }
    }


@pytest.fixture
def template(tmp_path: Path):
    def write(*actions: str, name: str = "stack.json", **properties) -> str:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(version(*actions, **properties)))
        return str(path)

    return write


@pytest.fixture
def run(capsys):
    def call(*words: str) -> tuple[int, str]:
        status = main([*words])
        output = capsys.readouterr()
        return status, output.out + output.err

    return call


PLACE = ("--account", "111111111111", "--region", "eu-west-1")
AWS_OWN = {"ManagedPolicyArns": ["arn:aws:iam::aws:policy/ReadOnlyAccess"]}


def test_load_says_what_there_is_and_what_is_assumed(run, template):
    status, said = run("load", template("s3:GetObject"))
    assert status == 0
    assert "the account is not known" in said
    assert json.loads(run("load", template("s3:GetObject"), *PLACE, "--json")[1]) == {
        "accounts": ["111111111111"],
        "principals": {
            "role": 1,
            "root": 1,
            "other_principal_of_account": 1,
            "foreign_account": 1,
            "anonymous": 1,
            "service": 1,
        },
        "resources": {"total": 2, "with_policy": 1},
        "endpoints": 0,
        "scp_accounts": [],
        "unresolved": [],
        "assumptions": [],
    }


def test_who_can_names_everyone_who_may_and_when(run, template):
    path = template("s3:GetObject")
    status, said = run("who-can", "s3:GetObject", "Photos", "-t", path, *PLACE)
    assert (status, "111111111111/Reader" in said, "foreign" in said) == (0, True, False)
    status, said = run("who-can", "s3:GetObject", "Photos", "-t", path, *PLACE, "--all", "--json")
    [photos] = json.loads(said)["resources"]
    may = {row["principal"]: row["may"] for row in photos["principals"]}
    assert (may["Reader"], may["any foreign account"], may["anonymous"]) == ("allowed", "denied", "denied")


def test_who_can_is_not_known_where_a_policy_is_missing(run, template):
    path = template("s3:GetObject", **AWS_OWN)
    status, said = run("who-can", "s3:PutObject", "Photos", "-t", path, *PLACE, "--json")
    [photos] = json.loads(said)["resources"]
    assert (status, {row["principal"]: row["may"] for row in photos["principals"]}["Reader"]) == (
        3,
        "unknown",
    )


@pytest.mark.parametrize(
    ("action", "properties", "status", "says"),
    [
        ("s3:GetObject", {}, 0, "ALLOW"),
        ("s3:PutObject", {}, 1, "IMPLICIT_DENY"),
        ("s3:PutObject", AWS_OWN, 3, "ReadOnlyAccess, which is not in the set"),
    ],
)
def test_explain_decides_one_request(run, template, action, properties, status, says):
    path = template("s3:GetObject", **properties)
    found, said = run("explain", "Reader", action, "Photos/a.jpg", "-t", path, *PLACE)
    assert (found, says in said) == (status, True), said


@pytest.mark.parametrize(
    ("action", "properties", "status", "verdict"),
    [
        ("s3:PutObject", {}, 0, "proved"),
        ("s3:GetObject", {}, 1, "refuted"),
        ("s3:PutObject", AWS_OWN, 3, "unknown"),
    ],
)
def test_prove_tells_proved_refuted_and_unknown_apart(run, template, action, properties, status, verdict):
    path = template("s3:GetObject", **properties)
    words = ("prove", "nobody", "Reader", "--can", action, "--on", "Photos", "-t", path, *PLACE)
    found, said = run(*words, "--json")
    assert (found, json.loads(said)["verdict"]) == (status, verdict)
    assert run(*words)[1].startswith(verdict)


def test_prove_takes_conditions_that_excuse_a_request(run, template):
    words = (
        "prove",
        "nobody",
        "Reader",
        "--can",
        "s3:GetObject",
        "--on",
        "Photos",
        "-t",
        template("s3:GetObject"),
    )
    excuse = '{"Bool": {"aws:SecureTransport": "true"}}'
    assert run(*words, *PLACE, "--unless", excuse)[0] == 1
    assert run(*words, *PLACE, "--given", excuse, "--unless", excuse)[0] == 0


@pytest.mark.parametrize(
    ("action", "properties", "status", "says"),
    [
        ("s3:PutObject", {}, 0, "nobody of Reader comes to it"),
        ("s3:GetObject", {}, 1, "Reader may s3:GetObject Photos"),
        ("iam:PutRolePolicy", AWS_OWN, 3, "unknown"),
    ],
)
def test_reach_says_how_somebody_comes_to_a_permission(run, template, action, properties, status, says):
    path = template(action, **properties)
    answer = run("reach", "Reader", "--can", "s3:GetObject", "--on", "Photos", "-t", path, *PLACE)
    assert (answer[0], says in answer[1]) == (status, True), answer[1]


def test_compare_fails_when_something_is_widened(run, template):
    old = template("s3:GetObject", name="old/stack.json")
    wide = template("s3:GetObject", "s3:PutObject", name="wide/stack.json")
    opened = template("s3:GetObject", name="opened/stack.json", **AWS_OWN)
    assert run("compare", old, old, *PLACE)[0] == 0
    assert run("compare", wide, old, *PLACE)[0] == 0
    assert run("compare", old, opened, *PLACE)[0] == 3
    status, said = run("compare", old, wide, *PLACE)
    assert (status, "111111111111/Reader" in said, "s3:PutObject" in said) == (1, True, True)
    [change] = json.loads(run("compare", old, wide, *PLACE, "--json")[1])["newly_allowed"]
    assert (change["actions"], change["witness"]["action"]) == (["s3:PutObject"], "s3:PutObject")


def test_check_cases_counts(run, tmp_path):
    case = {
        "id": "one",
        "request": {
            "principal": "arn:aws:iam::111111111111:user/a",
            "action": "s3:GetObject",
            "resource": "arn:aws:s3:::b/k",
            "resource_account": "111111111111",
        },
        "policies": {"identity": []},
        "expected": {"decision": "IMPLICIT_DENY"},
    }
    path = tmp_path / "cases.json"
    path.write_text(json.dumps({"cases": [case]}))
    assert run("check-cases", str(path)) == (0, "1 passed, 0 failed\n")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("load", "absent.yaml"), "absent.yaml"),
        (("explain", "Nobdy", "s3:GetObject", "Photos", "-t", "TEMPLATE"), "no principal called 'Nobdy'"),
        (("explain", "Reder", "s3:GetObject", "Photos", "-t", "TEMPLATE"), "near it: Reader"),
        (("explain", "Reader", "s3:GetObject", "Fotos", "-t", "TEMPLATE"), "near it: Photos"),
        (("explain", "Reader", "s3:GetObject", "Photos", "-t", "TEMPLATE", "--context", "x"), "NAME=VALUE"),
        (
            ("prove", "nobody", "root", "--can", "s3:Nothing*", "--on", "Photos", "-t", "TEMPLATE"),
            "s3:Nothing*",
        ),
        (
            ("prove", "only", "root", "--can", "a:b", "--on", "Photos", "-t", "TEMPLATE", "--given", "{"),
            "JSON",
        ),
        (
            ("prove", "only", "root", "--can", "a:b", "--on", "Photos", "-t", "TEMPLATE", "--given", "[]"),
            "a condition",
        ),
        (("load", "TEMPLATE", "--account", "12"), "12 digits"),
        (("compare", "TEMPLATE", "absent.yaml"), "absent.yaml"),
    ],
)
def test_what_cannot_be_read_is_one_line_and_status_two(run, template, words, says):
    path = template("s3:GetObject")
    status, said = run(*(path if word == "TEMPLATE" else word for word in words))
    assert (status, says in said) == (2, True), said
    assert len(said.splitlines()) == 1


def test_every_exit_status_is_in_the_help(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    said = " ".join(capsys.readouterr().out.split())
    assert all(f"{code}: {meaning}" in said for code, meaning in EXIT_CODES.items())
