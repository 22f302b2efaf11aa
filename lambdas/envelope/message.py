"""Reads any message of suite 0x0478, framed, whoever wrote it: who may have written it is decided above."""

import hmac
from dataclasses import dataclass

from lambdas.envelope.errors import CannotOpen, Reason
from lambdas.envelope.frames import Frame, FrameCipher, scan
from lambdas.envelope.header import TAG_LENGTH, Header, Octets, parse_header
from lambdas.envelope.keys import DataKey


@dataclass(frozen=True, slots=True)
class OpenedHeader:
    """An authentic header, its length with its tag, and the cipher of the frames that follow it."""

    header: Header
    length: int
    cipher: FrameCipher


def open_header(octets: Octets, data_key: DataKey) -> OpenedHeader:
    """Authenticate the header at the beginning of `octets`. Raises: CannotOpen."""
    view = memoryview(octets).cast("B")
    header, end = parse_header(view)
    keys = data_key.derive(header.message_id)
    # The commitment comes first: without it one message could be made to open under two keys, to two
    # different pictures. https://docs.aws.amazon.com/encryption-sdk/latest/developer-guide/concepts.html#key-commitment
    if not hmac.compare_digest(keys.commitment, header.commitment):
        raise CannotOpen(Reason.WRONG_KEY)
    tag = view[end : end + TAG_LENGTH]
    if len(tag) < TAG_LENGTH:
        raise CannotOpen(Reason.TRUNCATED)
    cipher = FrameCipher(keys.cipher, message_id=header.message_id, frame_length=header.frame_length)
    cipher.check_header(view[:end], tag)
    return OpenedHeader(header=header, length=end + TAG_LENGTH, cipher=cipher)


class FrameReader:
    """Opens the frames that follow a header, in order, in as many calls as the caller likes.

    Each call takes whole frames. What it gives is authentic, but only `finish` says that it was all.
    """

    def __init__(self, cipher: FrameCipher) -> None:
        self._cipher = cipher
        self._sequence = 1
        self._complete = False

    def open(self, octets: Octets) -> bytearray:
        """Open the next frames into a new buffer. Raises: CannotOpen."""
        view = memoryview(octets).cast("B")
        frames = self._scan(view)
        plaintext = bytearray(sum(frame.length for frame in frames))
        self._cipher.open_into(view, frames, memoryview(plaintext))
        self._advance(frames)
        return plaintext

    def open_into(self, octets: Octets, buffer: bytearray | memoryview) -> int:
        """Open the next frames into `buffer`; return how many bytes of plaintext they hold.

        Raises: CannotOpen, and then `buffer` holds nothing of them. ValueError when it is too small.
        """
        view = memoryview(octets).cast("B")
        frames = self._scan(view)
        needed = sum(frame.length for frame in frames)
        out = memoryview(buffer).cast("B")
        if len(out) < needed:
            raise ValueError(f"the buffer must have {needed} bytes, got {len(out)}")
        self._cipher.open_into(view, frames, out)
        self._advance(frames)
        return needed

    def finish(self) -> None:
        """Refuse a message whose final frame has not come. Raises: CannotOpen."""
        if not self._complete:
            raise CannotOpen(Reason.TRUNCATED)

    def _scan(self, view: memoryview) -> list[Frame]:
        if self._complete and len(view):
            raise CannotOpen(Reason.TRAILING_BYTES)
        return scan(view, frame_length=self._cipher.frame_length, sequence=self._sequence)

    def _advance(self, frames: list[Frame]) -> None:
        if frames:
            self._sequence = frames[-1].sequence + 1
            self._complete = frames[-1].final
