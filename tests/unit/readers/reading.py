"""Reads a report written in a test: to its reading, to its items, or to the error."""

from __future__ import annotations

from tidegate.readers.base import Item, Limits, Reader, Reading, Source, Unreadable


def run(
    reader: Reader, report: str | bytes, items: bool, limits: Limits | None = None
) -> tuple[list[Item], Reading]:
    """Read a report; gives what it yielded and what it returned."""
    data = report.encode() if isinstance(report, str) else report
    stream = reader.read(Source.of_bytes(data), limits or Limits(), items)
    met: list[Item] = []
    while True:
        try:
            met.append(next(stream))
        except StopIteration as stop:
            reading = stop.value
            assert isinstance(reading, Reading)
            return met, reading


def read(reader: Reader, report: str | bytes, limits: Limits | None = None) -> Reading:
    """Read a report for its measures, and check that asking for items changes none of them."""
    met, reading = run(reader, report, False, limits)
    assert met == []
    assert run(reader, report, True, limits)[1] == reading
    return reading


def items(reader: Reader, report: str | bytes, limits: Limits | None = None) -> list[Item]:
    """Read a report for what it yields."""
    return run(reader, report, True, limits)[0]


def error(reader: Reader, report: str | bytes, limits: Limits | None = None) -> str:
    """Read a report that cannot be read; gives the message."""
    try:
        run(reader, report, False, limits)
    except Unreadable as unreadable:
        return str(unreadable)
    raise AssertionError("the report was read")


def sniffs(reader: Reader, report: str | bytes) -> bool:
    """Ask a reader whether a report is its own."""
    return reader.sniff(Source.of_bytes(report.encode() if isinstance(report, str) else report))
