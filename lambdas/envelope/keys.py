"""A picture's data key, and what suite 0x0478 derives from it for one message."""

from typing import NamedTuple, NoReturn

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand

SUITE = 0x0478
KEY_LENGTH = 32
MESSAGE_ID_LENGTH = 32

_HASH = SHA512()


class MessageKeys(NamedTuple):
    """The cipher of one message, and the commitment its header must carry."""

    cipher: AESGCM
    commitment: bytes


class DataKey:
    """The 256-bit key of one picture, in plaintext: in memory only, and for one request only.

    It never shows its bytes, is not written by pickle, and compares by identity.
    """

    __slots__ = ("_octets",)

    def __init__(self, octets: bytes) -> None:
        if len(octets) != KEY_LENGTH:
            raise ValueError(f"a data key has {KEY_LENGTH} bytes, got {len(octets)}")
        self._octets = octets

    def __repr__(self) -> str:
        return "DataKey(hidden)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a data key is never written anywhere")

    def derive(self, message_id: bytes) -> MessageKeys:
        """Derive the keys of the message with this id.

        The id is the HKDF salt. Two messages under one data key (a picture and its metadata) have ids of
        256 random bits, hence unrelated keys: so both may count their nonces from zero.
        Source: https://docs.aws.amazon.com/encryption-sdk/latest/developer-guide/algorithms-reference.html
        """
        # HKDF in its two steps, because the first is the same for both keys.
        seed = HKDF.extract(_HASH, message_id, self._octets)
        return MessageKeys(
            cipher=AESGCM(_expand(seed, SUITE.to_bytes(2, "big") + b"DERIVEKEY")),
            commitment=_expand(seed, b"COMMITKEY"),
        )


def _expand(seed: bytes, info: bytes) -> bytes:
    return HKDFExpand(algorithm=_HASH, length=KEY_LENGTH, info=info).derive(seed)
