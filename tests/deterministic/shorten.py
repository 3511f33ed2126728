"""From a world that fails to a smaller one that fails alike: fewer patients, then fewer kinds of faults."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from tests.deterministic.plan import Size

T = TypeVar("T")
Failure = Callable[[Size], tuple[str, int] | None]


def shortest(size: Size, failure: Failure) -> tuple[Size, int] | None:
    """Return a smaller size that fails by the same name, and after how many steps; None if nothing fails.

    *failure* lives through a world and says what broke, and at which step. Halves are taken away first,
    then single ones; what is left out changes nothing about the rest of the story.
    """
    first = failure(size)
    if first is None:
        return None
    name, _ = first

    def fails(smaller: Size) -> bool:
        found = failure(smaller)
        return found is not None and found[0] == name

    only = fewest(size.numbers, lambda some: bool(some) and fails(replace(size, only=tuple(some))))
    size = replace(size, only=tuple(only))
    faults = fewest(size.faults, lambda some: fails(replace(size, faults=tuple(some))))
    size = replace(size, faults=tuple(faults))
    last = failure(size)
    assert last is not None, "the same world fails the same way"
    return size, last[1]


def fewest(items: Sequence[T], still: Callable[[Sequence[T]], bool]) -> Sequence[T]:
    """Take away halves, then quarters, then single ones, as long as it is *still* so without them."""
    part = max(1, len(items) // 2)
    while True:
        begin = 0
        while begin < len(items):
            fewer = [*items[:begin], *items[begin + part :]]
            if len(fewer) < len(items) and still(fewer):
                items = fewer
            else:
                begin += part
        if part == 1:
            return items
        part //= 2
