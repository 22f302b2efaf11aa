"""A settings file as a whole: what is missing, unknown or of the wrong form, all of it said at once."""

import dataclasses
import datetime
import tomllib

import pytest

from stacks.lambda_asset import ROOT
from stacks.settings import ENVIRONMENTS, Settings, SettingsError

EXAMPLE = (ROOT / "settings.toml").read_text()


def test_the_example_settings_hold_three_environments_that_share_nothing():
    settings = Settings.load(ROOT / "settings.toml")
    assert tuple(one.name for one in settings.environments) == ENVIRONMENTS
    for key in ("account", "issuer", "audience", "hosted_zone_id", "client_ids", "protected_environment"):
        assert len({getattr(one, key) for one in settings.environments}) == len(ENVIRONMENTS), key


def test_settings_cannot_be_changed_after_they_were_checked():
    settings = Settings.load(ROOT / "settings.toml")
    with pytest.raises(dataclasses.FrozenInstanceError):
        settings.region = "us-east-1"  # type: ignore[misc]


def test_settings_that_are_made_from_others_are_checked_too():
    settings = Settings.load(ROOT / "settings.toml")
    assert dataclasses.replace(settings, master_key_rotation_days=365).master_key_rotation_days == 365
    with pytest.raises(SettingsError, match=r"^prefix_lists\.us-east-1: missing"):
        dataclasses.replace(settings, region="us-east-1")


def test_a_region_is_changed_with_its_prefix_lists(load):
    text = EXAMPLE.replace('"eu-west-1"', '"us-east-1"') + (
        '\n[prefix_lists.us-east-1]\ns3 = "pl-00000001"\ndynamodb = "pl-00000002"\n'
    )
    assert load(text).prefix_lists.s3 == "pl-00000001"


def test_every_problem_of_a_file_is_one_line_that_names_file_key_value_and_expectation(refused, tmp_path):
    text = EXAMPLE.replace('"eu-west-1"', '"eu-west-9"').replace('"111111111111"', '"000000000000"')
    text = text.replace("rotation_days = 90", "rotation_days = 9").replace(
        "https://api.staging.", "https://api."
    )
    text = text.replace('owner = "soulpicks-example"', "").replace('"main"', '"refs/heads/main"')
    lines = refused(f"colour = 1\n{text}")
    file = f"{tmp_path / 'settings.toml'}: "
    assert all(line.startswith(file) and ", expected " in line for line in lines), lines
    assert [line.removeprefix(file).partition(":")[0] for line in lines] == [
        "colour",
        "region",
        "master_key_rotation_days",
        "delivery.owner",
        "delivery.branch",
        "environments.development.account",
        "environments.staging.audience",
    ]
    assert "got 'eu-west-9'" in lines[1]
    assert "missing" in lines[3]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('region = "eu-west-1"\n', "region: missing"),
        ('dynamodb = "pl-6fa54006"\n', "prefix_lists.eu-west-1.dynamodb: missing"),
        ('account = "333333333333"\n', "environments.production.account: missing"),
        (EXAMPLE[EXAMPLE.index("[environments.staging]") : EXAMPLE.index("[environments.production]")],
         "environments.staging: missing"),
    ],
)  # fmt: skip
def test_a_missing_setting_is_named(refused, line, message):
    assert line in EXAMPLE
    (said,) = refused(EXAMPLE.replace(line, ""))
    assert message in said


def test_a_setting_that_nobody_reads_is_refused(refused):
    (said,) = refused(f"log_retention = 30\n{EXAMPLE}")
    assert "log_retention: unknown setting, expected one of architecture" in said


def test_the_order_of_environments_in_the_file_does_not_matter(load):
    head, development, rest = (
        EXAMPLE[: EXAMPLE.index("[environments.development]")],
        EXAMPLE[EXAMPLE.index("[environments.development]") : EXAMPLE.index("[environments.staging]")],
        EXAMPLE[EXAMPLE.index("[environments.staging]") :],
    )
    assert load(f"{head}{rest}\n{development}") == load(EXAMPLE)


def test_an_environment_that_nobody_knows_is_refused(refused):
    fourth = EXAMPLE[EXAMPLE.index("[environments.development]") :].split("\n\n")[0]
    fourth = fourth.replace("environments.development", "environments.sandbox")
    (said,) = refused(f"{EXAMPLE}\n{fourth}\n")
    assert "environments.sandbox: unknown environment, expected one of development" in said


def test_prefix_lists_without_their_region_are_refused(refused):
    lines = refused(EXAMPLE.replace("[prefix_lists.eu-west-1]", "[prefix_lists]"))
    assert "prefix_lists.s3: unknown region" in lines[0]
    assert any("prefix_lists.eu-west-1: missing" in line for line in lines)


@pytest.mark.parametrize(
    "text",
    [
        "region = ",
        "\x00",
        "environments = 3",
        "prefix_lists = []",
        "delivery = 'x'",
        "environments.staging = 1",
        "[[environments]]",
        "a = " + "[" * 5000,
        '"two\\nlines" = 1',
        "",
    ],
)
def test_a_file_of_the_wrong_form_is_lines_that_name_it(refused, tmp_path, text):
    lines = refused(text)
    assert lines
    assert all(line.startswith(f"{tmp_path / 'settings.toml'}: ") and "\n" not in line for line in lines)


def test_a_file_that_cannot_be_read_is_one_clear_error(tmp_path):
    (tmp_path / "bytes.toml").write_bytes(b"region = \xff")
    for name in ("absent.toml", ".", "bytes.toml"):
        with pytest.raises(SettingsError, match=r"cannot be read as TOML") as error:
            Settings.load(tmp_path / name)
        assert len(str(error.value).splitlines()) == 1


# One of each kind of value that TOML has, and what is odd among them.
VALUES = (
    *("", " ", "\n", "ä", "x" * 5000, "https://", "https://a", "arn:aws:iam::", "a@", "@", "."),
    *(0, 1, -1, 10**30, True, False, 1.5, float("nan"), float("inf")),
    *((), ("",), (1,), ((),), ({},), ("a", "a"), {}, {"a": 1}, {"a": {}}),
    *(datetime.datetime(2026, 1, 1), datetime.date(2026, 1, 1), datetime.time(1)),  # noqa: DTZ001
)


def places(document, path=""):
    for key, value in document.items():
        yield f"{path}{key}"
        if isinstance(value, dict):
            yield from places(value, f"{path}{key}.")


# Those of VALUES that are right in some place.
RIGHT = [
    *((key, value) for key in ("authorizer_cache_seconds", "reserved_concurrency") for value in (0, 1)),
    *((key, ()) for key in ("web_origins", "restorers")),
    # IAM takes these as names of roles.
    *(("bootstrap_administrator", name) for name in ("a@", "@", ".")),
]


@pytest.mark.parametrize("place", tuple(places(tomllib.loads(EXAMPLE))))
def test_no_value_of_any_kind_is_a_traceback_or_passes_by_accident(said, place):
    for value in VALUES:
        lines = said({place: value})
        assert all("\n" not in line and len(line) < 900 for line in lines), value
        right = any(place.endswith(key) and type(value) is type(one) and value == one for key, one in RIGHT)
        assert right or any(line.startswith(place) for line in lines), (value, lines)
        assert not (right and lines), (value, lines)
