import json
import re
from pathlib import Path

import botocore.session
import moto.iam
import pytest

from policies.rules.sp_api_3_no_data_tracing import HARMLESS
from stacks.constructs.answer_headers import OF_THE_EDGE
from stacks.constructs.gateway_log_role import WELCOME_GROUP
from stacks.constructs.gateway_problems import PROBLEMS

POLICY = "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09"


@pytest.fixture
def api(environment):
    return environment["Api"]


def test_every_route_but_options_is_behind_the_authorizer(api):
    methods = list(api.of_type("AWS::ApiGateway::Method").values())
    assert sorted(one["HttpMethod"] for one in methods) == ["GET", "GET", "OPTIONS", "OPTIONS", "POST"]
    for one in methods:
        if one["HttpMethod"] == "OPTIONS":
            continue
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
    assert variables <= HARMLESS
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


# Types that no request to this API can cause, or whose default answer says enough; the two defaults answer
# for them.
LEFT_TO_THE_DEFAULTS = {
    "API_CONFIGURATION_ERROR",
    "AUTHORIZER_CONFIGURATION_ERROR",
    "AUTHORIZER_FAILURE",
    "BAD_REQUEST_BODY",
    "INVALID_API_KEY",
    "INVALID_SIGNATURE",
    "QUOTA_EXCEEDED",
}


def test_every_type_of_answer_that_the_gateway_has_is_ours_or_left_to_ours():
    gateway = botocore.session.get_session().get_service_model("apigateway")
    assert set(gateway.shape_for("GatewayResponseType").enum) == set(PROBLEMS) | LEFT_TO_THE_DEFAULTS
    assert not set(PROBLEMS) & LEFT_TO_THE_DEFAULTS


def test_every_answer_of_the_edge_keeps_browsers_on_tls(api):
    answers = {
        kind: {
            name.removeprefix("gatewayresponse.header."): value.strip("'")
            for name, value in one["ResponseParameters"].items()
        }
        for kind, one in api.of_type("AWS::ApiGateway::GatewayResponse").items()
    }
    for name, method in api.of_type("AWS::ApiGateway::Method").items():
        for one in method["Integration"].get("IntegrationResponses", []):
            answers[name] = {
                name.removeprefix("method.response.header."): value.strip("'")
                for name, value in one["ResponseParameters"].items()
            }
    acl = api.only("AWS::WAFv2::WebACL")
    for rule in acl["Rules"]:
        if "Block" in rule.get("Action", {}):
            headers = rule["Action"]["Block"]["CustomResponse"]["ResponseHeaders"]
            answers[rule["Name"]] = {one["Name"]: one["Value"] for one in headers}
    assert len(answers) >= len(PROBLEMS) + 2 + 5
    for name, headers in answers.items():
        assert headers.items() >= OF_THE_EDGE.items(), name


def test_the_first_line_of_api_gateway_goes_into_a_group_under_our_key(api, settings):
    groups = api.of_type("AWS::Logs::LogGroup")
    ((name, welcome),) = [(k, v) for k, v in groups.items() if v.get("LogGroupName") == WELCOME_GROUP]
    assert "OperationsKey" in json.dumps(welcome["KmsKeyId"])
    assert welcome["RetentionInDays"] == settings.log_retention_days
    # It is there before API Gateway would make it, and the stage's log comes after the role.
    ((account, _),) = api.of_type("AWS::ApiGateway::Account").items()
    assert name in api.body["Resources"][account]["DependsOn"]
    ((stage, _),) = api.of_type("AWS::ApiGateway::Stage").items()
    assert account in api.body["Resources"][stage]["DependsOn"]


def test_the_gateways_role_may_do_in_two_groups_what_amazons_own_policy_may_do_in_all(api):
    (role,) = [one for name, one in api.of_type("AWS::IAM::Role").items() if name.startswith("GatewayLogs")]
    statements = role["Policies"][0]["PolicyDocument"]["Statement"]
    ours = {
        action
        for one in statements
        for action in ([one["Action"]] if isinstance(one["Action"], str) else one["Action"])
    }
    # moto ships the documents of Amazon's managed policies; its one file is read, which is cheaper than moto.
    source = Path(moto.iam.__file__).with_name("aws_managed_policies.py").read_text()
    document = source.partition('"AmazonAPIGatewayPushToCloudWatchLogs":')[2].partition('"Effect"')[0]
    assert ours == set(re.findall(r"logs:[A-Za-z]+", document))
    named = json.dumps([one["Resource"] for one in statements if one["Sid"] != "Find"])
    assert set(re.findall(r'"(?:Ref|Fn::GetAtt)": \[?"(\w+)"', named)) == {
        name
        for name in api.of_type("AWS::Logs::LogGroup")
        if name.startswith(("PictureApiAccessLog", "GatewayLogsWelcome"))
    }


def test_only_amazons_authority_may_issue_a_certificate_for_our_name(api):
    records = api.of_type("AWS::Route53::RecordSet")
    ((name, issuers),) = [(name, one) for name, one in records.items() if one["Type"] == "CAA"]
    certificate = api.only("AWS::CertificateManager::Certificate")
    assert issuers["Name"] == certificate["DomainName"]
    assert sorted(issuers["ResourceRecords"]) == ['0 issue "amazon.com"', '0 issuewild ";"']
    ((logical_id, _),) = api.of_type("AWS::CertificateManager::Certificate").items()
    assert name in api.body["Resources"][logical_id]["DependsOn"]


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
        # The example reserves nothing, which is all that a new account can give.
        assert "ReservedConcurrentExecutions" not in one
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
            "WEB_ORIGINS",
            "POWERTOOLS_SERVICE_NAME",
        },
    }


def test_every_log_is_under_our_key_and_goes_after_its_time(environment, settings):
    for template in environment.values():
        for name, group in template.of_type("AWS::Logs::LogGroup").items():
            assert "OperationsKey" in json.dumps(group["KmsKeyId"]), name
            assert group["RetentionInDays"] == settings.log_retention_days, name
