"""What can go wrong with a request, as far as the answer differs."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError


class PicturesError(Exception):
    """Base of this package's errors. The text is for the log, so it holds nothing personal."""


class NoSuchPicture(PicturesError):
    """Absent, unfinished, or not this user's to see: the caller must not learn which."""


class TokenRefused(PicturesError):
    """STS does not give a session for this token."""


class Unavailable(PicturesError):
    """An AWS service did not answer, or cannot answer now: worth another attempt."""


class AwsRefused(PicturesError):
    """AWS refused what every user's session is meant to be able to do: our own fault."""


class IdTaken(AwsRefused):
    """The picture id is in use, so nothing was written and nothing may be removed."""


# Not in "common errors" of one service but spread over all of them; botocore retries the same ones.
# https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
_TRANSIENT = frozenset(
    {
        "ConditionalRequestConflict",
        "IDPCommunicationError",
        "InternalError",
        "InternalFailure",
        "InternalServerError",
        "LimitExceededException",
        "PreconditionFailed",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestTimeout",
        "ServiceUnavailable",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TransactionConflictException",
        "TransactionInProgressException",
    }
)

_TRANSIENT_REASONS = frozenset({"ProvisionedThroughputExceeded", "ThrottlingError", "TransactionConflict"})


def error_code(error: ClientError) -> str:
    """The AWS code of an error. Its message is left alone: it may name users and objects."""
    return error.response.get("Error", {}).get("Code", "unknown")


@contextmanager
def aws_errors(operation: str) -> Iterator[None]:
    """Turn what botocore raises inside into Unavailable or AwsRefused."""
    try:
        yield
    except ClientError as error:
        code = error_code(error)
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if code in _TRANSIENT or status >= 500 or cancellation_reasons(error) & _TRANSIENT_REASONS:
            raise Unavailable(f"{operation}: {code}") from error
        raise AwsRefused(f"{operation}: {code}") from error
    except BotoCoreError as error:
        raise Unavailable(f"{operation}: {type(error).__name__}") from error


def cancellation_reasons(error: ClientError) -> set[str]:
    """Why DynamoDB cancelled a transaction: the codes of its items; empty for another error.

    Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
    """
    return {reason.get("Code", "") for reason in error.response.get("CancellationReasons", [])}
