"""A message grows by segments, even in one process after another, and is read by range."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.envelope import (
    FRAME_LENGTH,
    SEGMENT_LENGTH,
    CannotOpen,
    DataKey,
    Layout,
    Opener,
    Progress,
    Reason,
    Sealer,
    open_message,
    seal,
)
from lambdas.envelope.frames import scan

FRAME = 64
SEGMENT = 4 * FRAME
BOUND = {"picture": "p", "owner": "email:0", "data_key": DataKey(os.urandom(32))}
OCTETS = os.urandom(5 * SEGMENT)


def pieces_of(plaintext, segment=SEGMENT):
    return [plaintext[start : start + segment] for start in range(0, len(plaintext), segment)] or [b""]


def sealed_in_segments(plaintext):
    sealer = Sealer(**BOUND, length=len(plaintext), frame_length=FRAME)
    segments = [sealer.seal_segment(piece) for piece in pieces_of(plaintext)]
    assert sealer.complete
    return segments


sizes = st.integers(0, len(OCTETS))
around_a_boundary = st.builds(
    lambda n, d: max(0, min(n * FRAME + d, len(OCTETS))), st.integers(0, 20), st.sampled_from([-1, 0, 1])
)


def test_a_segment_is_whole_frames():
    assert SEGMENT_LENGTH == 4 * 1024 * 1024
    assert SEGMENT_LENGTH % FRAME_LENGTH == 0


@given(sizes | around_a_boundary)
def test_segments_one_after_another_are_the_message(size):
    assert open_message(b"".join(sealed_in_segments(OCTETS[:size])), **BOUND) == OCTETS[:size]


@given(sizes | around_a_boundary)
def test_a_message_opens_segment_by_segment_into_one_buffer(size):
    segments = sealed_in_segments(OCTETS[:size])
    opener = Opener(segments[0], **BOUND)
    segments[0] = segments[0][opener.header_length :]
    buffer = bytearray(SEGMENT)
    opened = [bytes(buffer[: opener.open_frames_into(segment, buffer)]) for segment in segments]
    opener.finish()
    assert opened == pieces_of(OCTETS[:size])


@given(sizes | around_a_boundary)
def test_another_process_goes_on_where_the_first_one_stopped(size):
    plaintext = OCTETS[:size]
    sealer = Sealer(**BOUND, length=size, frame_length=FRAME)
    segments = []
    for piece in pieces_of(plaintext):
        sealer = Sealer.resume(sealer.progress, **BOUND)
        segments.append(sealer.seal_segment(piece))
    assert open_message(b"".join(segments), **BOUND) == plaintext


@given(around_a_boundary)
def test_the_lengths_foretold_are_the_lengths_sealed(size):
    sealer = Sealer(**BOUND, length=size, frame_length=FRAME)
    total = 0
    for piece in pieces_of(OCTETS[:size]):
        foretold = sealer.sealed_length(len(piece))
        segment = sealer.seal_segment(piece)
        assert len(segment) == foretold
        total += len(segment)
    header_length = Opener(seal(b"", **BOUND), **BOUND).header_length
    layout = Layout(header_length=header_length, frame_length=FRAME, plaintext_length=size)
    assert layout.message_length == total


def test_nonces_count_the_frames_of_all_segments_and_never_repeat():
    segments = sealed_in_segments(OCTETS)
    body = b"".join(segments)[Opener(segments[0], **BOUND).header_length :]
    nonces = [frame.nonce for frame in scan(memoryview(body), frame_length=FRAME, sequence=1)]
    assert nonces == [number.to_bytes(12, "big") for number in range(1, len(OCTETS) // FRAME + 1)]


def test_two_messages_under_one_key_have_nothing_in_common():
    first, second = seal(OCTETS, **BOUND), seal(OCTETS, **BOUND)
    assert Opener(first, **BOUND).message_id != Opener(second, **BOUND).message_id
    windows = {bytes(first[at : at + 8]) for at in range(400, len(first) - 8)}
    assert not windows & {bytes(second[at : at + 8]) for at in range(400, len(second) - 8)}


def test_segments_that_stop_before_the_final_frame_are_not_finished():
    segments = sealed_in_segments(OCTETS)
    opener = Opener(segments[0], **BOUND)
    opener.open_frames(memoryview(segments[0])[opener.header_length :])
    opener.open_frames(segments[1])
    with pytest.raises(CannotOpen) as refused:
        opener.finish()
    assert refused.value.reason is Reason.TRUNCATED


@pytest.mark.parametrize(
    ("numbers", "why"),
    [
        ((1,), Reason.OUT_OF_SEQUENCE),
        ((0, 2), Reason.OUT_OF_SEQUENCE),
        ((0, 1, 1), Reason.OUT_OF_SEQUENCE),
        ((0, 1, 2, 3, 4, 4), Reason.TRAILING_BYTES),
    ],
)
def test_segments_out_of_their_order_are_refused(numbers, why):
    segments = sealed_in_segments(OCTETS)
    opener = Opener(segments[0], **BOUND)
    segments[0] = segments[0][opener.header_length :]
    for number in numbers[:-1]:
        opener.open_frames(segments[number])
    with pytest.raises(CannotOpen) as refused:
        opener.open_frames(segments[numbers[-1]])
    assert refused.value.reason is why


def test_a_refused_segment_leaves_nothing_in_the_buffer():
    segments = sealed_in_segments(OCTETS)
    opener = Opener(segments[0], **BOUND)
    frames = bytearray(segments[0][opener.header_length :])
    frames[-1] ^= 1
    buffer = bytearray(b"\xaa" * SEGMENT)
    with pytest.raises(CannotOpen) as refused:
        opener.open_frames_into(frames, buffer)
    assert refused.value.reason is Reason.NOT_AUTHENTIC
    assert buffer == bytes(SEGMENT)


def test_a_sealer_takes_whole_frames_up_to_the_length_it_was_told():
    sealer = Sealer(**BOUND, length=3 * FRAME + 1, frame_length=FRAME)
    with pytest.raises(ValueError, match="no frame begins at 63"):
        sealer.seal_segment(bytes(FRAME - 1))
    with pytest.raises(ValueError, match="at least one byte"):
        sealer.seal_segment(b"")
    with pytest.raises(ValueError, match=f"has {3 * FRAME + 1} bytes, not {3 * FRAME + 2}"):
        sealer.seal_segment(bytes(3 * FRAME + 2))
    with pytest.raises(ValueError, match="the buffer must have"):
        sealer.seal_segment_into(bytes(FRAME), bytearray(FRAME))
    assert sealer.progress.sealed == 0, "a refused segment was counted"
    sealer.seal_segment(bytes(3 * FRAME + 1))
    with pytest.raises(ValueError, match="not"):
        sealer.seal_segment(b"x")


def test_a_message_of_no_bytes_is_sealed_once():
    sealer = Sealer(**BOUND, length=0)
    assert open_message(sealer.seal_segment(b""), **BOUND) == b""
    with pytest.raises(ValueError, match="has 0 bytes"):
        sealer.seal_segment(b"")


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"sealed": FRAME + 1}, "no frame begins"),
        ({"sealed": 99 * FRAME}, "no frame begins"),
        ({"sealed": -FRAME}, "no frame begins"),
        ({"message_id": b"short"}, "message id has 32"),
        ({"frame_length": 0}, "a frame has 1 to"),
        ({"length": -1}, "got -1 bytes"),
        ({"length": FRAME << 32}, "0 to 4294967294 frames"),
    ],
)
def test_an_impossible_progress_is_refused(changes, match):
    progress = {"message_id": bytes(32), "length": 9 * FRAME, "sealed": FRAME, "frame_length": FRAME}
    with pytest.raises(ValueError, match=match):
        Sealer.resume(Progress(**{**progress, **changes}), **BOUND)


@pytest.mark.parametrize("names", [{"picture": ""}, {"owner": ""}, {"picture": "p" * 256}])
def test_a_picture_and_an_owner_have_names(names):
    with pytest.raises(ValueError, match="must have 1 to 255 bytes"):
        seal(b"x", **{**BOUND, **names})


def stored_range(segments, start, stop, length):
    """Read only what the layout asks for, as a download would, and open it."""
    opener = Opener(segments[0], **BOUND)
    span = opener.layout(length).span(start, stop)
    read = [
        segments[piece.segment][piece.start : piece.stop]
        for piece in opener.layout(length).pieces(span, segment_length=SEGMENT)
    ]
    return read, opener.open_range(b"".join(read), start=start, stop=stop, plaintext_length=length)


@given(st.data(), (sizes | around_a_boundary).filter(bool))
def test_a_range_is_read_from_the_frames_that_hold_it_and_no_others(data, size):
    start = data.draw(st.integers(0, size - 1), label="start")
    stop = data.draw(st.integers(start + 1, size), label="stop")
    read, opened = stored_range(sealed_in_segments(OCTETS[:size]), start, stop, size)
    assert opened == OCTETS[start:stop]
    frames = (stop - 1) // FRAME - start // FRAME + 1
    assert sum(map(len, read)) <= frames * (FRAME + 32) + 8


@pytest.mark.parametrize(("start", "stop"), [(0, 0), (5, 5), (6, 5), (-1, 5), (0, len(OCTETS) + 1)])
def test_a_range_outside_the_picture_is_an_error_of_the_caller(start, stop):
    opener = Opener(sealed_in_segments(OCTETS)[0], **BOUND)
    with pytest.raises(ValueError, match="no range from"):
        opener.open_range(b"", start=start, stop=stop, plaintext_length=len(OCTETS))


@pytest.fixture
def message():
    return seal(OCTETS, **BOUND, frame_length=FRAME)


def range_reason(message, frames, start, stop, length):
    opener = Opener(message, **BOUND)
    with pytest.raises(CannotOpen) as refused:
        opener.open_range(frames, start=start, stop=stop, plaintext_length=length)
    return refused.value.reason


def test_a_range_refuses_other_frames_than_its_own(message):
    opener, length = Opener(message, **BOUND), len(OCTETS)
    span = opener.layout(length).span(FRAME, 3 * FRAME)
    frames = message[span.start : span.stop]
    assert opener.open_range(frames, start=FRAME, stop=3 * FRAME, plaintext_length=length)
    altered, other = bytearray(frames), seal(OCTETS, **BOUND, frame_length=FRAME)
    altered[50] ^= 1
    for given_frames, stop, why in [
        (frames, 4 * FRAME, Reason.TRUNCATED),
        (frames[:-1], 3 * FRAME, Reason.TRUNCATED),
        (b"", 3 * FRAME, Reason.TRUNCATED),
        (frames, 2 * FRAME, Reason.TRAILING_BYTES),
        (altered, 3 * FRAME, Reason.NOT_AUTHENTIC),
        (other[span.start : span.stop], 3 * FRAME, Reason.NOT_AUTHENTIC),
    ]:
        assert range_reason(message, given_frames, FRAME, stop, length) is why
    assert range_reason(message, frames, 0, 2 * FRAME, length) is Reason.OUT_OF_SEQUENCE


@pytest.mark.parametrize("wrong_by", [-FRAME, -1, 1, FRAME])
def test_a_range_that_reaches_the_end_refuses_a_wrong_length(wrong_by):
    plaintext = OCTETS[: -FRAME // 2]
    message = seal(plaintext, **BOUND, frame_length=FRAME)
    said = len(plaintext) + wrong_by
    end = min(said, len(plaintext))
    true_span = Opener(message, **BOUND).layout(len(plaintext)).span(end - 1, end)
    frames = message[true_span.start : true_span.stop]
    assert range_reason(message, frames, end - 1, end, said) is Reason.OTHER_LENGTH
