"""One DNS question, answered by a resolver on loopback."""

import socket
import struct
import threading
from contextlib import contextmanager

import pytest

from doctor.name_servers import NameServersUnknown, name_servers

NAME = "development.soulpicks.example"
QUESTION_AT = 12


def encoded(name: str) -> bytes:
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"


def record(owner: bytes, kind: int, data: bytes) -> bytes:
    return owner + struct.pack("!HHIH", kind, 1, 300, len(data)) + data


def answer(question: bytes, *records: bytes, flags: int = 0x8180, number: int | None = None) -> bytes:
    sent = struct.unpack_from("!H", question)[0] if number is None else number
    return struct.pack("!HHHHHH", sent, flags, 1, len(records), 0, 0) + question[12:] + b"".join(records)


@contextmanager
def resolver(reply):
    """Answer one question after the other with what `reply` makes of it; nothing means silence."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:
        channel.bind(("127.0.0.1", 0))

        def serve():
            while True:
                question, sender = channel.recvfrom(512)
                if question == b"end":
                    return
                said = reply(question)
                if said is not None:
                    channel.sendto(said, sender)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield channel.getsockname()
        finally:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
                last.sendto(b"end", channel.getsockname())
            thread.join()


# A pointer to the name in the question, as resolvers write it.
OWNER = struct.pack("!H", 0xC000 | QUESTION_AT)


def told(reply):
    with resolver(reply) as address:
        return name_servers(NAME, address)


def test_the_name_servers_are_read_whatever_way_they_are_written():
    within = bytes([3]) + b"NS9" + OWNER
    found = told(
        lambda question: answer(
            question,
            record(OWNER, 2, encoded("ns-1.awsdns-01.org")),
            record(encoded(NAME), 2, within),
            record(OWNER, 46, b"a signature"),
        )
    )
    assert found == {"ns-1.awsdns-01.org", f"ns9.{NAME}"}


def test_a_name_that_is_not_delegated_has_none():
    assert told(lambda question: answer(question)) == frozenset()
    assert told(lambda question: answer(question, flags=0x8183)) == frozenset()


def test_the_servers_of_another_name_are_not_taken_for_ours():
    parent = encoded("soulpicks.example")
    assert (
        told(lambda question: answer(question, record(parent, 2, encoded("ns.parent.example"))))
        == frozenset()
    )


@pytest.mark.parametrize(
    "reply",
    [
        lambda question: answer(question, flags=0x8182),
        lambda question: answer(question, flags=0x8185),
        lambda question: answer(question, flags=0x8380),
        lambda question: answer(question, flags=0x0100),
        lambda question: answer(question, number=struct.unpack_from("!H", question)[0] ^ 1),
        lambda question: answer(question[:12] + encoded("other.example") + question[-4:]),
        lambda question: answer(question, record(OWNER, 2, struct.pack("!H", 0xC000 | len(question) + 12))),
        lambda question: question[:20],
        lambda _: b"",
    ],
    ids=["failed", "refused", "cut off", "no answer", "number", "name", "circle", "short", "empty"],
)
def test_an_answer_that_cannot_be_used_is_unknown(reply):
    with pytest.raises(NameServersUnknown):
        told(reply)


def test_silence_is_unknown(monkeypatch):
    monkeypatch.setattr("doctor.name_servers.SECONDS", 0.05)
    with pytest.raises(NameServersUnknown, match="no resolver answered"):
        told(lambda _: None)


def test_a_resolver_that_is_not_there_is_unknown():
    with pytest.raises(NameServersUnknown):
        name_servers(NAME, ("127.0.0.1", 1))
