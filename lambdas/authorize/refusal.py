"""Why a token was refused: for the log, never for the caller."""

from enum import StrEnum


class Reason(StrEnum):
    """The class of a refusal. It holds nothing of the token, so it may be logged."""

    MISSING = "no bearer token"
    OVERSIZED = "token too large"
    MALFORMED = "not a compact signed token"
    HEADER = "header not accepted"
    KEY = "signing key unknown"
    SIGNATURE = "signature does not verify"
    ISSUER = "other issuer"
    AUDIENCE = "other audience"
    CLIENT = "client not registered"
    LIFETIME = "outside its lifetime"
    USER = "user not accepted"
    TAGS = "session tags do not name the user"
    ROLES = "roles are not the one that reads data"


class Refused(Exception):
    """A token that is not accepted."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason
