"""Several at a time: each report waits for its disk or its network, not for the ones before it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

_AT_ONCE = 8
_BATCH = 64

Item = TypeVar("Item")
Result = TypeVar("Result")


def in_order(act: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """Act on every item, several at a time, and give the results in the order of the items.

    Of endless items only a few are held at once. The first error ends it, once those under way are done.
    """
    rest = iter(items)
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="reports") as executor:
        while batch := list(islice(rest, _BATCH)):
            yield from executor.map(act, batch)
