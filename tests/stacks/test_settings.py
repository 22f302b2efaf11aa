import dataclasses
from pathlib import Path

import pytest

from stacks.lambda_asset import ROOT
from stacks.settings import Settings, SettingsError

EXAMPLE = (ROOT / "settings.toml").read_text()


def load(tmp_path: Path, text: str) -> Settings:
    file = tmp_path / "settings.toml"
    file.write_text(text)
    return Settings.load(file)


def test_the_example_settings_hold_three_environments_that_share_nothing():
    settings = Settings.load(ROOT / "settings.toml")
    assert [one.name for one in settings.environments] == ["development", "staging", "production"]
    for key in ("account", "issuer", "audience", "hosted_zone_id", "client_ids"):
        assert len({getattr(one, key) for one in settings.environments}) == 3, key


def test_settings_cannot_be_changed_after_they_were_checked():
    settings = Settings.load(ROOT / "settings.toml")
    with pytest.raises(dataclasses.FrozenInstanceError):
        settings.region = "us-east-1"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("good", "bad", "key", "expected"),
    [
        ('region = "eu-west-1"', 'region = "Ireland"', "region", "an AWS region"),
        ('region = "eu-west-1"', "region = 1", "region", "an AWS region"),
        ('domain = "soulpicks.example"', 'domain = "https://soulpicks.example"', "domain", "a domain name"),
        ('python_runtime = "3.13"', 'python_runtime = "3.9"', "python_runtime", "one of '3.13'"),
        ('architecture = "arm64"', 'architecture = "arm"', "architecture", "one of 'arm64'"),
        ("rotation_days = 90", "rotation_days = 366", "master_key_rotation_days", "from 90 to 365"),
        ("rotation_days = 90", "rotation_days = 89", "master_key_rotation_days", "from 90 to 365"),
        ("rotation_days = 90", "rotation_days = true", "master_key_rotation_days", "a whole number"),
        ("rotation_days = 90", 'rotation_days = "90"', "master_key_rotation_days", "a whole number"),
        ("retention_days = 365", "retention_days = 364", "log_retention_days", "one of (30"),
        ("cache_seconds = 60", "cache_seconds = 301", "authorizer_cache_seconds", "from 0 to 300"),
        ("cache_seconds = 60", "cache_seconds = -1", "authorizer_cache_seconds", "from 0 to 300"),
        ('s3 = "pl-6da54004"', 's3 = "com.amazonaws.eu-west-1.s3"', "prefix_lists.s3", "a prefix list id"),
        ('"111111111111"', "111111111111", "environments.development.account", "12 digits in quotes"),
        ('"111111111111"', '"11111111111"', "environments.development.account", "12 digits in quotes"),
        ("auth0.com/", "auth0.com", "environments.development.issuer", "ending in /"),
        ("https://soulpicks-dev", "http://soulpicks-dev", "environments.development.issuer", "an https"),
        (
            "development.soulpicks.example",
            "development.soulpicks.example/",
            "environments.development.audience",
            "without a slash",
        ),
        ('"Z0111111111111111111"', '"example.com"', "environments.development.hosted_zone_id", "a Route 53"),
        (
            '["DevelopmentIosAndAndroidApp01234", "DevelopmentWebApp012345678901234"]',
            "[]",
            "environments.development.client_ids",
            "1 to 10 different",
        ),
        (
            '["DevelopmentIosAndAndroidApp01234", "DevelopmentWebApp012345678901234"]',
            '"DevelopmentWebApp012345678901234"',
            "environments.development.client_ids",
            "a list of",
        ),
    ],
)
def test_a_bad_value_is_one_error_that_names_file_key_value_and_what_was_expected(
    tmp_path, good, bad, key, expected
):
    assert good in EXAMPLE
    with pytest.raises(SettingsError) as refused:
        load(tmp_path, EXAMPLE.replace(good, bad, 1))
    message = str(refused.value)
    assert message.startswith(f"{tmp_path / 'settings.toml'}: {key}: got "), message
    assert expected in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('region = "eu-west-1"\n', "region: missing"),
        ('dynamodb = "pl-6fa54006"\n', "prefix_lists.dynamodb: missing"),
        ('account = "333333333333"\n', "environments.production.account: missing"),
    ],
)
def test_a_missing_setting_is_named(tmp_path, line, message):
    assert line in EXAMPLE
    with pytest.raises(SettingsError, match=message):
        load(tmp_path, EXAMPLE.replace(line, ""))


def test_a_setting_that_nobody_reads_is_refused(tmp_path):
    with pytest.raises(SettingsError, match="log_retention: unknown setting"):
        load(tmp_path, f"log_retention = 30\n{EXAMPLE}")


def test_a_fourth_environment_is_refused(tmp_path):
    fourth = EXAMPLE[EXAMPLE.index("[environments.development]") :].split("\n\n")[0]
    fourth = fourth.replace("environments.development", "environments.sandbox")
    with pytest.raises(SettingsError, match=r"environments\.sandbox\.name: got 'sandbox'"):
        load(tmp_path, f"{EXAMPLE}\n{fourth}\n")


@pytest.mark.parametrize(
    ("of_staging", "of_production", "key"),
    [
        ("222222222222", "333333333333", "account"),
        ("https://soulpicks-staging.eu", "https://soulpicks-production.eu", "issuer"),
        ("https://api.staging.", "https://api.production.", "audience"),
        ("StagingWebApp0123456789012345678", "ProductionWebApp0123456789012345", "client_ids"),
    ],
)
def test_two_environments_that_share_something_are_refused(tmp_path, of_staging, of_production, key):
    with pytest.raises(SettingsError, match=rf"environments\.\*\.{key}"):
        load(tmp_path, EXAMPLE.replace(of_staging, of_production))


@pytest.mark.parametrize("text", ["region = ", "\x00", "environments = 3", "prefix_lists = []"])
def test_a_file_of_the_wrong_form_is_one_clear_error(tmp_path, text):
    with pytest.raises(SettingsError, match=r"settings\.toml: "):
        load(tmp_path, text)


def test_a_file_that_is_not_there_is_one_clear_error(tmp_path):
    with pytest.raises(SettingsError, match=r"absent\.toml: cannot be read"):
        Settings.load(tmp_path / "absent.toml")
