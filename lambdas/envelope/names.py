"""Reads the names in a header: what the message is about (its encryption context) and who can give its key.

Source: https://docs.aws.amazon.com/encryption-sdk/latest/developer-guide/message-format.html#header-aad
"""

from collections.abc import Mapping
from typing import NamedTuple

from lambdas.envelope.errors import CannotOpen, Reason


class EncryptedDataKey(NamedTuple):
    """Who can give the data key: a provider, the key in its words, and the wrapped key or nothing."""

    provider: str
    key_info: bytes
    ciphertext: bytes = b""


class Names(NamedTuple):
    """A header's encryption context and encrypted data keys."""

    context: Mapping[str, str]
    encrypted_data_keys: tuple[EncryptedDataKey, ...]


def parse_names(octets: bytes) -> Names:
    """Read the names of a parsed header. Raises: CannotOpen."""
    reader = _Reader(octets)
    context = _parse_context(reader.sized())
    keys = tuple(
        EncryptedDataKey(provider=reader.text(), key_info=reader.sized(), ciphertext=reader.sized())
        for _ in range(reader.short())
    )
    return Names(context, keys)


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


class _Reader:
    """Takes one field after another from the front."""

    def __init__(self, octets: bytes) -> None:
        self._octets = octets
        self.position = 0

    def _take(self, length: int) -> bytes:
        taken = self._octets[self.position : self.position + length]
        if len(taken) < length:
            raise CannotOpen(Reason.MALFORMED)
        self.position += length
        return taken

    def short(self) -> int:
        return int.from_bytes(self._take(2), "big")

    def sized(self) -> bytes:
        return self._take(self.short())

    def text(self) -> str:
        try:
            return self.sized().decode()
        except UnicodeDecodeError as error:
            raise CannotOpen(Reason.MALFORMED) from error
