"""What can go wrong with a picture's message or its key, as far as a caller acts differently."""

import enum


class EnvelopeError(Exception):
    """Base of every error of this package."""


class Reason(enum.Enum):
    """Why a message was refused: for the log, never for the person who asked. Holds nothing secret."""

    TRUNCATED = "the message ends too early"
    TRAILING_BYTES = "bytes follow the final frame"
    UNSUPPORTED = "another version, suite or content type than version 2, suite 0x0478, framed"
    TOO_LARGE = "a length or a count is above its cap"
    MALFORMED = "a field holds a value that the format does not allow"
    OUT_OF_SEQUENCE = "a frame is not the one that has to come next"
    OTHER_LENGTH = "the message does not end where it was said to"
    WRONG_KEY = "the message commits to another data key"
    NOT_AUTHENTIC = "an authentication tag does not match"
    OTHER_PICTURE = "the message belongs to another picture"
    OTHER_OWNER = "the message belongs to another owner"
    OTHER_PART = "the message is another part of the picture"
    OTHER_PROVIDER = "the message names another kind of key, or other keys beside it"


class CannotOpen(EnvelopeError):
    """A message was not opened, and nothing of it may be used.

    One error with one text for every cause, so that nobody can learn from an answer what is wrong with
    a message he made up. `reason` is for the log.
    """

    def __init__(self, reason: Reason) -> None:
        super().__init__("the message cannot be opened")
        self.reason = reason


class KeyRefused(EnvelopeError):
    """KMS will not open or make this wrap for this session: as if the picture did not exist."""


class KeyUnavailable(EnvelopeError):
    """KMS did not answer, or cannot answer now: worth another attempt."""
