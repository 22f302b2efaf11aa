"""moto in our own process: where S3, DynamoDB, KMS, IAM and the logs of one account are kept."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import botocore.session
from botocore.awsrequest import AWSPreparedRequest, AWSResponse, HeadersDict
from moto.core.botocore_stubber import BotocoreStubber, MockRawResponse


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a service answered to one HTTP request."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Backend:
    """The stored state of one account in one region.

    moto keeps its state in module globals, so there is one backend in a process. It takes one call at a
    time: callers serialize, which also makes a DynamoDB transaction atomic.
    """

    def __init__(self, *, account: str, region: str) -> None:
        self.account = account
        self.region = region
        self._stubber = BotocoreStubber()
        self._session = botocore.session.Session()
        self._session.register("before-send", cast(Any, self._answer_in_process))

    def call(
        self, *, service: str, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> Answer:
        """Let moto answer one request; `path` carries the query string."""
        request = AWSPreparedRequest(
            method=method,
            url=f"https://{service}.{self.region}.amazonaws.com{path}",
            # The header by which moto is told the account: it knows nothing of our credentials.
            headers=cast(Any, HeadersDict({**headers, "x-moto-account-id": self.account})),
            body=body,
            stream_output=False,
        )
        answer = self._stubber.process_request(request)
        if answer is None:
            raise LookupError(f"moto does not answer {method} {service}")
        status, answered_headers, answered_body = answer
        encoded = answered_body.encode() if isinstance(answered_body, str) else bytes(answered_body)
        return Answer(status=status, headers={k: str(v) for k, v in answered_headers.items()}, body=encoded)

    @functools.cache  # noqa: B019 - one backend lives as long as its process
    def client(self, service: str) -> Any:
        """Return a botocore client that acts on the stored state directly, past the gate."""
        return self._session.create_client(
            service,
            region_name=self.region,
            aws_access_key_id="operator",
            aws_secret_access_key="operator",  # noqa: S106 - nobody checks it: the call never leaves the process
        )

    def _answer_in_process(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        request.headers["x-moto-account-id"] = self.account
        answer = self._stubber.process_request(request)
        if answer is None:
            raise LookupError(f"moto does not answer {request.method} {request.url}")
        status, headers, body = answer
        return AWSResponse(request.url, status, cast(Any, headers), MockRawResponse(body))
