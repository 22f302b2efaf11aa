import json
import re

import pytest

from stacks.constructs.gateway_problems import PROBLEMS
from stacks.constructs.web_acl import MORE_THAN_4_MIB

POLICY = "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09"


@pytest.fixture
def api(environment):
    return environment["Api"]


def test_every_route_is_behind_the_authorizer(api):
    methods = api.of_type("AWS::ApiGateway::Method").values()
    assert sorted(one["HttpMethod"] for one in methods) == ["GET", "GET", "POST"]
    for one in methods:
        assert one["AuthorizationType"] == "CUSTOM"
        assert "Authorizer" in json.dumps(one["AuthorizerId"])
        assert one["Integration"]["Type"] == "AWS_PROXY"


def test_the_authorizer_reads_the_bearer_token_and_is_remembered_for_the_configured_seconds(api, settings):
    authorizer = api.only("AWS::ApiGateway::Authorizer")
    assert authorizer["Type"] == "TOKEN"
    assert authorizer["IdentitySource"] == "method.request.header.Authorization"
    assert authorizer["AuthorizerResultTtlInSeconds"] == settings.authorizer_cache_seconds
    shape = re.compile(authorizer["IdentityValidationExpression"])
    assert shape.match("Bearer eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln")
    for nonsense in ("", "Bearer ", "Basic eyJh.eyJz.c2ln", "Bearer a.b", "Bearer a.b.c d", "bearer a.b.c"):
        assert not shape.match(nonsense), nonsense


def test_api_and_domain_accept_current_tls_only_and_the_gateways_own_address_is_closed(api):
    rest, domain = api.only("AWS::ApiGateway::RestApi"), api.only("AWS::ApiGateway::DomainName")
    for one in (rest, domain):
        assert one["SecurityPolicy"] == POLICY
        assert one["EndpointAccessMode"] == "STRICT"
        assert one["EndpointConfiguration"]["Types"] == ["REGIONAL"]
    assert rest["DisableExecuteApiEndpoint"] is True
    assert rest["BinaryMediaTypes"] == ["*/*"]


def test_no_token_no_address_and_no_id_is_in_an_access_log_line(api):
    stage = api.only("AWS::ApiGateway::Stage")
    line = stage["AccessLogSetting"]["Format"]
    variables = set(re.findall(r"\$context\.[A-Za-z.]+", line))
    assert "$context.requestId" in variables
    personal = ("identity", "authorizer.user", "authorizer.principalId", "$context.path", "requestOverride")
    assert not [one for one in variables if any(word in one for word in personal)]
    (settings,) = stage["MethodSettings"]
    assert (settings["DataTraceEnabled"], settings["LoggingLevel"]) == (False, "OFF")
    assert (settings["HttpMethod"], settings["ResourcePath"]) == ("*", "/*")
    assert settings["CachingEnabled"] is False
    assert stage["TracingEnabled"] is False


def test_the_gateway_refuses_in_problem_json(api):
    responses = {one["ResponseType"]: one for one in api.of_type("AWS::ApiGateway::GatewayResponse").values()}
    assert set(responses) == set(PROBLEMS)
    assert {"UNAUTHORIZED", "REQUEST_TOO_LARGE", "WAF_FILTERED", "DEFAULT_4XX", "DEFAULT_5XX"} <= set(
        responses
    )
    for kind, one in responses.items():
        header = one["ResponseParameters"]["gatewayresponse.header.Content-Type"]
        assert header == "'application/problem+json'"
        body = json.loads(one["ResponseTemplates"]["application/json"])
        assert body["type"] == "about:blank"
        if "StatusCode" in one:
            assert body["status"] == int(one["StatusCode"]), kind
        else:
            assert "status" not in body, kind


def test_functions_are_called_by_this_api_of_this_account_only(api, account, settings):
    purposes = set()
    for one in api.of_type("AWS::Lambda::Permission").values():
        assert one["Principal"] == "apigateway.amazonaws.com"
        assert one["SourceAccount"] == account
        (_, (place, rest_api, purpose, *_)) = one["SourceArn"]["Fn::Join"]
        assert place == f"arn:aws:execute-api:{settings.region}:{account}:"
        assert rest_api == {"Fn::GetAtt": ["PictureApi", "RestApiId"]}
        purposes.add(purpose)
    assert purposes == {"/authorizers/", "/v1/GET/pictures", "/v1/GET/pictures/*", "/v1/POST/pictures"}


def test_the_web_acl_guards_the_stage_and_logs_no_token(api):
    (association,) = api.of_type("AWS::WAFv2::WebACLAssociation").values()
    assert "/stages/v1" in json.dumps(association["ResourceArn"])
    (logging,) = api.of_type("AWS::WAFv2::LoggingConfiguration").values()
    assert logging["RedactedFields"] == [{"SingleHeader": {"Name": "authorization"}}]
    acl = api.only("AWS::WAFv2::WebACL")
    for one in (acl, *acl["Rules"]):
        assert one["VisibilityConfig"]["SampledRequestsEnabled"] is False


def test_pictures_pass_the_managed_rules_that_read_a_body_as_text(api):
    counted = {
        override["Name"]
        for rule in api.only("AWS::WAFv2::WebACL")["Rules"]
        for override in rule["Statement"].get("ManagedRuleGroupStatement", {}).get("RuleActionOverrides", [])
        if override["ActionToUse"] == {"Count": {}}
    }
    assert "SizeRestrictions_BODY" in counted
    assert all(name.endswith("_BODY") for name in counted), counted


@pytest.mark.parametrize("length", [4194305, 4194310, 4194400, 4195000, 4200000, 5000000, 10**7, 10**9])
def test_a_body_of_more_than_a_segment_is_refused_before_it_is_sent(length):
    assert re.search(MORE_THAN_4_MIB, str(length))
    assert re.search(MORE_THAN_4_MIB, f"000{length}")


@pytest.mark.parametrize("length", [0, 1, 999, 999999, 4194304, 4194303, 4194299, 4193999, 4099999, 3999999])
def test_a_body_of_at_most_a_segment_passes(length):
    assert not re.search(MORE_THAN_4_MIB, str(length))


def test_no_function_holds_a_permission_on_data(api):
    for name, role in api.of_type("AWS::IAM::Role").items():
        if not name.startswith(("Authorize", "Pictures")):
            continue
        (policy,) = role["Policies"]
        allowed = {
            action
            for one in policy["PolicyDocument"]["Statement"]
            if one["Effect"] == "Allow"
            for action in ([one["Action"]] if isinstance(one["Action"], str) else one["Action"])
        }
        assert {action.partition(":")[0] for action in allowed} <= {"logs", "ec2"}, name
        assert not [action for action in allowed if "*" in action], name


def test_what_lets_lambda_join_the_network_is_refused_to_the_functions_own_code(api):
    (role,) = [one for name, one in api.of_type("AWS::IAM::Role").items() if name.startswith("PicturesRole")]
    statements = {one["Sid"]: one for one in role["Policies"][0]["PolicyDocument"]["Statement"]}
    granted = {statements["JoinOwnSubnets"]["Action"], *statements["KeepTheInterface"]["Action"]}
    refused = statements["NotByTheCodeItself"]
    assert set(refused["Action"]) == granted
    function = api.properties("Pictures")["FunctionName"]
    assert refused["Condition"]["ArnEquals"]["lambda:SourceFunctionArn"].endswith(f":function:{function}")


def test_pictures_lives_in_the_isolated_network_and_authorize_outside_it(api):
    assert len(api.properties("Pictures")["VpcConfig"]["SubnetIds"]) == 3
    assert "VpcConfig" not in api.properties("Authorize")


def test_functions_are_sealed_current_and_have_no_address_of_their_own(api, settings):
    for one in api.of_type("AWS::Lambda::Function").values():
        assert "OperationsKey" in one["KmsKeyArn"]["Fn::ImportValue"]
        assert one["Runtime"] == f"python{settings.python_runtime}"
        assert one["Architectures"] == [settings.architecture]
        assert one["RuntimeManagementConfig"] == {"UpdateRuntimeOn": "Auto"}
        assert "SnapStart" not in one
        assert one["ReservedConcurrentExecutions"] >= 1
        assert not [
            name for name, value in one["Environment"]["Variables"].items() if "http://" in str(value)
        ]
    assert not api.of_type("AWS::Lambda::Url")


def test_the_functions_are_told_what_their_code_reads(api):
    told = {name: set(api.properties(name)["Environment"]["Variables"]) for name in ("Authorize", "Pictures")}
    assert told == {
        "Authorize": {"ISSUER", "AUDIENCE", "CLIENT_IDS", "POWERTOOLS_SERVICE_NAME"},
        "Pictures": {
            "PICTURES_TABLE",
            "GRANTS_TABLE",
            "GRANTS_BY_READER_INDEX",
            "PICTURES_BUCKET",
            "PICTURE_KEY_ARN",
            "USER_DATA_ROLE_ARN",
            "POWERTOOLS_SERVICE_NAME",
        },
    }


def test_every_log_is_under_our_key_and_goes_after_its_time(environment, settings):
    for template in environment.values():
        for name, group in template.of_type("AWS::Logs::LogGroup").items():
            assert "OperationsKey" in json.dumps(group["KmsKeyId"]), name
            assert group["RetentionInDays"] == settings.log_retention_days, name
