"""The published commitment vectors of the C, Java, JavaScript and Python implementations."""

from base64 import b64decode

import pytest

from lambdas.envelope import CannotOpen, DataKey, Reason
from lambdas.envelope.message import FrameReader, open_header
from lambdas.envelope.names import parse_names

pytestmark = pytest.mark.outside("envelope")

OUR_SUITE = b"\x04\x78"
NON_FRAMED_HEADER = b"\x01\x00\x00\x00\x00"


def open_vector(vector):
    message = b64decode(vector["ciphertext"])
    opened = open_header(message, DataKey(b64decode(vector["decrypted-dek"])))
    frames = FrameReader(opened.cipher)
    plaintext = frames.open(message[opened.length :])
    frames.finish()
    return opened.header, plaintext


def is_ours(vector):
    """Whether the vector is of the suite and content type we accept; read from the published header."""
    header = b64decode(vector["header"])
    content_type_and_frame_length = header[-53:-48]  # then commitment (32) and tag (16)
    return header[1:3] == OUR_SUITE and content_type_and_frame_length != NON_FRAMED_HEADER


def titles(vectors):
    return [vector["comment"] for vector in vectors]


def test_the_vectors_hold_what_we_think_they_hold(commitment_vectors):
    ours = [vector for vector in commitment_vectors if is_ours(vector)]
    assert len(commitment_vectors) == 46
    assert [sum(v["status"] for v in ours), sum(not v["status"] for v in ours)] == [17, 3], titles(ours)


def test_every_good_vector_of_our_suite_opens(commitment_vectors):
    for vector in commitment_vectors:
        if is_ours(vector) and vector["status"]:
            header, plaintext = open_vector(vector)
            assert plaintext.decode() == "".join(vector["plaintext-frames"]), vector["comment"]
            assert header.commitment == b64decode(vector["commitment"]), vector["comment"]
            assert header.message_id == b64decode(vector["message-id"]), vector["comment"]


def test_every_bad_vector_of_our_suite_is_refused_for_its_commitment(commitment_vectors):
    for vector in commitment_vectors:
        if is_ours(vector) and not vector["status"]:
            assert vector["exception"] == "EXCEPTION: Invalid commitment", vector["comment"]
            with pytest.raises(CannotOpen) as refused:
                open_vector(vector)
            assert refused.value.reason is Reason.WRONG_KEY, vector["comment"]


def test_every_vector_of_another_suite_or_not_framed_is_refused_as_unsupported(commitment_vectors):
    for vector in commitment_vectors:
        if not is_ours(vector):
            with pytest.raises(CannotOpen) as refused:
                open_vector(vector)
            assert refused.value.reason is Reason.UNSUPPORTED, vector["comment"]


def test_the_encryption_context_is_read_as_the_vector_says(commitment_vectors):
    plain = [v for v in commitment_vectors if is_ours(v) and v["status"]]
    with_context = [v for v in plain if v["encryption-context"]]
    assert with_context, "no vector has an encryption context"
    for vector in with_context:
        header, _ = open_vector(vector)
        assert parse_names(header.names).context == vector["encryption-context"], vector["comment"]
