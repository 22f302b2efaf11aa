"""Which name servers the world is told for a name: one DNS question, by RFC 1035."""

from __future__ import annotations

import secrets
import socket
import struct
from pathlib import Path

TYPE_NS, CLASS_IN = 2, 1
NO_SUCH_NAME = 3
SECONDS = 3.0
ATTEMPTS = 2
# Any name server's answer to this question fits; a longer one comes cut off and is refused.
DATAGRAM_BYTES = 4096

Address = tuple[str, int]


class NameServersUnknown(Exception):
    """No resolver gave an answer that can be read."""


def name_servers(name: str, resolver: Address | None = None) -> frozenset[str]:
    """The names of the servers to which a name is delegated, in lower case and without a dot at the end.

    Returns: an empty set when there is no such name, or it is not delegated.
    Raises:  NameServersUnknown.
    """
    for attempt in range(ATTEMPTS):
        try:
            return _ask(name, resolver or _own_resolver())
        except TimeoutError as error:
            if attempt + 1 == ATTEMPTS:
                raise NameServersUnknown(f"no resolver answered within {SECONDS} s") from error
        except (OSError, struct.error, IndexError, UnicodeError) as error:
            raise NameServersUnknown(f"{type(error).__name__}: {error}") from error
    raise AssertionError("unreachable")


def _own_resolver() -> Address:
    for line in Path("/etc/resolv.conf").read_text("utf-8", "replace").splitlines():
        words = line.split()
        if len(words) > 1 and words[0] == "nameserver":
            return words[1], 53
    raise NameServersUnknown("/etc/resolv.conf names no resolver")


def _ask(name: str, resolver: Address) -> frozenset[str]:
    number = secrets.randbits(16)
    asked = b"".join(bytes([len(label)]) + label.encode("ascii") for label in name.split(".")) + b"\0"
    # One question, with recursion desired.
    question = (
        struct.pack("!HHHHHH", number, 0x0100, 1, 0, 0, 0) + asked + struct.pack("!HH", TYPE_NS, CLASS_IN)
    )
    family = socket.AF_INET6 if ":" in resolver[0] else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as channel:
        channel.settimeout(SECONDS)
        # Connected: the kernel drops what comes from anybody else.
        channel.connect(resolver)
        channel.send(question)
        answer = channel.recv(DATAGRAM_BYTES)
    return _read(answer, number, name)


def _read(answer: bytes, number: int, name: str) -> frozenset[str]:
    echoed, flags, questions, answers, _, _ = struct.unpack_from("!HHHHHH", answer)
    refused = flags & 0xF
    if echoed != number or not flags & 0x8000 or questions != 1:
        raise NameServersUnknown("the answer is not to this question")
    if flags & 0x0200 or refused not in (0, NO_SUCH_NAME):
        raise NameServersUnknown(f"the resolver did not answer in full (code {refused})")
    about, offset = _name(answer, 12)
    if about != name:
        raise NameServersUnknown(f"the answer is about {about}")
    offset += 4
    found = set()
    for _ in range(answers):
        owner, offset = _name(answer, offset)
        kind, _, _, length = struct.unpack_from("!HHIH", answer, offset)
        offset += 10
        if kind == TYPE_NS and owner == name:
            found.add(_name(answer, offset)[0])
        offset += length
    return frozenset(found)


def _name(message: bytes, offset: int) -> tuple[str, int]:
    """A name at a place of a message, and where the next thing begins (RFC 1035, 4.1.4)."""
    labels: list[str] = []
    after = None
    for _ in range(len(message)):
        length = message[offset]
        if length >= 0xC0:
            after = after or offset + 2
            offset = struct.unpack_from("!H", message, offset)[0] & 0x3FFF
        elif length:
            labels.append(message[offset + 1 : offset + 1 + length].decode("ascii").lower())
            offset += 1 + length
        else:
            return ".".join(labels), after or offset + 1
    raise NameServersUnknown("the answer points in a circle")
