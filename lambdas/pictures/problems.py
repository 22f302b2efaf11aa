"""Errors as the API tells them: problem+json (RFC 9457), and nothing the caller may not know."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType

from aws_lambda_powertools.event_handler.api_gateway import Response

_NOTHING: Mapping[str, object] = MappingProxyType({})


class Problem(Exception):
    """A request that is answered with an error: its status, and one sentence for the developer of the app."""

    def __init__(
        self,
        status: int,
        detail: str = "",
        *,
        headers: Mapping[str, str] = MappingProxyType({}),
        extensions: Mapping[str, object] = _NOTHING,
    ) -> None:
        super().__init__(detail)
        self.status = HTTPStatus(status)
        self.detail = detail
        self.headers = headers
        self.extensions = extensions

    def response(self, more_headers: Mapping[str, str]) -> Response[str]:
        """The answer. Its type is about:blank, so its title is the status's own phrase (RFC 9457, 4.2.1)."""
        members = {"type": "about:blank", "title": self.status.phrase, "status": self.status.value}
        if self.detail:
            members["detail"] = self.detail
        return Response(
            status_code=self.status.value,
            content_type="application/problem+json",
            body=json.dumps(members | dict(self.extensions), separators=(",", ":")),
            headers={"Cache-Control": "no-store", **more_headers, **self.headers},
        )


def no_such_picture() -> Problem:
    """The one answer for absent, unfinished, malformed id and not yours."""
    return Problem(404, "there is no such picture")


def sign_in_again() -> Problem:
    """The answer when STS does not accept the token that the authorizer did."""
    return Problem(401, "the access token was not accepted", headers={"WWW-Authenticate": "Bearer"})


def try_again() -> Problem:
    """The answer while something we depend on does not answer."""
    return Problem(503, "the service cannot answer now; try again", headers={"Retry-After": "5"})


def our_fault() -> Problem:
    """The answer to everything unforeseen."""
    return Problem(500, "the service failed")
