"""Lambda entry point of the pictures API: a function a route, and one answer for each kind of error."""

import base64
import os
from functools import cache
from typing import Any

from aws_lambda_powertools.event_handler.api_gateway import APIGatewayRestResolver, Response

from lambdas.pictures import answers, browsers, tus
from lambdas.pictures.environment import Environment
from lambdas.pictures.log import logger
from lambdas.pictures.people import People, Person

# Said here and not left to the environment, where POWERTOOLS_DEV would print every event.
app = APIGatewayRestResolver(debug=False)


@app.post("/pictures")
def create() -> Response[str]:
    """Take a picture in: tus 1.0 creation with upload, the whole picture in one request."""
    event = app.current_event
    body = event.body or ""
    content = base64.b64decode(body) if event.is_base64_encoded else body.encode()
    creation = tus.parse_creation(event.headers, body_length=len(content))
    picture = _person().uploads.take(content, creation.file_name)
    return answers.created(f"{event.raw_event['requestContext']['path']}/{picture}", creation.length)


@app.get("/pictures/<picture>")
def read(picture: str) -> Response[bytes]:
    """Give a picture's content."""
    found = _person().reading.read(picture)
    return answers.content(picture, found, if_none_match=app.current_event.headers.get("if-none-match", ""))


@app.get("/pictures")
def listing() -> Response[str]:
    """List the user's own pictures, then those shared with him, a page at a time."""
    cursor = app.current_event.get_query_string_value("cursor", "own.")
    return answers.listing(_person().reading.page(cursor))


def failed(error: Exception) -> Response[str]:
    """Answer an error; what the caller may not know goes to the log."""
    return answers.failed(error, tus.HEADERS if app.current_event.http_method == "POST" else {})


app.exception_handler(Exception)(failed)


def handle(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer one request of API Gateway. The event is never logged."""
    # The id that the access log has too; the other one, requestId, a caller can choose.
    logger.append_keys(request_id=event["requestContext"].get("extendedRequestId"))
    answer = app.resolve(event, context)
    answer["multiValueHeaders"] = answer.get("multiValueHeaders", {}) | browsers.headers(_origin(event))
    logger.info(
        "answered", method=event["httpMethod"], route=event.get("resource"), status=answer["statusCode"]
    )
    return answer


def _origin(event: dict[str, Any]) -> str:
    """The origin of the page that asks; the gateway keeps the spelling of a header's name as it came."""
    return next((value for name, value in event["headers"].items() if name.lower() == "origin"), "")


def _person() -> Person:
    event = app.current_event
    authorizer = event.raw_event["requestContext"].get("authorizer") or {}
    return _people().signed_in(event.headers.get("authorization", ""), authorizer.get("user"))


@cache
def _people() -> People:
    return People(Environment.from_variables(os.environ))
