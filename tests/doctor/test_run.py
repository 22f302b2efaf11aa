"""What the command prints, asks and ends with."""

import json

import pytest
from botocore.exceptions import NoCredentialsError

import cli
from doctor import run
from doctor.checks import ACCOUNT, MACHINE, TENANT
from doctor.report import Answer, line, summary
from doctor.result import Check, Result, compared, unknown
from doctor.run import Asked, doctor, machine_of
from policies.verdict import Status
from stacks.lambda_asset import ROOT

MACHINE_HERE = machine_of(ROOT)


def fixed(*results: Result) -> tuple[Check, ...]:
    return tuple(
        Check(f"check-{number}", lambda _, result=result: result) for number, result in enumerate(results)
    )


GOOD = compared(True, found="3.11", expected="3.11 or newer", todo="")
BAD = compared(False, found="3.9", expected="3.11 or newer", todo="install a newer one")
UNSURE = unknown("no answer", expected="3.11 or newer")


@pytest.fixture
def checks(monkeypatch):
    """Replace the checks by others of the same kind."""

    def use(machine=(), tenant=(), account=()):
        for name, found in (("MACHINE", machine), ("TENANT", tenant), ("ACCOUNT", account)):
            monkeypatch.setattr(run, name, fixed(*found))

    return use


@pytest.mark.parametrize(
    ("results", "status"),
    [([GOOD], 0), ([GOOD, BAD], 1), ([GOOD, UNSURE], 3), ([UNSURE, BAD], 1), ([], 3)],
    ids=["holds", "broken", "cannot tell", "broken and cannot tell", "nothing looked at"],
)
def test_the_exit_status_is_the_worst_that_was_found(checks, results, status, capsys):
    checks(machine=results)
    assert doctor(Asked(), MACHINE_HERE) == status
    assert len(capsys.readouterr().out.splitlines()) == len(results) + 1


def test_a_line_says_what_was_found_what_was_expected_and_what_to_do():
    def of(result):
        return line(Answer(name="python", purpose="", environment=None, result=result))

    assert of(GOOD) == "✓ python: 3.11"
    assert of(BAD) == "✗ python: 3.9; expected 3.11 or newer; install a newer one"
    assert of(UNSURE).startswith("? python: no answer; expected 3.11 or newer; look by hand")


def test_the_last_line_counts():
    answers = [
        Answer(name="a", purpose="", environment=None, result=each) for each in (GOOD, GOOD, BAD, UNSURE)
    ]
    assert summary(answers).startswith("2 of 4 hold, 1 broken, 1 cannot be told")


def test_json_is_one_document_with_every_check(checks, capsys):
    checks(machine=[GOOD, BAD])
    assert doctor(Asked(as_json=True), MACHINE_HERE) == 1
    listed = json.loads(capsys.readouterr().out)["checks"]
    assert [(each["check"], each["verdict"]) for each in listed] == [
        ("check-0", "HOLDS"),
        ("check-1", "BROKEN"),
    ]
    assert listed[1]["todo"] == "install a newer one"


def test_a_result_that_is_not_good_says_what_to_do():
    with pytest.raises(ValueError, match="without anything to do"):
        Result(status=Status.BROKEN, found="x", expected="y")


def test_offline_asks_neither_aws_nor_a_tenant(checks, aws, monkeypatch):
    def fail(*_):
        raise AssertionError("asked")

    checks(machine=[GOOD])
    monkeypatch.setattr("doctor.tenant.fetch", fail)
    monkeypatch.setattr(run, "clients_of", fail)
    assert doctor(Asked(), MACHINE_HERE, aws) == 0
    assert aws.calls == []


def caller(aws, account):
    arn = f"arn:aws:iam::{account}:user/alice"
    aws.answer("sts", "get_caller_identity", {"Account": account, "Arn": arn, "UserId": "AIDAEXAMPLE"})


def test_online_asks_the_tenant_of_each_environment_and_not_aws(checks, aws, capsys):
    checks(machine=[GOOD], tenant=[GOOD])
    assert doctor(Asked(online=True), MACHINE_HERE, aws) == 0
    said = capsys.readouterr().out
    assert [f"{name} check-0" in said for name in ("development", "staging", "production")] == [True] * 3
    assert aws.calls == []


def test_the_account_of_the_credentials_says_which_environment_is_meant(checks, aws, capsys):
    checks(machine=[GOOD], tenant=[GOOD], account=[GOOD])
    caller(aws, "222222222222")
    assert doctor(Asked(aws=True), MACHINE_HERE, aws) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[1:3] == ["✓ staging check-0: 3.11", "✓ staging check-0: 3.11"]


@pytest.mark.parametrize(
    ("environment", "account", "expected"),
    [
        (
            None,
            "999999999999",
            "111111111111 (development) or 222222222222 (staging) or 333333333333 (production)",
        ),
        ("production", "222222222222", "333333333333 (production)"),
    ],
)
def test_credentials_of_another_account_are_one_refusal_and_no_further_call(
    checks, aws, capsys, environment, account, expected
):
    checks(machine=[GOOD], tenant=[GOOD], account=[GOOD])
    caller(aws, account)
    assert doctor(Asked(aws=True, environment=environment), MACHINE_HERE, aws) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert (
        said.err == f"the credentials are of account {account}, expected {expected}; nothing was looked at\n"
    )
    # In a region that every account has enabled: the chosen one may not be.
    assert aws.calls == [("sts", "us-east-1", "GetCallerIdentity")]


@pytest.mark.parametrize("answer", ["ExpiredToken: The security token\nis expired", "InvalidClientTokenId"])
def test_credentials_that_cannot_be_used_are_one_line(checks, aws, capsys, answer):
    checks(machine=[GOOD], account=[GOOD])
    aws.answer("sts", "get_caller_identity", answer)
    assert doctor(Asked(aws=True), MACHINE_HERE, aws) == 2
    said = capsys.readouterr()
    assert (said.out, len(said.err.splitlines())) == ("", 1)


def test_no_credentials_are_one_line(aws, capsys):
    aws.refusal = NoCredentialsError()
    assert doctor(Asked(aws=True), MACHINE_HERE, aws) == 2
    assert capsys.readouterr().err == "the credentials cannot be used: Unable to locate credentials\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--environment", "sandbox", "--aws"], "--environment: got 'sandbox', expected one of development"),
        (
            ["--environment", "sandbox", "--online"],
            "--environment: got 'sandbox', expected one of development",
        ),
        (["--environment", "staging"], "--environment is about --aws and --online"),
    ],
)
def test_an_environment_that_cannot_be_looked_at_is_one_line(words, message, capsys):
    assert cli.main(["doctor", *words]) == 2
    said = capsys.readouterr()
    assert (said.out, said.err.startswith(message)) == ("", True), said


def test_settings_that_are_wrong_are_a_broken_check_offline_and_a_refusal_with_aws(tmp_path, aws, capsys):
    text = (ROOT / "settings.toml").read_text().replace("rotation_days = 90", "rotation_days = 9")
    (tmp_path / "settings.toml").write_text(text)
    there = run.Machine(root=ROOT, settings_file=tmp_path / "settings.toml")
    assert doctor(Asked(), there) == 1
    assert "✗ settings: " in capsys.readouterr().out
    assert doctor(Asked(aws=True), there, aws) == 2
    assert "master_key_rotation_days: got 9" in capsys.readouterr().err
    assert aws.calls == []


def test_every_client_gives_up_soon(session):
    config = run.clients_of(session)("ec2", "eu-west-1").meta.config
    assert config.connect_timeout <= 5
    assert config.read_timeout <= 15
    assert config.retries["total_max_attempts"] <= 2


def test_every_check_has_a_name_and_a_purpose_of_its_own():
    every = (*MACHINE, *TENANT, *ACCOUNT)
    assert len({check.name for check in every}) == len(every)
    assert len({check.look for check in every}) == len(every)
    assert all(check.purpose.endswith(".") for check in every)
