"""Whatever is wrong with a message, it is refused, always with the same public error."""

import copy
import itertools
import os
import pickle
import traceback
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.envelope import CannotOpen, DataKey, EnvelopeError, Part, Reason, open_message, seal
from lambdas.envelope.frames import FINAL_OVERHEAD, REGULAR_OVERHEAD

FRAME = 64
REGULAR = FRAME + REGULAR_OVERHEAD
PLAINTEXT = bytes(range(256)) + b"and a final frame"  # four frames and 17 bytes
BODY = 4 * REGULAR + FINAL_OVERHEAD + 17


def reason(message, **names):
    """Why the message is refused; the public face of the error is checked on the way."""
    with pytest.raises(CannotOpen) as refused:
        open_message(message, **names)
    assert isinstance(refused.value, EnvelopeError)
    assert str(refused.value) == "the message cannot be opened"
    assert refused.value.args == ("the message cannot be opened",)
    return refused.value.reason


@pytest.fixture
def sealed(picture):
    return bytes(seal(PLAINTEXT, **picture.bound, frame_length=FRAME))


@pytest.fixture
def header_length(sealed):
    return len(sealed) - BODY


def frames_of(sealed):
    """The header, the four regular frames and the final one."""
    start = len(sealed) - BODY
    cuts = [0, *(start + n * REGULAR for n in range(5)), len(sealed)]
    return [sealed[a:b] for a, b in itertools.pairwise(cuts)]


def test_the_message_under_test_opens(sealed, picture):
    assert open_message(sealed, **picture.bound) == PLAINTEXT


def test_a_message_cut_anywhere_is_refused_as_truncated(sealed, picture):
    reasons = {length: reason(sealed[:length], **picture.bound) for length in range(len(sealed))}
    assert set(reasons.values()) == {Reason.TRUNCATED}, {
        length: why for length, why in reasons.items() if why is not Reason.TRUNCATED
    }


@pytest.mark.parametrize("tail", [b"\0", b"\xff\xff\xff\xff", bytes(100)])
def test_bytes_after_the_final_frame_are_refused(tail, sealed, picture):
    assert reason(sealed + tail, **picture.bound) is Reason.TRAILING_BYTES


def test_a_message_after_the_message_is_refused(sealed, picture):
    assert reason(sealed + sealed, **picture.bound) is Reason.TRAILING_BYTES


@pytest.mark.parametrize(
    "order", [(2, 1, 3, 4, 5), (1, 3, 4, 5), (1, 1, 2, 3, 4, 5), (1, 2, 3, 5), (2, 3, 4, 5), (5,)]
)
def test_frames_swapped_dropped_or_repeated_are_refused(order, sealed, picture):
    parts = frames_of(sealed)
    moved = parts[0] + b"".join(parts[number] for number in order)
    assert reason(moved, **picture.bound) is Reason.OUT_OF_SEQUENCE


def test_swapped_frames_with_their_numbers_put_right_are_refused(sealed, picture):
    parts = frames_of(sealed)
    parts[1], parts[2] = parts[1][:16] + parts[2][16:], parts[2][:16] + parts[1][16:]
    assert reason(b"".join(parts), **picture.bound) is Reason.NOT_AUTHENTIC


def test_a_frame_of_another_message_under_the_same_key_is_refused(sealed, picture):
    parts = frames_of(sealed)
    parts[2] = frames_of(bytes(seal(PLAINTEXT, **picture.bound, frame_length=FRAME)))[2]
    assert reason(b"".join(parts), **picture.bound) is Reason.NOT_AUTHENTIC


def test_a_regular_frame_made_up_as_the_final_one_is_refused(sealed, picture):
    parts = frames_of(sealed)
    disguised = b"\xff\xff\xff\xff" + parts[2][:16] + FRAME.to_bytes(4, "big") + parts[2][16:]
    assert reason(parts[0] + parts[1] + disguised, **picture.bound) is Reason.NOT_AUTHENTIC


def test_the_final_frame_made_up_as_a_regular_one_is_refused(picture):
    exact = bytes(seal(bytes(2 * FRAME), **picture.bound, frame_length=FRAME))
    final = exact[-(FRAME + FINAL_OVERHEAD) :]
    disguised = final[4:20] + final[24:]
    assert reason(exact[: -len(final)] + disguised, **picture.bound) is Reason.NOT_AUTHENTIC


def test_a_final_frame_longer_than_a_frame_is_refused_before_it_is_read(sealed, picture):
    parts = frames_of(sealed)
    for length in (FRAME + 1, 0xFFFFFFFF):
        parts[5] = parts[5][:20] + length.to_bytes(4, "big") + parts[5][24:]
        assert reason(b"".join(parts), **picture.bound) is Reason.TOO_LARGE


def test_another_key_is_refused(sealed, picture):
    assert reason(sealed, **picture.names, data_key=DataKey(os.urandom(32))) is Reason.WRONG_KEY


def test_another_picture_is_refused(sealed, picture, other_picture):
    names = {**picture.bound, "picture": other_picture.picture}
    assert reason(sealed, **names) is Reason.OTHER_PICTURE


def test_another_owner_is_refused(sealed, picture, other_picture):
    names = {**picture.bound, "owner": other_picture.owner}
    assert reason(sealed, **names) is Reason.OTHER_OWNER


def test_metadata_and_content_cannot_take_each_others_place(sealed, picture):
    metadata = seal(b"{}", **picture.bound, part=Part.METADATA)
    assert reason(metadata, **picture.bound) is Reason.OTHER_PART
    assert reason(sealed, **picture.bound, part=Part.METADATA) is Reason.OTHER_PART


def test_every_flipped_bit_of_the_header_is_refused(sealed, header_length, picture):
    for bit in range(8 * header_length):
        flipped = bytearray(sealed)
        flipped[bit // 8] ^= 1 << bit % 8
        assert isinstance(reason(flipped, **picture.bound), Reason), f"bit {bit}"


PICTURE = {"picture": "p", "owner": "email:0", "data_key": DataKey(bytes(range(32)))}
MESSAGE = bytes(seal(PLAINTEXT, **PICTURE, frame_length=FRAME))


@given(st.sets(st.integers(0, 8 * len(MESSAGE) - 1), min_size=1, max_size=8))
def test_any_flipped_bits_are_refused(bits):
    flipped = bytearray(MESSAGE)
    for bit in bits:
        flipped[bit // 8] ^= 1 << bit % 8
    assert isinstance(reason(flipped, **PICTURE), Reason)


@given(st.integers(0, len(MESSAGE)), st.integers(0, len(MESSAGE)), st.binary(max_size=80))
def test_any_stretch_put_in_the_place_of_another_is_refused(start, stop, replacement):
    changed = MESSAGE[: min(start, stop)] + replacement + MESSAGE[max(start, stop) :]
    if changed != MESSAGE:
        assert isinstance(reason(changed, **PICTURE), Reason)


@given(st.binary(max_size=400))
def test_any_bytes_at_all_are_refused(octets):
    assert isinstance(reason(octets, **PICTURE), Reason)


@given(st.binary(max_size=400))
def test_any_bytes_after_a_true_beginning_are_refused(octets):
    assert isinstance(reason(MESSAGE[:35] + octets, **PICTURE), Reason)


def test_a_trace_with_all_its_variables_shows_no_key(sealed, picture):
    key = os.urandom(32)
    with pytest.raises(CannotOpen) as refused:
        open_message(sealed, **picture.names, data_key=DataKey(key))
    ours = refused.value.__traceback__.tb_next  # without this test's own variables
    trace = traceback.TracebackException(CannotOpen, refused.value, ours, capture_locals=True)
    shown = "".join(trace.format())
    assert "DataKey(hidden)" in shown, "the trace shows no data key at all: this test sees nothing"
    assert key.hex() not in shown
    assert repr(key)[2:-1] not in shown


def test_a_data_key_is_neither_shown_nor_written_nor_of_another_length():
    key = DataKey(bytes(32))
    assert repr(key) == str(key) == f"{key}" == "DataKey(hidden)"
    for write in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="never written"):
            write(key)
    for length in (0, 16, 31, 33):
        with pytest.raises(ValueError, match=f"32 bytes, got {length}"):
            DataKey(bytes(length))


@pytest.mark.parametrize("why", Reason)
def test_every_reason_is_in_the_specification(why):
    specification = Path(__file__).resolve().parents[3] / "docs" / "envelope_format.md"
    assert f"`{why.name}`" in specification.read_text()
