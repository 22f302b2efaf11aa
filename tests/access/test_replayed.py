from itertools import islice

import pytest

from access.replayed import Replayed


def counted(read: list[int]):
    for number in range(4):
        read.append(number)
        yield number


def test_every_reader_begins_at_the_beginning_and_the_source_is_read_once():
    read: list[int] = []
    shared = Replayed(counted(read))
    assert list(islice(shared, 2)) == [0, 1]
    assert read == [0, 1]
    assert list(shared) == list(shared) == [0, 1, 2, 3]
    assert read == [0, 1, 2, 3]


def test_readers_do_not_disturb_each_other():
    shared = Replayed(iter("abc"))
    first, second = iter(shared), iter(shared)
    assert [next(first), next(second), next(first), next(second), next(second)] == ["a", "a", "b", "b", "c"]
    assert list(first) == ["c"]


def test_what_the_source_raises_is_raised_for_every_reader():
    def broken():
        yield 1
        raise LookupError("over")

    shared = Replayed(broken())
    for _ in range(2):
        seen = []
        with pytest.raises(LookupError, match="over"):
            seen.extend(iter(shared))
