"""What the API answers, as responses of API Gateway."""

import json
from collections.abc import Mapping
from pathlib import PurePath
from traceback import extract_tb
from typing import Any
from urllib.parse import quote

from aws_lambda_powertools.event_handler.api_gateway import Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError

from lambdas.pictures import problems, tus
from lambdas.pictures.errors import AwsRefused, NoSuchPicture, TokenRefused, Unavailable
from lambdas.pictures.log import logger
from lambdas.pictures.reading import Picture

# Nothing of a picture stays in anybody's cache, where taking back a share would not reach it; and no browser
# runs anything in it.
_PRIVATE = {
    "Cache-Control": "private, no-store",
    "Content-Security-Policy": "default-src 'none'; sandbox",
}


def created(location: str, length: int) -> Response[str]:
    """A picture was taken in whole."""
    headers = {**tus.HEADERS, "Location": location, "Upload-Offset": str(length), "Cache-Control": "no-store"}
    return Response(status_code=201, headers=headers, body="")


def content(picture: str, found: Picture, *, if_none_match: str) -> Response[bytes]:
    """A picture. Its tag is its id: the content of a picture never changes, and the id says nothing of it."""
    tag = f'"{picture}"'
    headers = {**_PRIVATE, "ETag": tag, "Accept-Ranges": "none"}
    if tag in (candidate.strip().removeprefix("W/") for candidate in if_none_match.split(",")):
        return Response(status_code=304, headers=headers, body=b"")
    name = found.metadata.file_name
    # RFC 8187; RFC 6266, appendix D: quoting the name any other way lets it end the header's value.
    disposition = f"inline; filename*=UTF-8''{quote(name, safe='')}" if name else "inline"
    return Response(
        status_code=200,
        content_type=found.metadata.content_type,
        headers={**headers, "Content-Disposition": disposition},
        body=found.content,
    )


def listing(page: Mapping[str, Any]) -> Response[str]:
    """A page of a listing."""
    return Response(
        status_code=200,
        content_type="application/json",
        headers=dict(_PRIVATE),
        body=json.dumps(page, separators=(",", ":")),
    )


def failed(error: Exception, headers: Mapping[str, str]) -> Response[str]:
    """The problem that an error is to the caller; the log gets what our own errors say, or a mere class."""
    match error:
        case problems.Problem():
            problem = error
        case NoSuchPicture():
            logger.info("no such picture", reason=str(error))
            problem = problems.no_such_picture()
        case NotFoundError():
            problem = problems.no_such_picture()
        case TokenRefused():
            logger.warning("no session", reason=str(error))
            problem = problems.sign_in_again()
        case Unavailable():
            logger.error("unavailable", reason=str(error))
            problem = problems.try_again()
        case AwsRefused():
            logger.error("refused by AWS", reason=str(error))
            problem = problems.our_fault()
        case _:
            frame = extract_tb(error.__traceback__)[-1]
            where = f"{PurePath(frame.filename).name}:{frame.lineno}"
            logger.error("failed", error=type(error).__name__, where=where)
            problem = problems.our_fault()
    return problem.response(headers)
