import json
import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from aws_cdk import aws_route53resolver
from botocore.session import Session
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from lambdas.pictures import clients
from stacks.constructs.dns_firewall import names_of
from stacks.lambda_asset import ROOT

ROADS_OUT = (
    "InternetGateway",
    "NatGateway",
    "EgressOnlyInternetGateway",
    "TransitGateway",
    "VPNGateway",
    "Route",
)


@pytest.fixture
def network(environment):
    return environment["Network"]


def test_no_road_leads_out_of_the_network(network):
    for kind in ROADS_OUT:
        assert not network.of_type(f"AWS::EC2::{kind}"), kind
    for subnet in network.of_type("AWS::EC2::Subnet").values():
        assert subnet["MapPublicIpOnLaunch"] is False


def test_the_network_stands_in_three_zones(network):
    zones = [json.dumps(one["AvailabilityZone"]) for one in network.of_type("AWS::EC2::Subnet").values()]
    assert len(zones) == len(set(zones)) == 3


def test_there_is_an_endpoint_with_a_policy_for_each_of_four_services_and_no_other(network, settings):
    endpoints = network.of_type("AWS::EC2::VPCEndpoint").values()
    services = {one["ServiceName"].removeprefix(f"com.amazonaws.{settings.region}.") for one in endpoints}
    assert services == {"s3", "dynamodb", "kms", "sts"}
    for one in endpoints:
        assert one["PolicyDocument"]["Statement"], one["ServiceName"]
        assert one.get("PrivateDnsEnabled", True) is True


def test_only_sessions_of_people_pass_an_endpoint_but_that_of_sts(network, account):
    for one in network.of_type("AWS::EC2::VPCEndpoint").values():
        (statement,) = one["PolicyDocument"]["Statement"]
        if one["ServiceName"].endswith(".sts"):
            # A token has no AWS identity: which role it may buy is all that can be said.
            assert statement["Resource"].startswith(f"arn:aws:iam::{account}:role/soulpicks-")
            assert statement["Resource"].endswith("-UserData")
            continue
        assert statement["Condition"]["ArnEquals"]["aws:PrincipalArn"].endswith("-UserData")
        ours = json.dumps([statement["Resource"], statement["Condition"].get("StringEquals")])
        assert account in ours, one["ServiceName"]


def test_functions_reach_the_endpoints_over_https_and_nothing_reaches_them(network, settings):
    groups = network.of_type("AWS::EC2::SecurityGroup")
    (functions,) = [one for name, one in groups.items() if name.startswith("VpcFunctions")]
    assert "SecurityGroupIngress" not in functions
    for rule in functions["SecurityGroupEgress"]:
        assert (rule["IpProtocol"], rule["FromPort"], rule["ToPort"]) == ("tcp", 443, 443)
        assert not {"CidrIp", "CidrIpv6"} & rule.keys(), "an address range, not an endpoint"
    lists = {rule.get("DestinationPrefixListId") for rule in functions["SecurityGroupEgress"]} - {None}
    assert lists == {settings.prefix_lists.s3, settings.prefix_lists.dynamodb}


def test_no_group_is_open_to_an_address(network):
    for one in network.of_type("AWS::EC2::SecurityGroup").values():
        for rule in one["SecurityGroupEgress"]:
            assert rule.get("CidrIp", "127.0.0.1/32") == "127.0.0.1/32"
    for rule in network.of_type("AWS::EC2::SecurityGroupIngress").values():
        assert "SourceSecurityGroupId" in rule
        assert "CidrIp" not in rule


def test_every_connection_and_every_name_is_on_record_under_our_key(network):
    log = network.only("AWS::EC2::FlowLog")
    assert log["TrafficType"] == "ALL"
    queries = network.only("AWS::Route53Resolver::ResolverQueryLoggingConfig")
    groups = network.of_type("AWS::Logs::LogGroup")
    for destination in (log["LogDestination"], queries["DestinationArn"]):
        (group,) = [one for name, one in groups.items() if name in json.dumps(destination)]
        assert "OperationsKey" in group["KmsKeyId"]["Fn::ImportValue"]


class Recorded(Exception):
    """Stops a call when it is about to leave, so that nothing is sent."""


def hosts_called(region: str, bucket: str) -> dict[str, str]:
    """By service, the host that the code of the functions would connect to."""
    hosts: dict[str, str] = {}
    user = clients.UserClients(clients.Credentials("AKIAIOSFODNN7EXAMPLE", "secret", "token"), region)
    role = "arn:aws:iam::111111111111:role/UserData"
    token = {"RoleArn": role, "RoleSessionName": "name", "WebIdentityToken": "a.b.c"}
    for client, operation, parameters in (
        (clients.sts_client(region), "assume_role_with_web_identity", token),
        (user.dynamodb, "get_item", {"TableName": "Table", "Key": {"pk": {"S": "a"}}}),
        (user.kms, "decrypt", {"CiphertextBlob": b"wrap"}),
        (user.s3, "get_object", {"Bucket": bucket, "Key": "owner/picture/0"}),
    ):

        def record(request: Any, service: str = client.meta.service_model.service_name, **_: Any) -> None:
            hosts[service] = urlsplit(request.url).hostname
            raise Recorded

        client.meta.events.register("before-send", record)
        with pytest.raises(Recorded):
            getattr(client, operation)(**parameters)
    return hosts


def resolves(name: str, domains: list[str]) -> bool:
    """Whether a list of DNS Firewall holds a name; `*` stands at the beginning only.

    Source: https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-dns-firewall-user-managed-domain-lists.html
    """
    return any(name == one or (one.startswith("*") and name.endswith(one[1:])) for one in domains)


def allowed_names(network) -> list[str]:
    (group,) = network.of_type("AWS::Route53Resolver::FirewallRuleGroup").values()
    (rule,) = [one for one in group["FirewallRules"] if one["Action"] == "ALLOW"]
    return network.properties(rule["FirewallDomainListId"]["Fn::GetAtt"][0])["Domains"]


def test_every_name_that_the_functions_call_is_resolved_and_has_an_endpoint(environment, settings):
    network, api = environment["Network"], environment["Api"]
    inside = [one for one in api.of_type("AWS::Lambda::Function").values() if "VpcConfig" in one]
    assert [one["Handler"].split(".")[1] for one in inside] == ["pictures"]
    # CloudFormation chooses the bucket's name; every name of a bucket is one label more.
    assert "BucketName" not in environment["Data"].only("AWS::S3::Bucket")
    bucket = "soulpicks-data-bucket-1abcdefgh"
    hosts = hosts_called(settings.region, bucket)
    endpoints = {
        one["ServiceName"].rpartition(".")[2] for one in network.of_type("AWS::EC2::VPCEndpoint").values()
    }
    assert hosts.keys() == endpoints
    assert not [host for host in hosts.values() if not resolves(host, allowed_names(network))]
    # A virtual-hosted name, and no other name than those.
    assert hosts["s3"].startswith(f"{bucket}.s3.")
    for name in (
        "attacker.example",
        "data.attacker.example",
        "amazonaws.com",
        "x.kms.eu-west-1.amazonaws.com",
    ):
        assert not resolves(name, allowed_names(network)), name


@pytest.mark.parametrize("region", Session().get_available_regions("kms"))
def test_the_names_of_every_region_are_those_that_the_sdk_calls(region):
    names = names_of(("dynamodb", "kms", "s3", "sts"), region)
    assert not [host for host in hosts_called(region, "a-bucket").values() if not resolves(host, names)]


def test_only_one_file_of_the_functions_makes_clients():
    makers = [
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "lambdas").rglob("*.py")
        if re.search(r"create_client|boto3\.(client|resource|Session)|import boto3", path.read_text("utf-8"))
    ]
    assert makers == ["lambdas/pictures/clients.py"]


def test_what_no_rule_allows_is_blocked_and_nobody_changes_that(network):
    (group,) = network.of_type("AWS::Route53Resolver::FirewallRuleGroup").values()
    last = max(group["FirewallRules"], key=lambda rule: rule["Priority"])
    assert (last["Action"], last["BlockResponse"]) == ("BLOCK", "NXDOMAIN")
    assert network.properties(last["FirewallDomainListId"]["Fn::GetAtt"][0])["Domains"] == ["*"]
    association = network.only("AWS::Route53Resolver::FirewallRuleGroupAssociation")
    assert association["MutationProtection"] == "ENABLED"


def test_the_failure_mode_can_be_written_down_as_soon_as_the_cdk_or_the_schemas_have_its_type():
    """Until then the default holds, which is closed; afterwards the stack must say DISABLED."""
    assert not hasattr(aws_route53resolver, "CfnFirewallConfig")
    known = PROVIDER_SCHEMA_MANAGER.get_resource_types("eu-west-1")
    assert "AWS::Route53Resolver::FirewallRuleGroup" in known
    assert "AWS::Route53Resolver::FirewallConfig" not in known


def test_a_first_deployment_that_fails_can_be_undone(network):
    """CloudFormation cannot remove a protected association, so nothing is made after it."""
    (association,) = [
        name
        for name, body in network.body["Resources"].items()
        if body["Type"] == "AWS::Route53Resolver::FirewallRuleGroupAssociation"
    ]
    others = network.body["Resources"].keys() - {association}
    body = network.body["Resources"][association]
    named = {body["Properties"][name]["Fn::GetAtt"][0] for name in ("FirewallRuleGroupId", "VpcId")}
    assert {*body["DependsOn"], *named} == others
