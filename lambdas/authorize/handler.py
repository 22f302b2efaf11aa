"""Lambda entry point of the API Gateway TOKEN authorizer."""

import os
import re
import time
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger

from lambdas.authorize.access_token import Expectation, verified_user
from lambdas.authorize.key_set import KeySet, KeySetUnavailable
from lambdas.authorize.refusal import Reason, Refused

_BEARER = "Bearer "
_METHOD_ARN = re.compile(r"(arn:aws[a-z-]*:execute-api:[a-z0-9-]+:[0-9]{12}:[a-z0-9]+/[A-Za-z0-9_-]+)/.+")

logger = Logger(service="authorize")


class Unverifiable(Exception):
    """The token could not be judged; API Gateway answers 500 and lets nobody in."""


def handle(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Return a policy that admits the token's user, or raise what API Gateway answers with 401.

    Nothing of the event and no cause reaches the log or the caller: only the class of the reason is logged.
    """
    del context
    try:
        user = _user(event)
        stage = _stage(event)
    except Refused as refused:
        logger.warning("token refused", reason=refused.reason.value)
    except KeySetUnavailable:
        logger.error("key set unavailable")
        raise Unverifiable("the token could not be judged") from None
    except Exception as error:  # noqa: BLE001 - the edge: an unforeseen error may quote the token, so only its type is told
        logger.error("authorizer failed", error=type(error).__name__)
        raise Unverifiable("the token could not be judged") from None
    else:
        return _admission(user, stage)
    # This very text is the one that API Gateway turns into 401.
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html
    raise Exception("Unauthorized")


def _user(event: dict[str, Any]) -> str:
    authorization = event.get("authorizationToken")
    if not isinstance(authorization, str) or not authorization.startswith(_BEARER):
        raise Refused(Reason.MISSING)
    expected, keys = _expectation(), _key_set()
    return verified_user(authorization.removeprefix(_BEARER), expected=expected, keys=keys, now=time.time())


def _stage(event: dict[str, Any]) -> str:
    arn = _METHOD_ARN.fullmatch(event["methodArn"])
    if arn is None:
        raise ValueError("method ARN not understood")
    return arn[1]


def _admission(user: str, stage: str) -> dict[str, Any]:
    # The whole stage, not the one route asked for: API Gateway caches the answer per token and applies it to
    # the token's next request, which may be another route.
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-lambda-authorizer-output.html
    statement = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": f"{stage}/*/*"}
    return {
        "principalId": user,
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        "context": {"user": user},
    }


@cache
def _expectation() -> Expectation:
    client_ids = frozenset(filter(None, os.environ["CLIENT_IDS"].split(",")))
    return Expectation(
        issuer=os.environ["ISSUER"],
        audience=os.environ["AUDIENCE"],
        client_ids=client_ids,
        role_arn=os.environ["USER_DATA_ROLE_ARN"],
    )


@cache
def _key_set() -> KeySet:
    return KeySet(os.environ["ISSUER"] + ".well-known/jwks.json")
