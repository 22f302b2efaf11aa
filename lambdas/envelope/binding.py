"""What ties a message to one picture of one owner: what its header must name, and nothing else."""

import enum

from lambdas.envelope.errors import CannotOpen, Reason
from lambdas.envelope.names import parse_names

MAX_ID_LENGTH = 255


class Part(enum.Enum):
    """Which of a picture's messages: both are sealed under one data key, so each must name itself.

    Otherwise whoever can write to the stores could serve one in the place of the other.
    """

    CONTENT = "content"
    METADATA = "metadata"


def names_of(*, picture: str, owner: str, part: Part) -> bytes:
    """What the header of this part of this picture names, as it stands there.

    The encryption context is sorted by key. The only encrypted data key is of provider `soulpicks`, with
    the picture as key information and an empty ciphertext, which the format allows: the header's tag
    covers it, so were the wrap in it, re-wrapping would mean to seal the header again.
    """
    its_owner, its_picture = _sized("owner", owner), _sized("picture", picture)
    if part is Part.CONTENT:
        context = b"\0\2\0\5owner" + its_owner + b"\0\7picture" + its_picture
    else:
        its_part = _sized("part", part.value)
        context = b"\0\3\0\5owner" + its_owner + b"\0\4part" + its_part + b"\0\7picture" + its_picture
    return len(context).to_bytes(2, "big") + context + b"\0\1\0\x09soulpicks" + its_picture + b"\0\0"


def _sized(name: str, value: str) -> bytes:
    octets = value.encode()
    if not 1 <= len(octets) <= MAX_ID_LENGTH:
        raise ValueError(f"{name} must have 1 to {MAX_ID_LENGTH} bytes, got {len(octets)}")
    return len(octets).to_bytes(2, "big") + octets


def check_names(found: bytes, expected: bytes) -> None:
    """Refuse an authentic header that names anything else, to the byte. Raises: CannotOpen."""
    if found == expected:
        return
    said, should = parse_names(found).context, parse_names(expected).context
    if said.get("picture") != should["picture"]:
        raise CannotOpen(Reason.OTHER_PICTURE)
    if said.get("owner") != should["owner"]:
        raise CannotOpen(Reason.OTHER_OWNER)
    if said != should:
        raise CannotOpen(Reason.OTHER_PART)
    raise CannotOpen(Reason.OTHER_PROVIDER)
