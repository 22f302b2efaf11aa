"""Takes a picture in; wherever that breaks off, nothing is readable and nothing is forgotten."""

from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING

from lambdas.envelope import EnvelopeError, KeyRefused, seal
from lambdas.envelope.wraps import WrapContext, new_data_key
from lambdas.pictures.content import picture_type
from lambdas.pictures.errors import AwsRefused, IdTaken, PicturesError, Unavailable
from lambdas.pictures.identifiers import new_picture_id
from lambdas.pictures.ledger import Ledger, NewPicture
from lambdas.pictures.log import logger
from lambdas.pictures.metadata import Metadata, seal_metadata
from lambdas.pictures.objects import Objects, object_key
from lambdas.pictures.problems import Problem

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient

ABANDONED_AFTER = timedelta(hours=1)
"""No request lives this long, so an upload that began before is not going on."""
SWEPT_AT_ONCE = 10


class Uploads:
    """One user's way of bringing pictures in."""

    def __init__(
        self, *, user: str, ledger: Ledger, objects: Objects, kms: "KMSClient", key_arn: str
    ) -> None:
        self._user = user
        self._ledger = ledger
        self._objects = objects
        self._kms = kms
        self._key_arn = key_arn

    def take(self, content: bytes, file_name: str) -> str:
        """Store a picture and return its new id.

        The row comes first and says "uploading", the object second, and only then the row says "complete":
        before that the picture cannot be read, and from the row on it cannot be forgotten.
        Raises: Problem when it is no picture; Unavailable, AwsRefused, IdTaken.
        """
        content_type = picture_type(content)
        if content_type is None:
            raise Problem(415, "this is no JPEG, PNG, GIF, WebP, AVIF, HEIC, HEIF or TIFF picture")
        picture = new_picture_id()
        new, message = self._sealed(picture, content, Metadata(content_type, file_name))
        try:
            self._ledger.begin(new)
            self._objects.put(object_key(self._user, picture, 0), message)
            self._ledger.complete(picture)
        except IdTaken:
            raise
        except PicturesError as error:
            logger.warning("upload broke off", reason=str(error))
            self._remove(picture)
            raise
        return picture

    def sweep(self, now: datetime | None = None) -> None:
        """Remove what this user's dead uploads left, as far as that can be done now."""
        before = (now or datetime.now(UTC)) - ABANDONED_AFTER
        try:
            left = list(islice(self._ledger.unfinished(before=before), SWEPT_AT_ONCE))
        except PicturesError as error:
            logger.warning("sweep not done", reason=str(error))
            return
        for picture in left:
            self._remove(picture)

    def _sealed(self, picture: str, content: bytes, metadata: Metadata) -> tuple[NewPicture, bytes]:
        context = WrapContext(picture=picture, owner=self._user, reader=self._user)
        try:
            data_key, wrapped_key = new_data_key(self._kms, key_arn=self._key_arn, context=context)
        except KeyRefused as error:
            raise AwsRefused(f"GenerateDataKey: {error}") from error
        except EnvelopeError as error:
            raise Unavailable(f"GenerateDataKey: {error}") from error
        new = NewPicture(
            picture=picture,
            size=len(content),
            created_at=datetime.now(UTC),
            metadata=seal_metadata(metadata, data_key=data_key, picture=picture, owner=self._user),
            wrapped_key=wrapped_key,
        )
        return new, bytes(seal(content, data_key=data_key, picture=picture, owner=self._user))

    def _remove(self, picture: str) -> None:
        """Remove a picture that did not come in whole: the wrap first, the row last.

        What fails here is left to a later sweep, which finds the row. That the row is set back first matters
        when the answer to "complete" was lost: otherwise a complete row could be left without its picture.
        """
        try:
            if self._ledger.unfinish(picture):
                self._ledger.forget_wrap(picture)
                self._objects.delete(object_key(self._user, picture, 0))
                self._ledger.forget(picture)
        except PicturesError as error:
            logger.warning("removal left to a later sweep", reason=str(error))
