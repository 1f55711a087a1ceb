"""Helpers of the tests of JSON readers: read a report given as a value or as bytes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tidegate.domain.findings import Finding
from tidegate.readers.base import Limits, Reader, Reading, Source, Unreadable


def source(report: Any) -> Source:
    """Make a source of bytes, or of a value as JSON."""
    return Source.of_bytes(report if isinstance(report, bytes) else json.dumps(report).encode())


def read(reader: Reader, report: Any, limits: Limits = Limits()) -> tuple[list[Finding], Reading]:
    """Read with and without items; both must say the same."""
    stream = reader.read(source(report), limits, True)
    findings: list[Finding] = []
    try:
        while True:
            item = next(stream)
            assert isinstance(item, Finding)
            findings.append(item)
    except StopIteration as end:
        reading: Reading = end.value
    assert measure(reader, report, limits) == reading
    assert set(reading.measures) <= set(reader.follows) | {"findings.suppressed"}
    return findings, reading


def measure(reader: Reader, report: Any, limits: Limits = Limits()) -> Reading:
    """Read the measures alone: nothing may be yielded."""
    stream = reader.read(source(report), limits, False)
    try:
        item = next(stream)
    except StopIteration as end:
        reading: Reading = end.value
        return reading
    raise AssertionError(f"yielded {item!r} although no items were asked for")


def refusal(reader: Reader, report: Any, limits: Limits = Limits()) -> str:
    """Give the text with which a report is refused."""
    with pytest.raises(Unreadable) as caught:
        measure(reader, report, limits)
    return str(caught.value)
