"""A report read to its end, as evidence is, without becoming any: what tests of readers ask for."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tidegate.readers.base import Item, Limits, Reader, Reading, Source
from tidegate.readers.detect import drain, find_reader, start


def read_whole(
    source: Source,
    limits: Limits,
    format: str | None = None,
    on_item: Callable[[Item], None] | None = None,
    *,
    readers: Sequence[Reader] | None = None,
) -> Reading:
    """Read a report to its end, handing each finding and case to `on_item` as it is met."""
    reader = find_reader(source, format, readers)
    return drain(start(reader, source, limits, items=on_item is not None), on_item)
