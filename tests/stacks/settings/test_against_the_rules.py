"""No accepted value breaks a rule: the lowest and the highest of each are synthesized and judged."""

import dataclasses
import re

import pytest
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from policies import catalogue
from policies.assembly import environments
from policies.finding import judge_assembly
from policies.rules.sp_lambda_3_supported_runtime import SUPPORTED
from policies.rules.sp_logs_2_retention import LONGEST_DAYS
from stacks.lambda_asset import COMPILER
from stacks.settings import ENVIRONMENTS, RETENTION_DAYS, Settings
from stacks.settings.fields import SETTINGS_FIELDS
from stacks.settings.relations import OUR_ROLES
from stacks.synthesis import synthesize

# A runtime of Lambda is a wheel for each package: staging another than the example's needs a network.
NOT_SYNTHESIZED = {"region", "domain", "python_runtime", "architecture"}
EXTREMES = {
    "lowest": {
        "master_key_rotation_days": 90,
        "log_retention_days": min(RETENTION_DAYS),
        "authorizer_cache_seconds": 0,
        "reserved_concurrency": 0,
    },
    "highest": {
        "master_key_rotation_days": 365,
        "log_retention_days": max(RETENTION_DAYS),
        "authorizer_cache_seconds": 300,
        "reserved_concurrency": 10_000,
    },
}


def at(settings: Settings, extreme: str) -> Settings:
    changed = []
    for one in settings.environments:
        origins = [f"https://page{n}.{one.name}.{settings.domain}" for n in range(10)]
        restorers = [f"arn:aws:iam::{one.account}:user/restore{n}" for n in range(10)]
        many = {"web_origins": tuple(origins), "restorers": tuple(restorers)}
        few = dict.fromkeys(many, ())
        changed.append(dataclasses.replace(one, **(many if extreme == "highest" else few)))
    return dataclasses.replace(settings, environments=tuple(changed), **EXTREMES[extreme])


def test_every_setting_has_its_extremes_here_or_a_reason():
    for values in EXTREMES.values():
        assert set(values) | NOT_SYNTHESIZED == set(SETTINGS_FIELDS)


def test_the_extremes_are_the_last_values_that_are_accepted():
    for extreme, step in (("lowest", -1), ("highest", 1)):
        for key, value in EXTREMES[extreme].items():
            assert SETTINGS_FIELDS[key].holds(value), key
            assert not SETTINGS_FIELDS[key].holds(value + step), key


@pytest.mark.parametrize("extreme", EXTREMES)
def test_the_extreme_values_of_all_settings_keep_every_rule(settings, tmp_path, extreme):
    judged = list(environments(synthesize(at(settings, extreme), tmp_path)))
    assert len(judged) == len(ENVIRONMENTS)
    findings = [finding for each in judged for finding in judge_assembly(each, catalogue.rules())]
    assert findings
    assert not [finding for finding in findings if finding.verdict.fails]


def test_the_retention_periods_are_those_of_cloudwatch_that_the_rule_allows():
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("eu-west-1", "AWS::Logs::LogGroup").schema
    known = schema["properties"]["RetentionInDays"]["enum"]
    assert tuple(sorted(days for days in map(int, known) if 30 <= days <= LONGEST_DAYS)) == RETENTION_DAYS


def test_every_runtime_that_can_be_set_is_supported_and_can_be_compiled_for():
    assert [f"python{one}" for one in ("3.13", "3.14")] == list(SUPPORTED)
    compilers = re.findall(r'"python-(\d\.\d+)"', (COMPILER / "package.json").read_text())
    assert all(SETTINGS_FIELDS["python_runtime"].holds(one) for one in compilers)
    assert {f"python{one}" for one in compilers} == set(SUPPORTED)


def test_the_api_of_each_environment_has_the_name_that_its_settings_expect(settings, templates):
    for one in settings.environments:
        (api,) = (each for each in templates if (each.environment, each.stack) == (one.name, "Api"))
        assert api.only("AWS::ApiGateway::DomainName")["DomainName"] == settings.api_host(one)
        assert one.audience == f"https://{settings.api_host(one)}"


def test_every_role_with_a_name_of_its_own_is_one_that_may_not_restore(templates):
    roles = [role for template in templates for role in template.of_type("AWS::IAM::Role").values()]
    names = [role["RoleName"] for role in roles if isinstance(role.get("RoleName"), str)]
    assert names
    assert all(name.startswith(OUR_ROLES) for name in names), names
