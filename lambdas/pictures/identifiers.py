"""User ids and picture ids: what they look like, checked before one becomes part of any key."""

import base64
import os
import re

_USER = re.compile(r"[A-Za-z0-9_.:=+@-]{1,128}")
_PICTURE = re.compile(r"[A-Za-z0-9_-]{22}")


def is_user(text: object) -> bool:
    """Whether this may be a user id; such a text holds no `|`, no `/` and no `*`."""
    return isinstance(text, str) and _USER.fullmatch(text) is not None


def is_picture(text: object) -> bool:
    """Whether this may be a picture id."""
    return isinstance(text, str) and _PICTURE.fullmatch(text) is not None


def new_picture_id() -> str:
    """Make a picture id nobody can guess: 128 bits from the kernel, in 22 characters."""
    return base64.urlsafe_b64encode(os.urandom(16)).rstrip(b"=").decode()
