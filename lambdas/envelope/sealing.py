"""Seals a picture into one message: whole, or segment by segment, even by one process after another."""

import os
from typing import NamedTuple

from lambdas.envelope.binding import Part, names_of
from lambdas.envelope.frames import FrameCipher
from lambdas.envelope.header import MAX_FRAME_LENGTH, Header, Octets
from lambdas.envelope.keys import MESSAGE_ID_LENGTH, DataKey
from lambdas.envelope.layout import FRAME_LENGTH, Layout


class Progress(NamedTuple):
    """What is needed, with the data key, to go on with a message. Holds nothing secret.

    Each progress may be used once. To seal different bytes from the same place a second time would use a
    nonce twice, which gives away both plaintexts' difference and the key that authenticates: so move the
    stored progress on by a conditional write before any sealed byte leaves the process.
    """

    message_id: bytes
    length: int  # of the whole plaintext
    sealed: int  # plaintext bytes so far
    frame_length: int


def seal(
    plaintext: Octets,
    *,
    data_key: DataKey,
    picture: str,
    owner: str,
    part: Part = Part.CONTENT,
    frame_length: int = FRAME_LENGTH,
) -> bytearray:
    """Seal all of `plaintext` into one message with a new message id."""
    view = memoryview(plaintext).cast("B")
    return Sealer(
        data_key=data_key,
        picture=picture,
        owner=owner,
        part=part,
        length=len(view),
        frame_length=frame_length,
    ).seal_segment(view)


class Sealer:
    """Seals one message, a segment at a time; the segments one after another are the message."""

    def __init__(
        self,
        *,
        data_key: DataKey,
        picture: str,
        owner: str,
        length: int,
        part: Part = Part.CONTENT,
        frame_length: int = FRAME_LENGTH,
    ) -> None:
        start = Progress(
            # From the kernel, at the moment of use: a restored snapshot cannot repeat it.
            message_id=os.urandom(MESSAGE_ID_LENGTH),
            length=length,
            sealed=0,
            frame_length=frame_length,
        )
        self._go_on(start, names_of(picture=picture, owner=owner, part=part), data_key)

    @classmethod
    def resume(
        cls, progress: Progress, *, data_key: DataKey, picture: str, owner: str, part: Part = Part.CONTENT
    ) -> "Sealer":
        """Go on where another sealer stopped; see `Progress` for what its keeper owes."""
        sealer = cls.__new__(cls)
        sealer._go_on(progress, names_of(picture=picture, owner=owner, part=part), data_key)
        return sealer

    def _go_on(self, progress: Progress, names: bytes, data_key: DataKey) -> None:
        if not 1 <= progress.frame_length <= MAX_FRAME_LENGTH:
            raise ValueError(f"a frame has 1 to {MAX_FRAME_LENGTH} bytes, got {progress.frame_length}")
        if len(progress.message_id) != MESSAGE_ID_LENGTH:
            raise ValueError(f"a message id has {MESSAGE_ID_LENGTH} bytes, got {len(progress.message_id)}")
        keys = data_key.derive(progress.message_id)
        header = bytes(Header(progress.message_id, names, progress.frame_length, keys.commitment))
        self.message_id = progress.message_id
        self._cipher = FrameCipher(
            keys.cipher, message_id=progress.message_id, frame_length=progress.frame_length
        )
        self._header = header + self._cipher.header_tag(header)
        self._layout = Layout(
            header_length=len(self._header),
            frame_length=progress.frame_length,
            plaintext_length=progress.length,
        )
        self._sealed = progress.sealed
        # Where the next segment begins in the message; the first brings the header.
        self._offset = self._layout.offset(progress.sealed) if progress.sealed else 0
        self._complete = progress.sealed == progress.length > 0

    @property
    def progress(self) -> Progress:
        """Where the message stands now."""
        return Progress(
            message_id=self.message_id,
            length=self._layout.plaintext_length,
            sealed=self._sealed,
            frame_length=self._layout.frame_length,
        )

    @property
    def complete(self) -> bool:
        """Whether the final frame has been sealed."""
        return self._complete

    def sealed_length(self, plaintext_length: int) -> int:
        """How many bytes the next `plaintext_length` bytes become, the header included in the first.

        Raises: ValueError unless they are whole frames or end the message.
        """
        end = self._sealed + plaintext_length
        if self._complete or end > self._layout.plaintext_length:
            raise ValueError(f"the message has {self._layout.plaintext_length} bytes, not {end}")
        if plaintext_length == 0 and self._layout.plaintext_length:
            raise ValueError("a segment has at least one byte")
        return self._layout.offset(end) - self._offset

    def seal_segment(self, plaintext: Octets) -> bytearray:
        """Seal the next segment into a new buffer. Raises: ValueError as `sealed_length` does."""
        sealed = bytearray(self.sealed_length(len(memoryview(plaintext).cast("B"))))
        self.seal_segment_into(plaintext, sealed)
        return sealed

    def seal_segment_into(self, plaintext: Octets, buffer: bytearray | memoryview) -> int:
        """Seal the next segment into `buffer`, to be used again for the next; return the bytes written.

        Raises: ValueError as `sealed_length` does, or when the buffer is too small.
        """
        view = memoryview(plaintext).cast("B")
        needed = self.sealed_length(len(view))
        out = memoryview(buffer).cast("B")
        if len(out) < needed:
            raise ValueError(f"the buffer must have {needed} bytes, got {len(out)}")
        position = 0
        if not self._sealed:
            position = len(self._header)
            out[:position] = self._header
        sequence = self._sealed // self._layout.frame_length + 1
        # Moved on before sealing: should anything fail from here, these nonces are spent, never reused.
        self._sealed += len(view)
        self._offset += needed
        self._complete = self._sealed == self._layout.plaintext_length
        self._cipher.seal_into(view, out[position:needed], sequence=sequence, last=self._complete)
        return needed
