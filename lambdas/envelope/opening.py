"""Opens a picture's message: whole, segment by segment, or a range of it.

Whatever is wrong with it, the caller gets one error, `CannotOpen`.
"""

from lambdas.envelope.binding import Part, check_names, names_of
from lambdas.envelope.errors import CannotOpen, Reason
from lambdas.envelope.frames import scan
from lambdas.envelope.header import Octets
from lambdas.envelope.keys import DataKey
from lambdas.envelope.layout import Layout
from lambdas.envelope.message import FrameReader, open_header


def open_message(
    message: Octets, *, data_key: DataKey, picture: str, owner: str, part: Part = Part.CONTENT
) -> bytearray:
    """Open one whole message; nothing is given unless all of it is there and authentic.

    Raises: CannotOpen.
    """
    opener = Opener(message, data_key=data_key, picture=picture, owner=owner, part=part)
    plaintext = opener.open_frames(memoryview(message).cast("B")[opener.header_length :])
    opener.finish()
    return plaintext


class Opener:
    """Opens one picture's message from its header onwards.

    `beginning` is any part of the message that starts at its first byte and holds the whole header, such
    as its first segment. Raises: CannotOpen.
    """

    def __init__(
        self, beginning: Octets, *, data_key: DataKey, picture: str, owner: str, part: Part = Part.CONTENT
    ) -> None:
        opened = open_header(beginning, data_key)
        check_names(opened.header.names, names_of(picture=picture, owner=owner, part=part))
        self.header_length = opened.length
        self.message_id = opened.header.message_id
        self._cipher = opened.cipher
        self._frames = FrameReader(opened.cipher)

    def open_frames(self, frames: Octets) -> bytearray:
        """Open the frames that come next (of the first segment, those after the header).

        What is given is authentic; that it was all, only `finish` says. Raises: CannotOpen.
        """
        return self._frames.open(frames)

    def open_frames_into(self, frames: Octets, buffer: bytearray | memoryview) -> int:
        """Open the frames that come next into `buffer`, to be used again for the next segment.

        Returns: bytes of plaintext. Raises: CannotOpen, ValueError when the buffer is too small.
        """
        return self._frames.open_into(frames, buffer)

    def finish(self) -> None:
        """Refuse a message that ended before its final frame. Raises: CannotOpen."""
        self._frames.finish()

    def layout(self, plaintext_length: int) -> Layout:
        """Where the frames of this message lie, if its plaintext has this length."""
        return Layout(
            header_length=self.header_length,
            frame_length=self._cipher.frame_length,
            plaintext_length=plaintext_length,
        )

    def open_range(self, frames: Octets, *, start: int, stop: int, plaintext_length: int) -> memoryview:
        """Open plaintext bytes `start` to `stop` from the frames of `layout(…).span(start, stop)`.

        Proves that these bytes stand at this place of this picture. Whether the picture ends where
        `plaintext_length` says is proven only by a range that reaches the end: keep the length where it
        cannot be changed unseen. Raises: CannotOpen, ValueError for a range outside the plaintext.
        """
        layout = self.layout(plaintext_length)
        span = layout.span(start, stop)
        view = memoryview(frames).cast("B")
        found = scan(view, frame_length=layout.frame_length, sequence=span.sequence)
        reaches_end = span.sequence + span.frames - 1 == layout.frame_count
        if len(found) < span.frames:
            raise CannotOpen(Reason.TRUNCATED)
        if len(found) > span.frames:
            raise CannotOpen(Reason.TRAILING_BYTES)
        if found[-1].final is not reaches_end or len(view) != span.stop - span.start:
            raise CannotOpen(Reason.OTHER_LENGTH)
        plaintext = memoryview(bytearray(sum(frame.length for frame in found)))
        self._cipher.open_into(view, found, plaintext)
        return plaintext[span.skip : span.skip + stop - start].toreadonly()
