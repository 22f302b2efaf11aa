"""MOCK integrations: what the gateway answers by itself, from the constants of the template.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-mock-integration.html
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from local_cloud.api.mapping_template import Choice, choices_of, overrides
from local_cloud.api.refusal import API_CONFIGURATION_ERROR, UNSUPPORTED_MEDIA_TYPE, Refusal
from local_cloud.errors import LocalCloudError

_PREFIX = "method.response.header."


@dataclass(frozen=True, kw_only=True)
class Mock:
    """One answer, and the media types of requests that get it."""

    media_types: frozenset[str]
    converts_to_text: bool
    status: int
    headers: Mapping[str, str]
    choices: tuple[Choice, ...]

    def answer(self, headers: Mapping[str, str], *, media_type: str, binary: bool) -> Response:
        """Answer a request. Raises: Refusal as API Gateway would."""
        if media_type not in self.media_types:
            raise Refusal(UNSUPPORTED_MEDIA_TYPE)
        if binary and not self.converts_to_text:
            # A template takes text, and nothing has made text of this body, even of none.
            raise Refusal(API_CONFIGURATION_ERROR)
        answered = Response(status_code=self.status)
        for name, value in {**self.headers, **overrides(self.choices, headers)}.items():
            answered.headers[name] = value
        return answered


def mock_of(place: object, properties: Mapping[str, Any]) -> Mock:
    """Read the method's integration.

    Raises: LocalCloudError for what API Gateway would refuse to deploy, and for what does not run here.
    """
    integration = properties["Integration"]
    if integration.get("PassthroughBehavior") != "NEVER":
        raise LocalCloudError(f"{place}: a MOCK integration runs here with PassthroughBehavior NEVER only")
    answers = integration.get("IntegrationResponses", [])
    if len(answers) != 1 or answers[0].get("SelectionPattern"):
        raise LocalCloudError(f"{place}: a MOCK integration has one answer here, found {len(answers)}")
    [answer] = answers
    templates = {name: _status(place, text) for name, text in integration.get("RequestTemplates", {}).items()}
    status = int(answer["StatusCode"])
    if set(templates.values()) != {status}:
        raise LocalCloudError(f"{place}: its request templates say {set(templates.values())}, not {status}")
    parameters = answer.get("ResponseParameters", {})
    _check_declared(place, properties, answer["StatusCode"], parameters)
    return Mock(
        media_types=frozenset(templates),
        converts_to_text=integration.get("ContentHandling") == "CONVERT_TO_TEXT",
        status=status,
        headers={name.removeprefix(_PREFIX): constant(place, value) for name, value in parameters.items()},
        choices=tuple(
            choice for text in answer.get("ResponseTemplates", {}).values() for choice in choices_of(text)
        ),
    )


def constant(place: object, value: str) -> str:
    """A constant of a response parameter: what stands in single quotes.

    Raises: LocalCloudError for a mapping, which reads the request.
    """
    match = re.fullmatch(r"'([^']*)'", value)
    if match is None:
        raise LocalCloudError(f"{place}: only constants in single quotes run here, got {value!r}")
    return match[1]


def _status(place: object, template: str) -> int:
    try:
        return int(json.loads(template)["statusCode"])
    except (ValueError, KeyError, TypeError) as error:
        raise LocalCloudError(f"{place}: {template!r} is no constant statusCode") from error


def _check_declared(
    place: object, properties: Mapping[str, Any], status: str, parameters: Mapping[str, str]
) -> None:
    """API Gateway refuses an integration response that its method response does not declare."""
    declared = {
        name
        for response in properties.get("MethodResponses", [])
        if response["StatusCode"] == status
        for name in response.get("ResponseParameters", {})
    }
    if undeclared := sorted(parameters.keys() - declared):
        raise LocalCloudError(f"{place}: no method response {status} declares {undeclared[0]}")
