"""A picture's private metadata: sealed as a second message under the picture's own key."""

import json
from typing import NamedTuple

from lambdas.envelope import DataKey, Part, open_message, seal


class Metadata(NamedTuple):
    """The picture's media type, and the file name its owner gave it or an empty text."""

    content_type: str
    file_name: str


def seal_metadata(metadata: Metadata, *, data_key: DataKey, picture: str, owner: str) -> bytes:
    """Seal metadata for the row of its picture."""
    text = json.dumps({"content_type": metadata.content_type, "filename": metadata.file_name})
    return bytes(seal(text.encode(), data_key=data_key, picture=picture, owner=owner, part=Part.METADATA))


def open_metadata(sealed: bytes, *, data_key: DataKey, picture: str, owner: str) -> Metadata:
    """Open the metadata of a picture. Raises: CannotOpen."""
    opened = open_message(sealed, data_key=data_key, picture=picture, owner=owner, part=Part.METADATA)
    members = json.loads(opened.decode())
    return Metadata(content_type=members["content_type"], file_name=members["filename"])
