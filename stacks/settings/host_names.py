"""What a host name may be, by the rules of DNS and of those who give names out."""

from __future__ import annotations

import re

# RFC 1035, 2.3.4: 255 octets on the wire, which are 253 characters in writing; 63 for each label.
LONGEST_NAME = 253
# RFC 1123, 2.1: letters, digits and hyphens, not at either end.
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
# RFC 3696, 2: the last label is not all digits, or the name could be taken for an address.
_LAST_LABEL = re.compile(r"[a-z]{2,63}|xn--[a-z0-9-]{1,58}[a-z0-9]")

# Names that no company can have delegated to it. `.example` is one of them, and is let through: the example
# settings use it, and no certificate authority and no name server will answer for it.
# https://www.iana.org/assignments/special-use-domain-names
RESERVED = (
    *("alt", "arpa", "internal", "invalid", "local", "localhost", "onion", "test"),
    *("example.com", "example.net", "example.org"),
)
AMAZONS = ("amazonaws.com", "aws.dev", "awsapps.com", "cloudfront.net", "elasticbeanstalk.com", "on.aws")


def is_host_name(name: str) -> bool:
    """Whether it is a host name of at least two labels, in lower case."""
    *labels, last = name.split(".")
    return (
        len(name) <= LONGEST_NAME
        and bool(labels)
        and all(_LABEL.fullmatch(label) and _is_known_form(label) for label in labels)
        and _LAST_LABEL.fullmatch(last) is not None
        and _is_known_form(last)
    )


def can_be_ours(name: str) -> bool:
    """Whether the name could be delegated to a company that is not Amazon."""
    return not any(is_within(name, parent) for parent in (*RESERVED, *AMAZONS))


def is_within(name: str, parent: str) -> bool:
    """Whether a name is the parent itself or stands below it."""
    return name == parent or name.endswith(f".{parent}")


def _is_known_form(label: str) -> bool:
    """RFC 5890, 2.3.1: two hyphens in the third and fourth place announce an encoding; only `xn--` exists."""
    if label[2:4] != "--":
        return True
    try:
        decoded = label[4:].encode("ascii").decode("punycode")
    except UnicodeError:
        return False
    return label.startswith("xn--") and not decoded.isascii() and decoded.isprintable()
