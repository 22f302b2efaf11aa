"""A bad setting is the same few lines from everything that a person can start."""

import asyncio
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import cli
from local_cloud import synthesis
from local_cloud.errors import LocalCloudError

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def bad(tmp_path, monkeypatch) -> tuple[str, ...]:
    """A settings file with two mistakes that everything reads; the lines that say so."""
    text = (ROOT / "settings.toml").read_text()
    text = text.replace('region = "eu-west-1"', 'region = "eu-west-9"').replace(
        "rotation_days = 90", "rotation_days = 9"
    )
    (tmp_path / "settings.toml").write_text(text)
    shutil.copy(ROOT / "app.py", tmp_path)
    monkeypatch.setattr(cli, "SETTINGS", tmp_path / "settings.toml")
    file = tmp_path / "settings.toml"
    return (
        f"{file}: region: got 'eu-west-9', expected a commercial AWS region listed in "
        "stacks/settings/regions.py such as eu-west-1",
        f"{file}: master_key_rotation_days: got 9, expected a whole number from 90 to 365",
    )


@pytest.mark.parametrize("verb", ["demo", "up", "verify"])
def test_every_verb_that_needs_settings_says_what_is_wrong_with_them_and_nothing_else(bad, verb, capsys):
    assert cli.main([verb]) == 2
    said = capsys.readouterr()
    assert said.err.splitlines() == list(bad)
    assert said.out == ""


def test_synthesizing_says_the_same(bad, tmp_path):
    command = [sys.executable, str(tmp_path / "app.py")]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env={**os.environ})
    assert (ended.returncode, ended.stderr.splitlines(), ended.stdout) == (2, list(bad), "")


def test_a_local_cloud_that_a_program_starts_says_the_same(bad, tmp_path, monkeypatch):
    monkeypatch.setattr(synthesis, "ROOT", tmp_path)
    with pytest.raises(LocalCloudError) as refused:
        asyncio.run(synthesis.synthesize(tmp_path / "cdk.out"))
    assert str(refused.value).splitlines() == list(bad)


def test_functions_that_cannot_be_staged_are_one_message_from_every_verb(monkeypatch, capsys):
    from stacks import lambda_asset

    def cannot(_):
        raise lambda_asset.LambdaAssetError("cannot stage the Lambda asset: uv: not installed")

    monkeypatch.setattr(lambda_asset, "staged", cannot)
    for verb in ("demo", "up", "verify"):
        assert cli.main([verb]) == 2
        assert capsys.readouterr().err == "cannot stage the Lambda asset: uv: not installed\n"
