"""What a tus 1.0 client says when it creates an upload together with its bytes.

Source: https://tus.io/protocols/resumable-upload, "Core Protocol", "Creation", "Creation With Upload"
"""

import base64
import binascii
import re
from collections.abc import Mapping
from typing import NamedTuple

from lambdas.envelope import SEGMENT_LENGTH
from lambdas.pictures.problems import Problem

VERSION = "1.0.0"
MAX_BYTES = SEGMENT_LENGTH
HEADERS = {"Tus-Resumable": VERSION}

_CONTENT_TYPE = "application/offset+octet-stream"
_METADATA_CHARACTERS = 4096
_FILE_NAME_CHARACTERS = 255
_LENGTH = re.compile(r"[0-9]{1,15}")
_KEY = re.compile(r"[!-+\--~]{1,64}")


class Creation(NamedTuple):
    """An upload as announced: its length in bytes, and its file name or an empty text."""

    length: int
    file_name: str


def parse_creation(headers: Mapping[str, str], *, body_length: int) -> Creation:
    """Read the headers of a creation whose body is the whole picture.

    `headers` is looked up in lower case. Raises: Problem.
    """
    if headers.get("tus-resumable") != VERSION:
        supported = {"Tus-Version": VERSION}
        raise Problem(412, f"this API speaks tus {VERSION}; send Tus-Resumable: {VERSION}", headers=supported)
    length = _length(headers)
    content_type = headers.get("content-type", "")
    if content_type.partition(";")[0].strip().lower() != _CONTENT_TYPE:
        raise Problem(415, f"send the picture's bytes as Content-Type: {_CONTENT_TYPE}")
    if body_length > MAX_BYTES:
        raise too_large()
    if body_length != length:
        raise Problem(
            400,
            f"Upload-Length is {length} but the body has {body_length} bytes; "
            "send the whole picture with the request that creates it",
        )
    return Creation(length, _metadata(headers.get("upload-metadata", "")).get("filename", ""))


def too_large() -> Problem:
    """The problem of a picture above the limit."""
    return Problem(
        413,
        f"a picture may have {MAX_BYTES} bytes",
        headers={"Tus-Max-Size": str(MAX_BYTES)},
        extensions={"limit_bytes": MAX_BYTES},
    )


def _length(headers: Mapping[str, str]) -> int:
    if "upload-defer-length" in headers:
        raise Problem(400, "the length must be known at creation; send Upload-Length")
    text = headers.get("upload-length", "")
    if not _LENGTH.fullmatch(text):
        raise Problem(400, "send Upload-Length: the picture's size in bytes")
    length = int(text)
    if length == 0:
        raise Problem(400, "a picture has at least one byte")
    if length > MAX_BYTES:
        raise too_large()
    return length


def _metadata(text: str) -> dict[str, str]:
    """Read `key base64,key base64,key`; only the file name is used, but the whole must be well-formed."""
    if len(text) > _METADATA_CHARACTERS:
        raise Problem(400, f"Upload-Metadata may have {_METADATA_CHARACTERS} characters")
    pairs: dict[str, str] = {}
    for pair in text.split(",") if text else []:
        key, _, encoded = pair.strip(" ").partition(" ")
        if not _KEY.fullmatch(key) or key in pairs:
            raise Problem(400, "Upload-Metadata has an empty, repeated or malformed key")
        try:
            pairs[key] = base64.b64decode(encoded, validate=True).decode("utf-8")
        except (binascii.Error, ValueError):
            raise Problem(400, "Upload-Metadata must be UTF-8 text in base64") from None
    name = pairs.get("filename", "")
    if len(name) > _FILE_NAME_CHARACTERS or not name.isprintable():
        raise Problem(400, f"a file name has at most {_FILE_NAME_CHARACTERS} printable characters")
    return pairs
