"""ENV-1: everything runs on managed serverless services."""

import pytest

from compliance_tests.checks import env_1
from compliance_tests.marks import proves, sabotages
from compliance_tests.sabotage import added
from compliance_tests.verdicts import must_hold
from policies.finding import summary
from policies.verdict import Status


@proves("ENV-1")
def test_no_machine_of_ours_exists_in_any_stack(environment):
    must_hold(env_1.check(environment))


@sabotages("ENV-1")
@pytest.mark.parametrize("kind", ["AWS::EC2::Instance", "AWS::ECS::Service", "AWS::RDS::DBInstance"])
def test_a_machine_is_reported(environment, kind):
    verdict = summary(env_1.check(added("Machine", kind, {})(environment)))
    assert verdict.status is Status.BROKEN
    assert f"Machine: {kind}" in verdict.reason


@sabotages("ENV-1")
def test_a_service_that_nobody_has_looked_at_is_not_passed_over(environment):
    verdict = summary(env_1.check(added("New", "AWS::New::Service", {})(environment)))
    assert verdict.status is Status.CANNOT_TELL
    assert "AWS::New::Service" in verdict.reason
