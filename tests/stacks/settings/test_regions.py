"""The accepted regions are those in which everything that the templates use exists, as far as data tells."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import botocore.session
import cfnlint
import pytest

from stacks.settings import REGIONS

SCHEMAS = Path(cfnlint.__file__).parent / "data" / "schemas" / "providers"
# Where botocore's name of a service is not CloudFormation's in lower case.
SERVICES = {"CertificateManager": "acm"}
# What the functions and their deployment call, beside what the templates make.
CALLED_TOO = {"cloudformation", "ecr", "ssm", "sts"}


def service_of(resource_type: str) -> str:
    name = resource_type.split("::")[1]
    return SERVICES.get(name, name.lower())


@cache
def endpoints() -> dict[str, Any]:
    """What botocore knows of the commercial partition's endpoints."""
    data = botocore.session.Session().get_data("endpoints")
    (commercial,) = (each for each in data["partitions"] if each["partition"] == "aws")
    return commercial


def prefixes_of(service: str) -> str:
    session = botocore.session.Session()
    assert service in session.get_available_services(), f"{service}: add its name in botocore to SERVICES"
    return session.get_service_model(service).endpoint_prefix


def regions_with(types: set[str]) -> set[str]:
    """The regions that have every service and every one of these resource types."""
    found = set(endpoints()["regions"])
    for service in {service_of(each) for each in types} | CALLED_TOO:
        known = endpoints()["services"].get(prefixes_of(service), {})
        if known.get("isRegionalized", True):
            found &= set(known.get("endpoints", {}))
    schemas = {region: SCHEMAS / f"{region}.json" for region in found}
    # Without schemas nothing is known of a region, and what is not known is not accepted.
    return {
        region
        for region, file in schemas.items()
        if file.exists() and types <= set(json.loads(file.read_text()))
    }


@pytest.fixture(scope="module")
def types(templates) -> set[str]:
    return {body["Type"] for template in templates for body in template.body["Resources"].values()}


def test_a_region_is_accepted_exactly_when_everything_in_the_templates_exists_there(types):
    assert set(REGIONS) == regions_with(types)
    assert list(REGIONS) == sorted(set(REGIONS))


@pytest.mark.parametrize("planted", ["AWS::AppRunner::Service", "AWS::Chatbot::SlackChannelConfiguration"])
def test_a_type_that_does_not_exist_everywhere_makes_fewer_regions_acceptable(types, planted):
    assert regions_with(types | {planted}) < set(REGIONS)


def test_a_service_that_botocore_calls_otherwise_must_be_named(types):
    with pytest.raises(AssertionError, match="add its name in botocore"):
        regions_with(types | {"AWS::NoSuchService::Thing"})


def test_only_the_commercial_partition_is_accepted():
    others = botocore.session.Session().get_data("endpoints")["partitions"]
    foreign = {region for each in others if each["partition"] != "aws" for region in each["regions"]}
    assert foreign
    assert not foreign & set(REGIONS)
