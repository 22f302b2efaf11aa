"""Checkov's own checks and ours, by the real Checkov, over everything that is synthesized."""

import pytest

from policies.assembly import environments


@pytest.fixture(scope="module")
def checkov(assembly_folder):
    # Imported here: it takes seconds, and `soulpicks verify` reads this file without running it.
    from policies.checkov_scan import scan

    return scan(assembly_folder)


def test_checkov_has_nothing_to_say_that_is_not_excused(checkov):
    assert not [str(record) for record in checkov.failed()]


def test_checkov_was_offered_every_resource_of_every_stack(checkov, assembly_folder):
    on_disk = {
        (resource.template.path, resource.logical_id)
        for environment in environments(assembly_folder)
        for resource in environment.resources
    }
    assert on_disk - checkov.offered == set()
    assert checkov.unparsed == ()


def test_every_excuse_says_why_at_the_resource_itself(checkov):
    excused = [record for record in checkov.records if record.result == "SKIPPED"]
    assert not [str(record) for record in excused if len(record.comment.split()) < 5]


def test_no_rule_of_ours_is_excused_anywhere(checkov):
    excused = [record for record in checkov.records if record.result == "SKIPPED"]
    assert not [str(record) for record in excused if record.check.startswith("SP_")]


def test_our_rules_judged_resources_of_every_environment(checkov, assembly_folder):
    for environment in environments(assembly_folder):
        files = {template.path for template in environment.templates}
        ours = {r.check for r in checkov.records if r.file in files and r.check.startswith("SP_")}
        assert {"SP_KMS_1", "SP_S3_1", "SP_DYNAMODB_1", "SP_API_1", "SP_LAMBDA_1", "SP_IAM_2"} <= ours
