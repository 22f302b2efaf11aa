"""What the gate answers when it does not let a call through, in the words of each service."""

import json
from enum import Enum
from xml.sax.saxutils import escape

from local_cloud.backend import Answer


class Cause(Enum):
    """Why a call is refused; the value is the HTTP status, the code of S3, of STS, and of JSON services.

    Source: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html and
    https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html
    """

    UNSIGNED = (403, "AccessDenied", "MissingAuthenticationToken", "MissingAuthenticationTokenException")
    UNKNOWN_KEY = (403, "InvalidAccessKeyId", "InvalidClientTokenId", "UnrecognizedClientException")
    WRONG_TOKEN = (403, "InvalidToken", "InvalidClientTokenId", "UnrecognizedClientException")
    EXPIRED = (403, "ExpiredToken", "ExpiredToken", "ExpiredTokenException")
    WRONG_SIGNATURE = (403, "SignatureDoesNotMatch", "SignatureDoesNotMatch", "InvalidSignatureException")
    DENIED = (403, "AccessDenied", "AccessDenied", "AccessDeniedException")
    NOT_UNDERSTOOD = (400, "NotImplemented", "InvalidAction", "UnknownOperationException")
    UNREACHABLE = (503, "ServiceUnavailable", "ServiceUnavailable", "ServiceUnavailable")
    INVALID_STATE = (400, "InvalidRequest", "InvalidRequest", "KMSInvalidStateException")


class Refused(Exception):
    """The gate does not let this call through."""

    def __init__(self, cause: Cause, message: str) -> None:
        super().__init__(message)
        self.cause = cause


def answer(refused: Refused, *, service: str) -> Answer:
    """Render a refusal as the service itself would."""
    status, s3_code, query_code, json_code = refused.cause.value
    if service == "s3":
        body = f"<Error><Code>{s3_code}</Code><Message>{escape(str(refused))}</Message></Error>"
        return Answer(status=status, headers={"content-type": "application/xml"}, body=body.encode())
    if service == "sts":
        return query_error(status, query_code, str(refused))
    document = json.dumps({"__type": json_code, "message": str(refused)})
    return Answer(
        status=status, headers={"content-type": "application/x-amz-json-1.1"}, body=document.encode()
    )


def query_error(status: int, code: str, message: str) -> Answer:
    """Render an error of the query protocol."""
    body = (
        '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>'
        f"<Code>{code}</Code><Message>{escape(message)}</Message></Error></ErrorResponse>"
    )
    return Answer(status=status, headers={"content-type": "text/xml"}, body=body.encode())
