"""Where the bytes of a picture lie: frames in a message, and the message in stored segments."""

from collections.abc import Iterator
from dataclasses import dataclass

from lambdas.envelope.frames import FINAL_OVERHEAD, MAX_SEQUENCE, REGULAR_OVERHEAD

FRAME_LENGTH = 1024 * 1024
SEGMENT_LENGTH = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes `start` to `stop` of the stored segment with this number, the first being 0."""

    segment: int
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Span:
    """The frames that hold a range of plaintext, as bytes of the message."""

    sequence: int  # of the first frame
    frames: int
    start: int
    stop: int
    skip: int  # plaintext bytes of the first frame that come before the range


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """A message as our writer lays it out: every frame full but the final one, which is never empty
    unless the whole message is.

    All lengths are in bytes; those of segments are of plaintext.
    """

    header_length: int
    frame_length: int
    plaintext_length: int

    def __post_init__(self) -> None:
        if self.plaintext_length < 0 or self.frame_count > MAX_SEQUENCE:
            raise ValueError(
                f"a message has 0 to {MAX_SEQUENCE} frames of {self.frame_length} bytes,"
                f" got {self.plaintext_length} bytes"
            )

    @property
    def frame_count(self) -> int:
        """How many frames the message has; at least the final one."""
        return max(1, -(-self.plaintext_length // self.frame_length))

    @property
    def message_length(self) -> int:
        """The length of the whole message."""
        overhead = (self.frame_count - 1) * REGULAR_OVERHEAD + FINAL_OVERHEAD
        return self.header_length + self.plaintext_length + overhead

    def offset(self, position: int) -> int:
        """Where in the message the frame begins whose first plaintext byte is `position`.

        The end of the plaintext is the end of the message; anything else must lie between two frames.
        """
        if position == self.plaintext_length:
            return self.message_length
        frames, inside = divmod(position, self.frame_length)
        if inside or not 0 <= position < self.plaintext_length:
            raise ValueError(f"no frame begins at {position} of {self.plaintext_length} bytes")
        return self.header_length + frames * (self.frame_length + REGULAR_OVERHEAD)

    def span(self, start: int, stop: int) -> Span:
        """The frames that hold the plaintext from `start` up to `stop`, at least one byte."""
        if not 0 <= start < stop <= self.plaintext_length:
            raise ValueError(f"no range from {start} to {stop} in {self.plaintext_length} bytes")
        first = start // self.frame_length
        last = (stop - 1) // self.frame_length
        return Span(
            sequence=first + 1,
            frames=last - first + 1,
            start=self.offset(first * self.frame_length),
            stop=self.offset(min((last + 1) * self.frame_length, self.plaintext_length)),
            skip=start - first * self.frame_length,
        )

    def pieces(self, span: Span, *, segment_length: int = SEGMENT_LENGTH) -> Iterator[Piece]:
        """Which bytes of which stored segments to read, in order, for the frames of `span`."""
        for segment in range(-(-self.plaintext_length // segment_length)):
            begin = self.offset(segment * segment_length) if segment else 0
            end = self.offset(min((segment + 1) * segment_length, self.plaintext_length))
            if span.start < end and begin < span.stop:
                yield Piece(segment, max(span.start, begin) - begin, min(span.stop, end) - begin)
