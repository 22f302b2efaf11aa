"""JSON of any shape, read with one clear error: lists or lone values, strings with gaps, objects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from access.errors import PolicyError, quoted
from access.language.unresolved import Partial, Text, Unresolved
from access.place import Place

# Far above every AWS quota (the largest document, a KMS key policy, is 32,768 characters), so only input that
# no account could hold is refused: https://docs.aws.amazon.com/general/latest/gr/kms.html
LONGEST_STRING = 16_384
LONGEST_KEY = 512
MOST_ENTRIES = 4_096
_LARGEST_NUMBER = 10**300


def entries(value: object, place: Place) -> Iterator[tuple[object, Place]]:
    """Yield the members of a list, or a lone value as itself."""
    if not isinstance(value, list | tuple):
        yield value, place
        return
    if len(value) > MOST_ENTRIES:
        raise PolicyError(f"list of {len(value)} entries, expected at most {MOST_ENTRIES}", place)
    for index, entry in enumerate(value):
        yield entry, place.child(index)


def texts(value: object, place: Place, *, scalars: bool = False) -> Iterator[Text]:
    """Yield the strings of a value or list; `scalars` also admits numbers and booleans, as conditions do."""
    for entry, spot in entries(value, place):
        if isinstance(entry, Unresolved):
            yield entry
        elif isinstance(entry, Partial):
            for part in entry.parts:
                if isinstance(part, str):
                    _checked(part, spot)
            yield entry
        elif isinstance(entry, str):
            yield _checked(entry, spot)
        elif scalars and isinstance(entry, bool):
            yield "true" if entry else "false"
        elif scalars and isinstance(entry, int | float) and abs(entry) < _LARGEST_NUMBER:
            yield str(entry)
        else:
            raise PolicyError(f"found {quoted(entry)}, expected a string or a list of strings", spot)


def _checked(text: str, place: Place) -> str:
    if len(text) > LONGEST_STRING:
        raise PolicyError(f"string of {len(text)} characters, expected at most {LONGEST_STRING}", place)
    if "\0" in text:
        raise PolicyError(f"{quoted(text)} holds a NUL character, which no policy can", place)
    return text


def mapping(value: object, place: Place, allowed: set[str] | None = None) -> Mapping[str, object]:
    """Return an object whose keys are strings, only those `allowed` if given."""
    if not isinstance(value, Mapping):
        expected = f"an object with {', '.join(sorted(allowed))}" if allowed else "an object"
        raise PolicyError(f"found {quoted(value)}, expected {expected}", place)
    if len(value) > MOST_ENTRIES:
        raise PolicyError(f"object of {len(value)} keys, expected at most {MOST_ENTRIES}", place)
    for key in value:
        if not isinstance(key, str) or len(key) > LONGEST_KEY:
            raise PolicyError(f"key {quoted(key)} is not a string of at most {LONGEST_KEY} characters", place)
        if allowed is not None and key not in allowed:
            raise PolicyError(
                f"unknown key {quoted(key)}, expected one of {', '.join(sorted(allowed))}", place
            )
    return value
