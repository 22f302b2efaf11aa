"""Nobody depends on us to get their pictures back: the official SDK and we read each other."""

import os

import pytest

from lambdas.envelope import (
    FRAME_LENGTH,
    SEGMENT_LENGTH,
    CannotOpen,
    Part,
    Reason,
    Sealer,
    open_message,
    seal,
)

SIZES = [0, 1, FRAME_LENGTH - 1, FRAME_LENGTH, FRAME_LENGTH + 1, 4 * 1024 * 1024]


@pytest.mark.parametrize("size", SIZES)
def test_the_official_sdk_opens_what_we_write(size, picture, official):
    plaintext = os.urandom(size)
    opened, context = official.decrypt(seal(plaintext, **picture.bound), picture)
    assert opened == plaintext
    assert context == picture.names


@pytest.mark.parametrize("size", SIZES)
def test_we_open_what_the_official_sdk_writes(size, picture, official):
    plaintext = os.urandom(size)
    message = official.encrypt(plaintext, picture, frame_length=FRAME_LENGTH)
    assert open_message(message, **picture.bound) == plaintext


@pytest.mark.parametrize("frame_length", [128, 4096, 64 * 1024, 256 * 1024])
def test_both_directions_hold_with_other_frame_lengths(frame_length, picture, official):
    plaintext = os.urandom(2 * frame_length + 5)
    ours = seal(plaintext, **picture.bound, frame_length=frame_length)
    assert official.decrypt(ours, picture)[0] == plaintext
    theirs = official.encrypt(plaintext, picture, frame_length=frame_length)
    assert open_message(theirs, **picture.bound) == plaintext


def test_the_official_sdk_opens_segments_put_together(picture, official):
    plaintext = os.urandom(2 * SEGMENT_LENGTH + 3)
    sealer = Sealer(**picture.bound, length=len(plaintext))
    segments = [
        sealer.seal_segment(plaintext[start : start + SEGMENT_LENGTH])
        for start in range(0, len(plaintext), SEGMENT_LENGTH)
    ]
    assert official.decrypt(b"".join(segments), picture)[0] == plaintext


def test_the_official_sdk_opens_metadata_and_sees_what_it_is(picture, official):
    sealed = seal(b'{"filename": "sea.jpg"}', **picture.bound, part=Part.METADATA)
    opened, context = official.decrypt(sealed, picture)
    assert opened == b'{"filename": "sea.jpg"}'
    assert context == {**picture.names, "part": "metadata"}


def test_a_message_of_the_official_sdk_about_something_else_is_refused(picture, official):
    message = official.encrypt(
        b"x", picture, frame_length=128, context={**picture.names, "purpose": "backup"}
    )
    with pytest.raises(CannotOpen) as refused:
        open_message(message, **picture.bound)
    assert refused.value.reason is Reason.OTHER_PART
