"""An iterator that many can read from its beginning, each at their own pace."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Replayed(Generic[Item]):
    """What an iterator gives, kept while it is read; what it raises is raised for every reader.

    Not `itertools.tee`: with many copies of copies, Python 3.12.1 crashes when they are freed.
    """

    def __init__(self, source: Iterator[Item]) -> None:
        self._source, self._kept = source, list[Item]()
        self._raised: Exception | None = None

    def __iter__(self) -> Iterator[Item]:
        position = 0
        while position < len(self._kept) or self._read():
            yield self._kept[position]
            position += 1

    def _read(self) -> bool:
        if self._raised:
            raise self._raised
        try:
            self._kept.append(next(self._source))
        except StopIteration:
            return False
        except Exception as error:
            self._raised = error
            raise
        return True
