"""Reads the reports that a test of a reader writes: to measures, to findings and cases, or to a refusal.

Every test of a reader uses these, so that each of its reports is read with and without items, and is held to
the reader's own `follows`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from tidegate.domain.findings import Finding
from tidegate.readers.base import Item, Limits, Reader, Reading, Source, Trust, Unreadable
from tidegate.readers.detect import drain, find_reader, start
from tidegate.readers.registry import all_readers
from tidegate.readers.supply_chain.verification import verified

READERS = all_readers()
"""Every reader, in the order in which a report is tried against them."""

# The public half of `tests.support.provenance.ED25519`, which signed the sample and what lies in the corpus.
TRUST = Trust(
    provenance_keys=(
        "-----BEGIN PUBLIC KEY-----\n"
        "MCowBQYDK2VwAyEA6kpsY+KcUgq+9VB7Ey7F+ZVHdq6+vnuSQh7qaRRG0iw=\n"
        "-----END PUBLIC KEY-----\n",
    )
)

# What a report may say beyond the table of its format: only some tools of a format tell it.
_BEYOND = {"findings.suppressed"}


def source(report: Any) -> Source:
    """Make a source of bytes, of text, or of any other value as JSON."""
    if isinstance(report, str):
        report = report.encode()
    return Source.of_bytes(report if isinstance(report, bytes) else json.dumps(report).encode())


def recognises(reader: Reader, report: Any) -> bool:
    """Tell whether a reader recognises a report by its content."""
    return reader.sniff(source(report))


def run(reader: Reader, report: Any, items: bool, limits: Limits | None = None) -> tuple[list[Item], Reading]:
    """Read a report; gives what it yielded and what it returned."""
    met: list[Item] = []
    reading = drain(reader.read(source(report), limits or Limits(), items), met.append)
    return met, reading


def measure(reader: Reader, report: Any, limits: Limits | None = None) -> Reading:
    """Read a report for its measures: nothing may be yielded, and asking for items may change nothing."""
    met, reading = run(reader, report, False, limits)
    assert met == [], "yielded items although none were asked for"
    assert run(reader, report, True, limits)[1] == reading
    assert set(reading.measures) <= set(reader.follows) | _BEYOND
    return reading


def items(reader: Reader, report: Any, limits: Limits | None = None) -> list[Item]:
    """Read a report for what it yields."""
    return run(reader, report, True, limits)[0]


def read(reader: Reader, report: Any, limits: Limits | None = None) -> tuple[Reading, list[Finding]]:
    """Read a report for its measures and its findings; anything else that it yields is an error."""
    findings: list[Finding] = []
    for item in items(reader, report, limits):
        assert isinstance(item, Finding)
        findings.append(item)
    return measure(reader, report, limits), findings


def refusal(reader: Reader, report: Any, limits: Limits | None = None) -> str:
    """Read a report that must be refused, with and without items; gives the message."""
    messages = {_refusal(reader, report, wanted, limits) for wanted in (False, True)}
    assert len(messages) == 1, f"refused differently with and without items: {messages}"
    return messages.pop()


def _refusal(reader: Reader, report: Any, items: bool, limits: Limits | None) -> str:
    try:
        run(reader, report, items, limits)
    except Unreadable as unreadable:
        return str(unreadable)
    raise AssertionError("the report was read")


def read_whole(
    source: Source,
    limits: Limits,
    format: str | None = None,
    on_item: Callable[[Item], None] | None = None,
    *,
    readers: Sequence[Reader] | None = None,
) -> Reading:
    """Read a report to its end, handing each finding and case to `on_item` as it is met.

    A signed one is believed where the key of the samples has signed it.
    """
    reader = find_reader(source, format, readers)
    return verified(drain(start(reader, source, limits, items=on_item is not None), on_item), TRUST)
