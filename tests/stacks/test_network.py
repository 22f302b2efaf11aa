import json

import pytest

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


def test_every_connection_is_on_record_under_our_key(network):
    log = network.only("AWS::EC2::FlowLog")
    assert log["TrafficType"] == "ALL"
    group = network.only("AWS::Logs::LogGroup")
    assert "OperationsKey" in group["KmsKeyId"]["Fn::ImportValue"]
