"""The header of an AWS Encryption SDK message, version 2: to bytes and back, within caps.

Source: https://docs.aws.amazon.com/encryption-sdk/latest/developer-guide/message-format.html
"""

import struct
from typing import Any, NamedTuple

from lambdas.envelope.errors import CannotOpen, Reason
from lambdas.envelope.keys import KEY_LENGTH, MESSAGE_ID_LENGTH, SUITE

VERSION = 2
FRAMED = 2
TAG_LENGTH = 16

# A header is authentic only once it has been read, so nothing in it may make a reader allocate or loop
# beyond these.
MAX_HEADER_LENGTH = 16 * 1024
MAX_ENCRYPTED_DATA_KEYS = 16
MAX_FRAME_LENGTH = 4 * 1024 * 1024

Octets = bytes | bytearray | memoryview

_BEGINNING = struct.Struct(f">BH{MESSAGE_ID_LENGTH}s")
_SHORT = struct.Struct(">H")
_END = struct.Struct(f">BI{KEY_LENGTH}s")


class Header(NamedTuple):
    """What a message says about itself, its authentication tag left out.

    `names` are the encryption context and the encrypted data keys, as the bytes they stand in: whoever
    knows what they must be compares bytes, and `envelope.names` reads them for everybody else.
    """

    message_id: bytes
    names: bytes
    frame_length: int
    commitment: bytes

    def __bytes__(self) -> bytes:
        """The header's body: what its authentication tag speaks for."""
        return (
            _BEGINNING.pack(VERSION, SUITE, self.message_id)
            + self.names
            + _END.pack(FRAMED, self.frame_length, self.commitment)
        )


def parse_header(octets: memoryview) -> tuple[Header, int]:
    """Read the header's body at the beginning of `octets`; say how many bytes it takes.

    Nothing of it is authenticated yet. Raises: CannotOpen.
    """
    version, suite, message_id = _unpack(_BEGINNING, octets, 0)
    if (version, suite) != (VERSION, SUITE):
        raise CannotOpen(Reason.UNSUPPORTED)
    end_of_names = _skip_names(octets, _BEGINNING.size)
    content_type, frame_length, commitment = _unpack(_END, octets, end_of_names)
    if content_type != FRAMED:
        raise CannotOpen(Reason.UNSUPPORTED)
    if frame_length > MAX_FRAME_LENGTH:
        raise CannotOpen(Reason.TOO_LARGE)
    if frame_length == 0:
        raise CannotOpen(Reason.MALFORMED)
    names = bytes(octets[_BEGINNING.size : end_of_names])
    return Header(message_id, names, frame_length, commitment), end_of_names + _END.size


def _skip_names(octets: memoryview, position: int) -> int:
    (context_length,) = _unpack(_SHORT, octets, position)
    position += _SHORT.size + context_length
    (count,) = _unpack(_SHORT, octets, position)
    position += _SHORT.size
    if count > MAX_ENCRYPTED_DATA_KEYS:
        raise CannotOpen(Reason.TOO_LARGE)
    if count == 0:
        raise CannotOpen(Reason.MALFORMED)
    for _ in range(3 * count):  # provider, key information, ciphertext
        (length,) = _unpack(_SHORT, octets, position)
        position += _SHORT.size + length
    return position


def _unpack(layout: struct.Struct, octets: memoryview, position: int) -> tuple[Any, ...]:
    """Take fields at a position that lengths from outside led to."""
    if position + layout.size > MAX_HEADER_LENGTH:
        raise CannotOpen(Reason.TOO_LARGE)
    if position + layout.size > len(octets):
        raise CannotOpen(Reason.TRUNCATED)
    return layout.unpack_from(octets, position)
