"""The frames of one message: sealed and opened in place, from one buffer into another.

Nothing is copied: a frame's tag follows its ciphertext in the format just as AES-GCM writes it.
Source: https://docs.aws.amazon.com/encryption-sdk/latest/developer-guide/body-aad-reference.html
"""

import struct
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from lambdas.envelope.errors import CannotOpen, Reason
from lambdas.envelope.header import TAG_LENGTH, Octets

NONCE_LENGTH = 12
FINAL_MARK = 0xFFFFFFFF
MAX_SEQUENCE = FINAL_MARK - 1

_SEQUENCE_AND_LENGTH = struct.Struct(">IQ")
_MARK = struct.Struct(">I")
_REGULAR = struct.Struct(f">I{NONCE_LENGTH}s")
_FINAL = struct.Struct(f">II{NONCE_LENGTH}sI")
REGULAR_OVERHEAD = _REGULAR.size + TAG_LENGTH
FINAL_OVERHEAD = _FINAL.size + TAG_LENGTH


class Frame(NamedTuple):
    """Where one frame's content lies; nothing of it is authenticated yet."""

    sequence: int
    final: bool
    nonce: bytes
    start: int  # of the ciphertext, in the bytes that were scanned
    length: int  # of the ciphertext, its tag left out


def scan(octets: memoryview, *, frame_length: int, sequence: int) -> list[Frame]:
    """Find the frames that make up `octets`, the first of which has this sequence number.

    Structure comes before cryptography: gaps, leftovers and lengths are settled here, so the plaintext
    that is allocated afterwards is never longer than what was received. Raises: CannotOpen.
    """
    frames: list[Frame] = []
    position = 0
    while position < len(octets):
        if frames and frames[-1].final:
            raise CannotOpen(Reason.TRAILING_BYTES)
        frame = _frame_at(octets, position, frame_length)
        if frame.sequence != sequence:
            raise CannotOpen(Reason.OUT_OF_SEQUENCE)
        position = frame.start + frame.length + TAG_LENGTH
        if position > len(octets):
            raise CannotOpen(Reason.TRUNCATED)
        frames.append(frame)
        sequence += 1
    return frames


def _frame_at(octets: memoryview, position: int, frame_length: int) -> Frame:
    try:
        (mark,) = _MARK.unpack_from(octets, position)
        if mark == FINAL_MARK:
            _, sequence, nonce, length = _FINAL.unpack_from(octets, position)
            frame = Frame(sequence, True, nonce, position + _FINAL.size, length)
        else:
            sequence, nonce = _REGULAR.unpack_from(octets, position)
            frame = Frame(sequence, False, nonce, position + _REGULAR.size, frame_length)
    except struct.error as error:
        raise CannotOpen(Reason.TRUNCATED) from error
    if frame.length > frame_length:
        raise CannotOpen(Reason.TOO_LARGE)
    return frame


def _nonce(sequence: int) -> bytes:
    """The nonce we seal a frame with: its sequence number; 0 is the header's.

    A counter never repeats under a key that one message alone uses; random nonces could. Readers take the
    nonce a frame brings, because the format lets a writer choose it, and not all count alike.
    """
    return sequence.to_bytes(NONCE_LENGTH, "big")


class FrameCipher:
    """Seals and opens the frames, and the header's tag, of one message."""

    def __init__(self, cipher: AESGCM, *, message_id: bytes, frame_length: int) -> None:
        self.frame_length = frame_length
        self._cipher = cipher
        # What a frame is goes into what is authenticated, so a final frame cannot pass for a regular one.
        self._regular = message_id + b"AWSKMSEncryptionClient Frame"
        self._final = message_id + b"AWSKMSEncryptionClient Final Frame"

    def header_tag(self, header: bytes) -> bytes:
        """Authenticate a header's body."""
        return self._cipher.encrypt(_nonce(0), b"", header)

    def check_header(self, header: Octets, tag: Octets) -> None:
        """Refuse a header whose tag does not match. Raises: CannotOpen."""
        try:
            self._cipher.decrypt(_nonce(0), tag, header)
        except InvalidTag as error:
            raise CannotOpen(Reason.NOT_AUTHENTIC) from error

    def seal_into(self, plaintext: memoryview, out: memoryview, *, sequence: int, last: bool) -> None:
        """Seal consecutive frames; `last` makes the final frame of the one that ends `plaintext`.

        `out` is filled to its end.
        """
        # First where everything goes, then the cipher alone: each frame empties the processor's caches,
        # and what runs between two frames runs cold.
        work = []
        position = 0
        for start in range(0, max(len(plaintext), 1), self.frame_length):
            content = plaintext[start : start + self.frame_length]
            final = last and start + self.frame_length >= len(plaintext)
            nonce = _nonce(sequence)
            if final:
                _FINAL.pack_into(out, position, FINAL_MARK, sequence, nonce, len(content))
                position += _FINAL.size
            else:
                _REGULAR.pack_into(out, position, sequence, nonce)
                position += _REGULAR.size
            end = position + len(content) + TAG_LENGTH
            associated_data = self._associated_data(sequence, final, len(content))
            work.append((nonce, content, associated_data, out[position:end]))
            position = end
            sequence += 1
        encrypt_into = self._cipher.encrypt_into
        for frame in work:
            encrypt_into(*frame)

    def open_into(self, octets: memoryview, frames: list[Frame], out: memoryview) -> None:
        """Open scanned frames; where one is not authentic, `out` is wiped and nothing is given.

        Raises: CannotOpen.
        """
        work = []
        position = 0
        for frame in frames:
            sealed = octets[frame.start : frame.start + frame.length + TAG_LENGTH]
            end = position + frame.length
            associated_data = self._associated_data(frame.sequence, frame.final, frame.length)
            work.append((frame.nonce, sealed, associated_data, out[position:end]))
            position = end
        decrypt_into = self._cipher.decrypt_into
        try:
            for arguments in work:
                decrypt_into(*arguments)
        except InvalidTag as error:
            # AES-GCM decrypts before it knows: without this, `out` would hold what nobody vouched for.
            out[:position] = bytes(position)
            raise CannotOpen(Reason.NOT_AUTHENTIC) from error

    def _associated_data(self, sequence: int, final: bool, length: int) -> bytes:
        kind = self._final if final else self._regular
        return kind + _SEQUENCE_AND_LENGTH.pack(sequence, length)
