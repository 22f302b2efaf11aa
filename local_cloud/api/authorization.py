"""Asks the authorizer function who calls, keeps its answer for a while, and evaluates the policy it returns.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html
"""

import fnmatch
import hashlib
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from local_cloud.api.definition import Authorizer
from local_cloud.api.refusal import (
    ACCESS_DENIED,
    AUTHORIZER_CONFIGURATION_ERROR,
    AUTHORIZER_FAILURE,
    UNAUTHORIZED,
    Refusal,
)
from local_cloud.functions.pool import Throttled
from local_cloud.functions.runtime_api import FunctionError

Invoke = Callable[[str, bytes], Awaitable[bytes]]

REMEMBERED = 10_000


@dataclass(frozen=True, kw_only=True)
class Grant:
    """What an authorizer said about a token."""

    principal: str
    policy: Mapping[str, Any]
    context: Mapping[str, Any]

    def admits(self, method_arn: str) -> bool:
        """Whether the policy allows this request; a Deny wins over any Allow."""
        effects = {
            statement["Effect"]
            for statement in _listed(self.policy["Statement"])
            if _matches("execute-api:Invoke", statement["Action"])
            and _matches(method_arn, statement["Resource"])
        }
        return effects == {"Allow"}


class Authorization:
    """One authorizer's answers: kept by a hash of the token, so that a token is never kept."""

    def __init__(self, invoke: Invoke, *, now: Callable[[], float] = time.monotonic) -> None:
        """`invoke` sends an event to a function by its ARN."""
        self._invoke = invoke
        self._now = now
        self._grants: dict[tuple[str, str], tuple[float, Grant]] = {}

    async def check(self, authorizer: Authorizer, headers: Mapping[str, str], method_arn: str) -> Grant:
        """Return who calls.

        Raises: Refusal of the kind that API Gateway would answer with.
        """
        token = headers.get(authorizer.header, "")
        if not token or (authorizer.validation and not authorizer.validation.fullmatch(token)):
            raise Refusal(UNAUTHORIZED)
        key = (authorizer.function_arn, hashlib.sha256(token.encode()).hexdigest())
        expires, grant = self._grants.get(key, (0.0, None))
        if grant is None or self._now() >= expires:
            grant = await self._ask(authorizer, token, method_arn)
            self._keep(key, grant, authorizer.cache_seconds)
        if not grant.admits(method_arn):
            raise Refusal(ACCESS_DENIED)
        return grant

    async def _ask(self, authorizer: Authorizer, token: str, method_arn: str) -> Grant:
        event = {"type": "TOKEN", "authorizationToken": token, "methodArn": method_arn}
        try:
            answer = await self._invoke(authorizer.function_arn, json.dumps(event).encode())
        except FunctionError as error:
            # The one exception text that means "who are you?" and not "I broke".
            raise Refusal(UNAUTHORIZED if error.message == "Unauthorized" else AUTHORIZER_FAILURE) from error
        except Throttled as error:
            raise Refusal(AUTHORIZER_FAILURE) from error
        try:
            return _grant(json.loads(answer))
        except (ValueError, KeyError, TypeError) as error:
            raise Refusal(AUTHORIZER_CONFIGURATION_ERROR) from error

    def _keep(self, key: tuple[str, str], grant: Grant, seconds: int) -> None:
        now = self._now()
        if len(self._grants) >= REMEMBERED:
            self._grants = {k: kept for k, kept in self._grants.items() if kept[0] > now}
        if seconds and len(self._grants) < REMEMBERED:
            self._grants[key] = (now + seconds, grant)


def _grant(answer: Any) -> Grant:
    """Check the shape of an authorizer's answer; raises ValueError, KeyError or TypeError."""
    context = answer.get("context") or {}
    if not all(isinstance(value, str | int | float | bool) for value in context.values()):
        raise ValueError("context values must be flat")
    for statement in _listed(answer["policyDocument"]["Statement"]):
        if statement["Effect"] not in ("Allow", "Deny") or not {"Action", "Resource"} <= set(statement):
            raise ValueError("a statement needs Effect, Action and Resource")
    return Grant(principal=str(answer["principalId"]), policy=answer["policyDocument"], context=context)


def _matches(value: str, patterns: Any) -> bool:
    # Brackets are literal in IAM and a class in fnmatch.
    return any(fnmatch.fnmatchcase(value, str(pattern).replace("[", "[[]")) for pattern in _listed(patterns))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
