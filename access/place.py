"""Where something was found: file, logical id, and the path inside the document."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Place:
    """A spot in a template or policy file, printed as `file:logical_id/path`."""

    file: str = ""
    logical_id: str = ""
    path: str = ""

    def child(self, *keys: str | int) -> Place:
        """Return the place of a value nested below this one."""
        return replace(self, path="/".join([*filter(None, [self.path]), *map(str, keys)]))

    def __str__(self) -> str:
        inside = "/".join(filter(None, [self.logical_id, self.path]))
        return ":".join(filter(None, [self.file, inside])) or "(no place)"
