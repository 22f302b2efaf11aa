"""The API serves the routes of the template, behind its authorizer, and nothing else."""

import asyncio
import base64
import json
import re

import httpx
import pytest

from local_cloud.api.authorization import Authorization
from local_cloud.api.front import Front
from local_cloud.errors import LocalCloudError
from local_cloud.functions.pool import EventTooLarge
from local_cloud.functions.runtime_api import FunctionError
from local_cloud.plan import plan_of
from local_cloud.resources.creation import create
from local_cloud.template import load

GOOD = {"Authorization": "Bearer good"}


class Functions:
    """Stands in for the two functions, and keeps what they were sent."""

    def __init__(self):
        self.events = []
        self.authorized = []
        self.answer = {"statusCode": 200, "body": "ok"}
        self.raises = None
        self.authorizer_raises = None
        self.effect = "Allow"
        self.resource = None

    async def invoke(self, arn: str, event: bytes) -> bytes:
        document = json.loads(event)
        if "authorizationToken" in document:
            self.authorized.append(document)
            if self.authorizer_raises:
                raise self.authorizer_raises
            if document["authorizationToken"] != "Bearer good":
                raise FunctionError("Unhandled", json.dumps({"errorMessage": "Unauthorized"}))
            statement = {"Effect": self.effect, "Action": "execute-api:Invoke"}
            statement["Resource"] = self.resource or document["methodArn"].rpartition("/v1/")[0] + "/v1/*"
            policy = {"Version": "2012-10-17", "Statement": [statement]}
            return json.dumps(
                {"principalId": "alice", "policyDocument": policy, "context": {"user": "alice"}}
            ).encode()
        self.events.append(document)
        if self.raises:
            raise self.raises
        return self.answer if isinstance(self.answer, bytes) else json.dumps(self.answer).encode()


@pytest.fixture
def functions():
    return Functions()


@pytest.fixture
def definition(backend, write_assembly, small_template):
    environment = load(write_assembly(Small=small_template), "development")
    return plan_of(environment, create(environment, backend).resolver).api


@pytest.fixture
def clock():
    return [0.0]


@pytest.fixture
def lines():
    return []


@pytest.fixture
def asking(functions, clock, lines):
    """Ways to ask an API, by its definition."""

    def of(definition):
        front = Front(
            definition=definition,
            invoke=functions.invoke,
            authorization=Authorization(functions.invoke, now=lambda: clock[0]),
            log=lambda group, stream, line: lines.append((group, line)),
        )

        async def app(scope, receive, send):
            scope["state"] = {"tls_version": "1.3"}
            await front(scope, receive, send)

        def call(method: str, path: str, **request) -> httpx.Response:
            async def send() -> httpx.Response:
                transport = httpx.ASGITransport(app=app)
                async with httpx.AsyncClient(transport=transport, base_url="https://api") as client:
                    return await client.request(method, path, **request)

            return asyncio.run(send())

        return call

    return of


@pytest.fixture
def ask(asking, definition):
    return asking(definition)


def test_a_request_becomes_the_event_of_a_proxy_integration(ask, functions):
    answer = ask(
        "GET", "/v1/things/7?a=1&a=2&b=", headers={**GOOD, "Tus-Resumable": "1.0.0"}, content=b"\x00\xff"
    )
    assert answer.status_code == 200
    [event] = functions.events
    assert (event["resource"], event["path"], event["httpMethod"]) == ("/things/{id}", "/things/7", "GET")
    assert event["pathParameters"] == {"id": "7"}
    assert event["multiValueQueryStringParameters"] == {"a": ["1", "2"], "b": [""]}
    assert event["queryStringParameters"] == {"a": "2", "b": ""}
    assert event["headers"]["Authorization"] == "Bearer good"
    assert event["headers"]["Tus-Resumable"] == "1.0.0"
    assert event["isBase64Encoded"]
    assert base64.b64decode(event["body"]) == b"\x00\xff"
    assert event["requestContext"]["authorizer"]["user"] == "alice"
    assert event["requestContext"]["authorizer"]["principalId"] == "alice"
    assert event["requestContext"]["stage"] == "v1"


def test_a_base64_answer_leaves_as_bytes_with_its_headers(ask, functions):
    functions.answer = {
        "statusCode": 201,
        "headers": {"Content-Type": "image/jpeg", "Content-Length": "99"},
        "multiValueHeaders": {"Set-Cookie": ["a=1", "b=2"]},
        "body": base64.b64encode(b"\xff\xd8").decode(),
        "isBase64Encoded": True,
    }
    answer = ask("GET", "/v1/things/7", headers=GOOD)
    assert (answer.status_code, answer.content) == (201, b"\xff\xd8")
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers.get_list("set-cookie") == ["a=1", "b=2"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/things/7"),
        ("GET", "/v1/things"),
        ("GET", "/v1/things/7/parts"),
        ("GET", "/v1/"),
        ("GET", "/things/7"),
        ("GET", "/v2/things/7"),
        ("OPTIONS", "/v1/things/7"),
        ("GET", "/v1/things/7%2F8/9"),
    ],
)
def test_a_route_that_is_not_in_the_template_is_never_served(method, path, ask, functions):
    assert ask(method, path, headers=GOOD).status_code == 403
    assert functions.events == []
    assert functions.authorized == []


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": ""}, {"Authorization": "Bearer NO!"}, {"Authorization": "good"}]
)
def test_a_token_of_another_shape_is_refused_without_asking_the_authorizer(headers, ask, functions):
    answer = ask("GET", "/v1/things/7", headers=headers)
    assert answer.status_code == 401
    assert functions.authorized == []
    assert functions.events == []


def test_a_refusal_is_worded_by_the_gateway_response_of_the_template(ask):
    answer = ask("GET", "/v1/things/7", headers={"Authorization": "Bearer bad"})
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {"title": "Unauthorized", "instance": answer.headers["x-amzn-requestid"]}


def test_an_authorizer_is_asked_once_a_minute_for_a_token(ask, functions, clock):
    for moment in (0, 30, 59.9):
        clock[0] = moment
        ask("GET", "/v1/things/7", headers=GOOD)
    assert len(functions.authorized) == 1
    clock[0] = 60
    ask("GET", "/v1/things/8", headers=GOOD)
    assert len(functions.authorized) == 2


def test_a_kept_policy_is_evaluated_for_every_request(ask, functions, definition):
    functions.resource = definition.arn("GET", "/things/7")
    assert ask("GET", "/v1/things/7", headers=GOOD).status_code == 200
    assert ask("GET", "/v1/things/8", headers=GOOD).status_code == 403
    assert len(functions.authorized) == 1


def test_a_refused_token_is_not_remembered(ask, functions):
    for _ in range(2):
        ask("GET", "/v1/things/7", headers={"Authorization": "Bearer bad"})
    assert len(functions.authorized) == 2


def test_a_policy_that_denies_is_a_403(ask, functions):
    functions.effect = "Deny"
    assert ask("GET", "/v1/things/7", headers=GOOD).status_code == 403
    assert functions.events == []


def test_an_authorizer_that_breaks_is_a_500_and_lets_nobody_in(ask, functions):
    functions.authorizer_raises = FunctionError("Unhandled", json.dumps({"errorMessage": "KeyError: 'x'"}))
    assert ask("GET", "/v1/things/7", headers=GOOD).status_code == 500
    assert functions.events == []


ANSWERS = {
    "no status": {"body": "x"},
    "a body that is no string": {"statusCode": 200, "body": {"a": 1}},
    "base64 that is none": {"statusCode": 200, "body": "???", "isBase64Encoded": True},
    "no document": b"null",
    "no JSON": b"<html>",
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS.keys())
def test_an_answer_of_another_shape_is_a_502(answer, ask, functions):
    functions.answer = answer
    assert ask("GET", "/v1/things/7", headers=GOOD).status_code == 502


FAILURES = {
    "the function fails": (FunctionError("Unhandled", '{"errorMessage": "secret"}'), 502),
    "the function times out": (FunctionError("Sandbox.Timedout"), 504),
    "the event is over 6 MB": (EventTooLarge(), 413),
}


@pytest.mark.parametrize(("raised", "status"), FAILURES.values(), ids=FAILURES.keys())
def test_a_failure_has_its_status_and_tells_nothing(raised, status, ask, functions):
    functions.raises = raised
    answer = ask("GET", "/v1/things/7", headers=GOOD)
    assert answer.status_code == status
    assert "secret" not in answer.text


def test_a_body_over_10_mb_is_refused_before_anything_is_asked(ask, functions):
    answer = ask("GET", "/v1/things/7", headers=GOOD, content=b"x" * (10 * 2**20 + 1))
    assert answer.status_code == 413
    assert functions.authorized == []


def test_the_access_log_is_written_in_the_format_of_the_template(ask, lines):
    ask("GET", "/v1/things/7", headers=GOOD)
    ask("GET", "/v1/nowhere", headers=GOOD)
    assert lines == [
        ("/small", "GET /things/{id} 200 -"),
        ("/small", "GET - 403 MISSING_AUTHENTICATION_TOKEN"),
    ]


OPTIONS = {
    "Type": "AWS::ApiGateway::Method",
    "Properties": {
        "RestApiId": {"Ref": "Api"},
        "ResourceId": {"Ref": "Thing"},
        "HttpMethod": "OPTIONS",
        "AuthorizationType": "NONE",
        "Integration": {
            "Type": "MOCK",
            "ContentHandling": "CONVERT_TO_TEXT",
            "PassthroughBehavior": "NEVER",
            "RequestTemplates": {"application/json": '{"statusCode": 204}'},
            "IntegrationResponses": [
                {
                    "StatusCode": "204",
                    "ResponseParameters": {
                        "method.response.header.Allow": "'GET, OPTIONS'",
                        "method.response.header.Access-Control-Allow-Origin": "'https://a.example'",
                    },
                    "ResponseTemplates": {
                        "application/json": "#if("
                        '$input.params().header.get("Origin") == "https://b.example" || '
                        '$input.params().header.get("origin") == "https://b.example")'
                        "#set($context.responseOverride.header.Access-Control-Allow-Origin = "
                        '"https://b.example")#end'
                    },
                }
            ],
        },
        "MethodResponses": [
            {
                "StatusCode": "204",
                "ResponseParameters": {
                    "method.response.header.Allow": True,
                    "method.response.header.Access-Control-Allow-Origin": True,
                },
            }
        ],
    },
}


@pytest.fixture
def with_options(backend, write_assembly, small_template):
    """The definition of the API with this method in its template."""

    def build(method):
        template = {"Resources": {**small_template["Resources"], "OptionsThing": method}}
        environment = load(write_assembly(Small=template), "development")
        return plan_of(environment, create(environment, backend).resolver).api

    return build


@pytest.mark.parametrize(
    ("headers", "origin"),
    [
        ({}, "https://a.example"),
        ({"Origin": "https://a.example"}, "https://a.example"),
        ({"Origin": "https://b.example"}, "https://b.example"),
        ({"Origin": "https://evil.example"}, "https://a.example"),
    ],
)
def test_options_is_answered_from_the_template_alone(headers, origin, asking, with_options, functions, lines):
    answer = asking(with_options(OPTIONS))("OPTIONS", "/v1/things/7", headers=headers)
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["allow"] == "GET, OPTIONS"
    assert answer.headers["access-control-allow-origin"] == origin
    assert answer.headers["x-amzn-requestid"]
    assert functions.events == functions.authorized == []
    assert lines == [("/small", "OPTIONS /things/{id} 204 -")]


def test_a_media_type_that_no_template_is_for_is_a_415(asking, with_options):
    ask = asking(with_options(OPTIONS))
    assert ask("OPTIONS", "/v1/things/7", headers={"Content-Type": "text/plain"}).status_code == 415


def test_the_other_methods_of_a_path_with_options_still_want_a_token(asking, with_options, functions):
    ask = asking(with_options(OPTIONS))
    assert ask("GET", "/v1/things/7", headers=GOOD).status_code == 200
    assert ask("GET", "/v1/things/7").status_code == 401
    assert len(functions.events) == 1


def integration(**changes):
    """The same method, with its integration changed; None takes a part away."""
    merged = {**OPTIONS["Properties"]["Integration"], **changes}
    kept = {name: value for name, value in merged.items() if value is not None}
    return {**OPTIONS, "Properties": {**OPTIONS["Properties"], "Integration": kept}}


def answering(**changes):
    [answer] = OPTIONS["Properties"]["Integration"]["IntegrationResponses"]
    return integration(IntegrationResponses=[{**answer, **changes}])


def test_a_preflight_whose_bytes_are_not_made_text_is_a_500_as_on_aws(asking, with_options):
    ask = asking(with_options(integration(ContentHandling=None)))
    assert ask("OPTIONS", "/v1/things/7").status_code == 500


ALLOW = "method.response.header.Allow"
NOT_HERE = {
    "an origin that is copied": (
        answering(ResponseParameters={ALLOW: "integration.response.header.Origin"}),
        "only constants in single quotes run here",
    ),
    "a template that copies": (
        answering(
            ResponseTemplates={
                "application/json": "#set($context.responseOverride.header.Allow = $input.params('x'))"
            }
        ),
        "only choices of response headers run here",
    ),
    "a header that no method response declares": (
        answering(ResponseParameters={"method.response.header.Other": "'x'"}),
        "no method response 204 declares method.response.header.Other",
    ),
    "a status that is read from the request": (
        integration(RequestTemplates={"application/json": '{"statusCode": $input.params("s")}'}),
        "no constant statusCode",
    ),
    "a status without an answer": (
        integration(RequestTemplates={"application/json": '{"statusCode": 200}'}),
        "say {200}, not 204",
    ),
    "bodies that are passed on": (integration(PassthroughBehavior=None), "PassthroughBehavior NEVER only"),
    "no answer": (integration(IntegrationResponses=[]), "one answer here, found 0"),
    "another kind": (integration(Type="HTTP"), "does not name a function"),
}


@pytest.mark.parametrize(("method", "words"), NOT_HERE.values(), ids=NOT_HERE.keys())
def test_what_the_gateway_could_not_answer_from_constants_stops_the_start(method, words, with_options):
    with pytest.raises(LocalCloudError, match=re.escape(words)):
        with_options(method)
