"""A deployment that fails at any resource is repeated and ends well, and no data was deleted."""

from collections.abc import Callable, Iterator

import pytest

from tests.rehearsal.cloud_formation import CloudFormation
from tests.rehearsal.deployer import Artifact, Deployer, DeployError
from tests.rehearsal.operation import Plant
from tests.rehearsal.schema import schema_of
from tests.rehearsal.stand_in import PERSON

# Between two deployments every resource gets data, so that a deletion that loses any is seen.
CHANGED_TAGS = {"deployment": "second"}


@pytest.fixture(scope="module")
def before(account: CloudFormation, stacks: tuple[Artifact, ...]) -> dict[str, CloudFormation]:
    """The account as it is before each stack, with data in everything that was made."""
    found, cloud = {}, account.copy()
    for stack in stacks:
        fill(cloud)
        found[stack.name] = cloud.copy()
        Deployer(cloud=cloud, asker=PERSON).deploy(stack)
    fill(cloud)
    found[""] = cloud
    return found


def fill(cloud: CloudFormation) -> None:
    for physical in cloud.account.resources.values():
        cloud.account.store(physical)


def plants(stack: Artifact) -> Iterator[Plant]:
    for logical_id in stack.body["Resources"]:
        for exists in (False, True):
            yield Plant(stack=stack.name, logical_id=logical_id, exists=exists)


def repeat(cloud: CloudFormation, stack: Artifact, plant: Plant) -> list[str]:
    """Deploy with one failure, again without; returns what went wrong."""
    filled = set(cloud.account.contents)
    cloud.plants.append(plant)
    deployer = Deployer(cloud=cloud, asker=PERSON)
    try:
        deployer.deploy(stack)
        return [f"{plant}: the planted failure did not happen"]
    except DeployError:
        pass
    try:
        deployer.deploy(stack)
    except DeployError as error:
        return [f"{plant}: cannot be repeated: {error}"]
    lost = [str(one) for one in cloud.account.deleted if one.key in filled]
    missing = set(stack.body["Resources"]) - set(cloud.find(stack.name).resources)
    return [f"{plant}: {one} held data and was deleted" for one in lost] + [
        f"{plant}: {one} does not exist after the second deployment" for one in sorted(missing)
    ]


def all_failures(stacks: tuple[Artifact, ...], account: Callable[[Artifact], CloudFormation]) -> list[str]:
    return [
        line for stack in stacks for plant in plants(stack) for line in repeat(account(stack), stack, plant)
    ]


def test_a_first_deployment_that_fails_at_any_resource_is_repeated_and_ends_well(stacks, before):
    wrong = all_failures(stacks, lambda stack: before[stack.name].copy())
    assert not wrong, "\n".join(wrong)


def test_an_update_that_fails_at_any_resource_is_repeated_and_loses_nothing(stacks, before):
    retagged = tuple(stack.changed(tags={**stack.tags, **CHANGED_TAGS}) for stack in stacks)
    wrong = [
        line
        for stack in retagged
        for plant in plants(stack)
        if takes_tags(stack, plant)
        for line in repeat(before[""].copy(), stack, plant)
    ]
    assert not wrong, "\n".join(wrong)


def takes_tags(stack: Artifact, plant: Plant) -> bool:
    """Whether a change of the stack's tags changes this resource."""
    return schema_of(stack.body["Resources"][plant.logical_id]["Type"]).takes_tags
