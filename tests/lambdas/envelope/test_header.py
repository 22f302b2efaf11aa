"""The header: lengths and counts from outside are capped before anything follows them."""

import struct

import pytest

from lambdas.envelope import Opener, Part, Sealer
from lambdas.envelope.binding import names_of
from lambdas.envelope.errors import CannotOpen, Reason
from lambdas.envelope.header import (
    MAX_ENCRYPTED_DATA_KEYS,
    MAX_FRAME_LENGTH,
    MAX_HEADER_LENGTH,
    Header,
    parse_header,
)
from lambdas.envelope.names import EncryptedDataKey, Names, parse_names


def reason(octets):
    """Why a header and its names are refused."""
    with pytest.raises(CannotOpen) as refused:
        parse_names(parse_header(memoryview(octets))[0].names)
    return refused.value.reason


def sized(octets):
    return struct.pack(">H", len(octets)) + octets


ONE_KEY = struct.pack(">H", 1) + 3 * sized(b"")
FRAMED = struct.pack(">BI32s", 2, 16, b"")


def raw(*, context=b"", keys=ONE_KEY, end=FRAMED):
    return b"\x02\x04\x78" + bytes(32) + sized(context) + keys + end


CONTENT = (
    b"\x00\x1e"  # length of the encryption context
    b"\x00\x02"  # its pairs, sorted by key
    b"\x00\x05owner\x00\x07email:1"
    b"\x00\x07picture\x00\x01p"
    b"\x00\x01"  # encrypted data keys
    b"\x00\x09soulpicks\x00\x01p\x00\x00"
)
METADATA = (
    b"\x00\x2e\x00\x03"
    b"\x00\x05owner\x00\x07email:1"
    b"\x00\x04part\x00\x08metadata"
    b"\x00\x07picture\x00\x01p"
    b"\x00\x01"
    b"\x00\x09soulpicks\x00\x01p\x00\x00"
)


@pytest.mark.parametrize(("part", "names"), [(Part.CONTENT, CONTENT), (Part.METADATA, METADATA)])
def test_a_header_is_laid_out_as_the_specification_says(part, names):
    assert names_of(picture="p", owner="email:1", part=part) == names
    header = Header(message_id=bytes(range(32)), names=names, frame_length=4096, commitment=bytes(32))
    assert bytes(header) == (
        b"\x02"  # version
        + b"\x04\x78"  # suite
        + bytes(range(32))  # message id
        + names
        + b"\x02"  # framed
        + b"\x00\x00\x10\x00"  # frame length
        + bytes(32)  # commitment
    )


@pytest.mark.parametrize("frame_length", [1, 4096, MAX_FRAME_LENGTH])
def test_a_header_is_read_as_it_was_written_and_the_rest_is_left_alone(frame_length):
    written = Header(bytes(range(32)), METADATA, frame_length, bytes(range(32, 64)))
    octets = bytes(written)
    assert parse_header(memoryview(octets + b"what follows")) == (written, len(octets))


def test_names_are_read_as_they_were_written():
    assert parse_names(METADATA) == Names(
        context={"owner": "email:1", "part": "metadata", "picture": "p"},
        encrypted_data_keys=(EncryptedDataKey(provider="soulpicks", key_info=b"p"),),
    )


def test_as_many_keys_as_are_allowed_are_read():
    keys = struct.pack(">H", MAX_ENCRYPTED_DATA_KEYS) + MAX_ENCRYPTED_DATA_KEYS * (
        sized(b"aws-kms") + sized(b"arn") + sized(bytes(200))
    )
    header, _ = parse_header(memoryview(raw(keys=keys)))
    assert parse_names(header.names).encrypted_data_keys == MAX_ENCRYPTED_DATA_KEYS * (
        EncryptedDataKey("aws-kms", b"arn", bytes(200)),
    )


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        (b"\0\1" + sized(b"soulpicks") + sized(b"p") + sized(b"a wrap"), Reason.OTHER_PROVIDER),
        (b"\0\1" + sized(b"soulpicks") + sized(b"another") + sized(b""), Reason.OTHER_PROVIDER),
        (b"\0\1" + sized(b"aws-kms") + sized(b"p") + sized(b""), Reason.OTHER_PROVIDER),
        (b"\0\2" + 2 * (sized(b"soulpicks") + sized(b"p") + sized(b"")), Reason.OTHER_PROVIDER),
    ],
)
def test_an_authentic_header_that_names_other_keys_is_refused(keys, why, picture, monkeypatch):
    """Whoever has the data key could write such a header; so it is written here, with our own sealer."""
    bound = {**picture.bound, "picture": "p", "owner": "email:1"}
    names = CONTENT[: CONTENT.index(b"\x00\x01\x00\x09soulpicks")] + keys
    monkeypatch.setattr("lambdas.envelope.sealing.names_of", lambda **_: names)
    message = Sealer(**bound, length=1).seal_segment(b"x")
    with pytest.raises(CannotOpen) as refused:
        Opener(message, **bound)
    assert refused.value.reason is why


@pytest.mark.parametrize(
    ("octets", "why"),
    [
        pytest.param(b"\x01" + raw()[1:], Reason.UNSUPPORTED, id="version 1"),
        pytest.param(b"\x02\x05\x78" + raw()[3:], Reason.UNSUPPORTED, id="the suite with signatures"),
        pytest.param(b"\x02\x01\x78" + raw()[3:], Reason.UNSUPPORTED, id="a suite without commitment"),
        pytest.param(raw(end=struct.pack(">BI32s", 1, 0, b"")), Reason.UNSUPPORTED, id="not framed"),
        pytest.param(raw(end=struct.pack(">BI32s", 3, 16, b"")), Reason.UNSUPPORTED, id="unknown content"),
        pytest.param(raw(end=struct.pack(">BI32s", 2, 0, b"")), Reason.MALFORMED, id="frames of no bytes"),
        pytest.param(
            raw(end=struct.pack(">BI32s", 2, MAX_FRAME_LENGTH + 1, b"")), Reason.TOO_LARGE, id="large frames"
        ),
        pytest.param(
            raw(end=struct.pack(">BI32s", 2, 0xFFFFFFFF, b"")), Reason.TOO_LARGE, id="the largest frames"
        ),
        pytest.param(raw(keys=b"\x00\x00"), Reason.MALFORMED, id="no key"),
        pytest.param(
            raw(keys=struct.pack(">H", MAX_ENCRYPTED_DATA_KEYS + 1)), Reason.TOO_LARGE, id="a key too many"
        ),
        pytest.param(raw(keys=b"\xff\xff"), Reason.TOO_LARGE, id="as many keys as can be written"),
        pytest.param(
            raw(keys=b"\x00\x01" + sized(b"\xff\xfe") + 2 * sized(b"")),
            Reason.MALFORMED,
            id="provider not text",
        ),
        pytest.param(raw(context=b"\x00"), Reason.MALFORMED, id="half a pair count"),
        pytest.param(raw(context=b"\x00\x01\x00\x05own"), Reason.MALFORMED, id="a pair cut"),
        pytest.param(
            raw(context=b"\x00\x01" + sized(b"a") + sized(b"b") + b"!"), Reason.MALFORMED, id="leftovers"
        ),
        pytest.param(
            raw(context=b"\x00\x02" + 2 * (sized(b"a") + sized(b"b"))), Reason.MALFORMED, id="a key twice"
        ),
        pytest.param(raw(context=b"\xff\xff"), Reason.MALFORMED, id="more pairs than there are"),
        pytest.param(
            raw(context=b"\x00\x01" + sized(b"\xc3") + sized(b"")), Reason.MALFORMED, id="context not text"
        ),
        pytest.param(
            raw(context=b"\x00\x01" + sized(b"a") + sized(bytes(MAX_HEADER_LENGTH))),
            Reason.TOO_LARGE,
            id="a long context",
        ),
        pytest.param(
            b"\x02\x04\x78" + bytes(32) + b"\xff\xff", Reason.TOO_LARGE, id="a long context that is not there"
        ),
        pytest.param(
            raw(keys=b"\x00\x01" + 2 * sized(b"") + sized(bytes(MAX_HEADER_LENGTH))),
            Reason.TOO_LARGE,
            id="a long wrapped key",
        ),
        pytest.param(b"", Reason.TRUNCATED, id="nothing"),
    ],
)
def test_a_header_beyond_the_format_or_the_caps_is_refused(octets, why):
    assert reason(octets) is why


def test_a_header_cut_anywhere_is_refused_as_truncated():
    octets = bytes(Header(bytes(32), CONTENT, 4096, bytes(32)))
    assert {reason(octets[:length]) for length in range(len(octets))} == {Reason.TRUNCATED}
