"""Requests exactly as botocore sends them, caught before they leave."""

import io
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import urlsplit

import botocore.session
import pytest
from botocore.awsrequest import AWSResponse
from botocore.config import Config

from local_cloud.gate.sessions import Session
from local_cloud.gate.wire import WireRequest

SESSION = botocore.session.Session()  # Holds the service models, and no credentials.
ENDPOINT = "https://127.0.0.1:9"


class Body(io.BytesIO):
    def stream(self, **_):
        yield self.read()


def sent(
    service: str, operation: str, parameters: dict, session: Session | None = None, **config
) -> WireRequest:
    """Return the signed HTTP request of one call."""
    caught = []

    def catch(request, **_):
        parts = urlsplit(request.url)
        body = request.body or b""
        headers = {
            name.lower(): v.decode() if isinstance(v, bytes) else v for name, v in request.headers.items()
        }
        caught.append(
            WireRequest(
                method=request.method,
                path=parts.path,
                query=parts.query,
                headers={"host": parts.netloc, **headers},
                body=body.read()
                if hasattr(body, "read")
                else body
                if isinstance(body, bytes)
                else body.encode(),
            )
        )
        return AWSResponse(request.url, 500, {}, Body(b""))

    client = SESSION.create_client(
        service,
        region_name="eu-west-1",
        endpoint_url=ENDPOINT,
        aws_access_key_id=session.access_key_id if session else "ASIAUNKNOWNUNKNOWN00",
        aws_secret_access_key=session.secret_access_key if session else "secret",
        aws_session_token=session.token if session else "token",
        config=Config(retries={"total_max_attempts": 1}, **config),
    )
    client.meta.events.register("before-send", catch)
    # The answer is ours and says nothing; the request is what counts.
    with suppress(Exception):
        getattr(client, operation)(**parameters)
    assert caught, f"{service} {operation} sent nothing"
    return caught[0]


@pytest.fixture
def wire() -> Callable[..., WireRequest]:
    """Return what builds a signed request from service, operation, parameters and session."""
    return sent
