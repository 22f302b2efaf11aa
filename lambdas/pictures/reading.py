"""Gives a picture back to somebody who may read it, and lists what he may read."""

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from lambdas.envelope import CannotOpen, DataKey, KeyRefused, KeyUnavailable, open_message
from lambdas.envelope.wraps import WrapContext, unwrap
from lambdas.pictures.content import picture_type
from lambdas.pictures.errors import NoSuchPicture, Unavailable
from lambdas.pictures.identifiers import is_picture
from lambdas.pictures.library import Library
from lambdas.pictures.metadata import Metadata, open_metadata
from lambdas.pictures.objects import Objects, object_key
from lambdas.pictures.problems import Problem

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient

PAGE = 100

# Where a listing goes on: own pictures first, then shared ones, each by id. It names no user, since it
# travels in a URL.
_CURSOR = re.compile(r"(own|shared)\.([A-Za-z0-9_-]{22})?")


class Picture(NamedTuple):
    """A picture in the clear."""

    content: bytes
    metadata: Metadata


class Reading:
    """One user's way of seeing pictures."""

    def __init__(
        self, *, user: str, library: Library, objects: Objects, kms: "KMSClient", key_arn: str
    ) -> None:
        self._user = user
        self._library = library
        self._objects = objects
        self._kms = kms
        self._key_arn = key_arn

    def read(self, picture: str) -> Picture:
        """Return the picture of this id. Raises: NoSuchPicture, Unavailable, AwsRefused."""
        if not is_picture(picture):
            raise NoSuchPicture("malformed id")
        own = self._library.own(picture)
        grant = self._library.own_grant(picture) if own else self._library.shared_grant(picture)
        if grant is None:
            raise NoSuchPicture("no grant")
        data_key = self._unwrap(picture, grant.owner, grant.wrapped_key)
        message = self._objects.get(object_key(grant.owner, picture, 0))
        try:
            content = bytes(open_message(message, data_key=data_key, picture=picture, owner=grant.owner))
            if own is None:
                # The metadata is in a row that only the owner may read: the reader gets no file name.
                return Picture(content, Metadata(picture_type(content) or "application/octet-stream", ""))
            if len(content) != own.size:
                raise NoSuchPicture("not of the size in the ledger")
            metadata = open_metadata(own.metadata, data_key=data_key, picture=picture, owner=grant.owner)
        except CannotOpen as error:
            raise NoSuchPicture(f"cannot open: {error.reason.value}") from error
        return Picture(content, metadata)

    def page(self, cursor: str, *, limit: int = PAGE) -> dict[str, Any]:
        """Return up to `limit` pictures and the cursor of the next page, null when there is none.

        Metadata is not listed: it is sealed, and every picture's key would have to be asked of KMS.
        Raises: Problem for a cursor that is none; Unavailable, AwsRefused.
        """
        place = _CURSOR.fullmatch(cursor)
        if place is None:
            raise Problem(400, "cursor is not one that this API gave")
        scope, after = place[1], place[2] or "-"  # no id sorts before "-"; an empty text is no key
        found: list[dict[str, Any]] = []
        if scope == "own":
            own = self._library.own_after(after, limit=limit)
            if own.go_on_after:
                return {"pictures": own.pictures, "next": f"own.{own.go_on_after}"}
            found, after = own.pictures, "-"
        if len(found) == limit:
            return {"pictures": found, "next": "shared."}
        shared = self._library.shared_after(after, limit=limit - len(found))
        following = f"shared.{shared.go_on_after}" if shared.go_on_after else None
        return {"pictures": found + shared.pictures, "next": following}

    def _unwrap(self, picture: str, owner: str, wrapped_key: bytes) -> DataKey:
        context = WrapContext(picture=picture, owner=owner, reader=self._user)
        try:
            return unwrap(self._kms, wrapped_key, key_arn=self._key_arn, context=context)
        except KeyRefused as error:
            raise NoSuchPicture(f"Decrypt: {error}") from error
        except KeyUnavailable as error:
            raise Unavailable(f"Decrypt: {error}") from error
