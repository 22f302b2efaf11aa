"""The header of an AWS Encryption SDK message, version 2: to bytes and back, within caps.

Source: https://docs.aws.amazon.com/encryption-sdk/latest/developer-guide/message-format.html
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass

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
_END = struct.Struct(f">BI{KEY_LENGTH}s")


@dataclass(frozen=True, slots=True, kw_only=True)
class EncryptedDataKey:
    """Who can give the data key: a provider, the key in its words, and the wrapped key or nothing."""

    provider: str
    key_info: bytes
    ciphertext: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What a message says about itself, its authentication tag left out."""

    message_id: bytes
    context: Mapping[str, str]
    encrypted_data_keys: tuple[EncryptedDataKey, ...]
    frame_length: int
    commitment: bytes

    def __bytes__(self) -> bytes:
        """The header's body: what its authentication tag speaks for."""
        context = b""
        if self.context:
            pairs = sorted((key.encode(), value.encode()) for key, value in self.context.items())
            context = _short(len(pairs)) + b"".join(_sized(key) + _sized(value) for key, value in pairs)
        keys = b"".join(
            _sized(key.provider.encode()) + _sized(key.key_info) + _sized(key.ciphertext)
            for key in self.encrypted_data_keys
        )
        return (
            _BEGINNING.pack(VERSION, SUITE, self.message_id)
            + _sized(context)
            + _short(len(self.encrypted_data_keys))
            + keys
            + _END.pack(FRAMED, self.frame_length, self.commitment)
        )


def parse_header(octets: Octets) -> tuple[Header, int]:
    """Read the header's body at the beginning of `octets`; say how many bytes it takes.

    Nothing of it is authenticated yet. Raises: CannotOpen.
    """
    reader = _Reader(octets)
    version, suite, message_id = reader.unpack(_BEGINNING)
    if (version, suite) != (VERSION, SUITE):
        raise CannotOpen(Reason.UNSUPPORTED)
    context = _parse_context(reader.sized())
    count = reader.short()
    if count > MAX_ENCRYPTED_DATA_KEYS:
        raise CannotOpen(Reason.TOO_LARGE)
    if count == 0:
        raise CannotOpen(Reason.MALFORMED)
    keys = tuple(
        EncryptedDataKey(provider=reader.text(), key_info=reader.sized(), ciphertext=reader.sized())
        for _ in range(count)
    )
    content_type, frame_length, commitment = reader.unpack(_END)
    if content_type != FRAMED:
        raise CannotOpen(Reason.UNSUPPORTED)
    if frame_length > MAX_FRAME_LENGTH:
        raise CannotOpen(Reason.TOO_LARGE)
    if frame_length == 0:
        raise CannotOpen(Reason.MALFORMED)
    header = Header(
        message_id=message_id,
        context=context,
        encrypted_data_keys=keys,
        frame_length=frame_length,
        commitment=commitment,
    )
    return header, reader.position


def _parse_context(octets: bytes) -> dict[str, str]:
    if not octets:
        return {}
    reader = _Reader(octets)
    count = reader.short()
    context = {reader.text(): reader.text() for _ in range(count)}
    # Two values for one key: which of them counts would depend on the reader.
    if len(context) != count or reader.position != len(octets):
        raise CannotOpen(Reason.MALFORMED)
    return context


def _short(number: int) -> bytes:
    return number.to_bytes(2, "big")


def _sized(octets: bytes) -> bytes:
    return _short(len(octets)) + octets


class _Reader:
    """Takes fields from the front; the only place where a length from outside is followed."""

    def __init__(self, octets: Octets) -> None:
        self._octets = memoryview(octets)
        self.position = 0

    def take(self, length: int) -> bytes:
        end = self.position + length
        if end > MAX_HEADER_LENGTH:
            raise CannotOpen(Reason.TOO_LARGE)
        if end > len(self._octets):
            raise CannotOpen(Reason.TRUNCATED)
        taken = bytes(self._octets[self.position : end])
        self.position = end
        return taken

    def unpack(self, layout: struct.Struct) -> tuple[int, int, bytes]:
        first, second, octets = layout.unpack(self.take(layout.size))
        return first, second, octets

    def short(self) -> int:
        return int.from_bytes(self.take(2), "big")

    def sized(self) -> bytes:
        return self.take(self.short())

    def text(self) -> str:
        try:
            return self.sized().decode()
        except UnicodeDecodeError as error:
            raise CannotOpen(Reason.MALFORMED) from error
