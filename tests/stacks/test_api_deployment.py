"""Whatever changes in the API goes live: the deployment's logical id is made from all of it."""

import re

import aws_cdk as cdk
import pytest

from stacks.lambda_asset import ROOT
from stacks.synthesis import build

# Beside the API: what serves it, what may call a function, where is logged, and what names it from outside.
BESIDE = {
    "AWS::ApiGateway::Account",
    "AWS::ApiGateway::BasePathMapping",
    "AWS::ApiGateway::Deployment",
    "AWS::ApiGateway::DomainName",
    "AWS::ApiGateway::Stage",
}


@pytest.fixture(scope="module")
def app(settings, tmp_path_factory):
    """One app that is never written: each test changes it and takes the change back."""
    return build(settings, tmp_path_factory.mktemp("app"))


@pytest.fixture
def picture_api(app):
    return app.node.find_child("Development").node.find_child("Api").node.find_child("PictureApi")


def parts_of(api):
    return [each for each in api.node.find_all() if isinstance(each, cdk.CfnResource)]


def test_every_resource_of_the_api_is_in_the_fingerprint(environment, picture_api):
    template = environment["Api"]
    ours = {
        name
        for name, resource in template.body["Resources"].items()
        if resource["Type"].startswith("AWS::ApiGateway::") and resource["Type"] not in BESIDE
    }
    stack = cdk.Stack.of(picture_api)
    counted = {stack.resolve(part.logical_id) for part in picture_api.deployment._parts()}
    assert counted == ours
    assert len(ours) >= 20


def variants(value):
    """Each value that differs at one place, however deep."""
    match value:
        case bool():
            yield not value
        case str():
            yield f"{value}x"
        case int() | float():
            yield value + 1
        case list():
            yield from (
                [*value[:at], new, *value[at + 1 :]] for at, one in enumerate(value) for new in variants(one)
            )
        case dict():
            yield from ({**value, key: new} for key, one in value.items() for new in variants(one))
        case _:  # one of the CDK's structures
            fields = {name: one for name, one in value._values.items() if one is not None}
            yield from (type(value)(**new) for new in variants(fields))


def attributes(part):
    """The names of the properties that are set on a resource, as Python spells them."""
    for name in part._cfn_properties:
        attribute = re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
        if getattr(part, attribute, None) is not None:
            yield attribute


def test_every_property_of_every_resource_of_the_api_changes_the_fingerprint(picture_api):
    deployment = picture_api.deployment
    before, tried = deployment.fingerprint(), set()
    for part in deployment._parts():
        for attribute in attributes(part):
            value = getattr(part, attribute)
            if attribute == "tags":
                continue
            for variant in variants(value):
                setattr(part, attribute, variant)
                assert deployment.fingerprint() != before, (part.node.path, attribute, variant)
            setattr(part, attribute, value)
            tried.add((part.cfn_resource_type, attribute))
        assert deployment.fingerprint() == before, part.node.path
    # The three that never went live, and one of each other kind.
    api, method = "AWS::ApiGateway::RestApi", "AWS::ApiGateway::Method"
    assert {(api, "security_policy"), (api, "endpoint_access_mode"), (api, "binary_media_types")} <= tried
    assert {(method, "integration"), ("AWS::ApiGateway::Authorizer", "identity_source")} <= tried
    assert ("AWS::ApiGateway::GatewayResponse", "response_parameters") in tried


def test_a_resource_that_somebody_adds_changes_the_fingerprint(picture_api):
    before = picture_api.deployment.fingerprint()
    cdk.aws_apigateway.CfnModel(picture_api, "Planted", rest_api_id=picture_api.id)
    assert picture_api.deployment.fingerprint() != before
    picture_api.node.try_remove_child("Planted")
    assert picture_api.deployment.fingerprint() == before


def test_the_stage_serves_the_deployment_that_the_fingerprint_names(environment):
    template = environment["Api"]
    ((name, _),) = template.of_type("AWS::ApiGateway::Deployment").items()
    assert re.fullmatch(r"PictureApiDeployment[0-9A-F]{8}[0-9a-f]{16}", name)
    stage = template.only("AWS::ApiGateway::Stage")
    assert stage["DeploymentId"] == {"Fn::GetAtt": [name, "DeploymentId"]}


def test_no_property_is_set_behind_the_fingerprints_back():
    """What `add_property_override` writes is in the template, and not in the properties of the construct."""
    for path in (ROOT / "stacks").rglob("*.py"):
        assert not re.search(r"add_(property_|deletion_)?override\(", path.read_text()), path
