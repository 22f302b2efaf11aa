"""What ties a message to one picture of one owner: what its header must say, and nothing else."""

import enum
from dataclasses import dataclass

from lambdas.envelope.errors import CannotOpen, Reason
from lambdas.envelope.header import EncryptedDataKey, Header

PROVIDER = "soulpicks"
MAX_ID_LENGTH = 255


class Part(enum.Enum):
    """Which of a picture's messages: both are sealed under one data key, so each must name itself.

    Otherwise whoever can write to the stores could serve one in the place of the other.
    """

    CONTENT = "content"
    METADATA = "metadata"


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """One part of one picture of one owner."""

    picture: str
    owner: str
    part: Part = Part.CONTENT

    def __post_init__(self) -> None:
        for name, value in (("picture", self.picture), ("owner", self.owner)):
            if not 1 <= len(value.encode()) <= MAX_ID_LENGTH:
                raise ValueError(f"{name} must have 1 to {MAX_ID_LENGTH} bytes, got {len(value.encode())}")

    @property
    def context(self) -> dict[str, str]:
        """The encryption context that the header stores; content has the shorter one."""
        context = {"owner": self.owner, "picture": self.picture}
        return context if self.part is Part.CONTENT else context | {"part": self.part.value}

    @property
    def encrypted_data_key(self) -> EncryptedDataKey:
        """The one entry of the header: it names the picture, whose wraps are kept elsewhere.

        The header's tag covers this entry. Were the wrap in here, re-wrapping it would mean to seal the
        header again; so the ciphertext is empty, which the format allows.
        """
        return EncryptedDataKey(provider=PROVIDER, key_info=self.picture.encode())

    def check(self, header: Header) -> None:
        """Refuse an authentic header that belongs to anything else. Raises: CannotOpen."""
        if header.context.get("picture") != self.picture:
            raise CannotOpen(Reason.OTHER_PICTURE)
        if header.context.get("owner") != self.owner:
            raise CannotOpen(Reason.OTHER_OWNER)
        if header.context != self.context:
            raise CannotOpen(Reason.OTHER_PART)
        if header.encrypted_data_keys != (self.encrypted_data_key,):
            raise CannotOpen(Reason.OTHER_PROVIDER)
