"""What must hold of every outcome of reading, whatever was read."""

from __future__ import annotations

import time

from tests.support.reading import READERS, read_whole
from tidegate.domain.measures import BY_NAME, Combine
from tidegate.readers.base import MAX_COUNT, Limits, Reader, Reading, Source, Unreadable
from tidegate.readers.detect import find_reader

BY_FORMAT = {reader.format: reader for reader in READERS}
OPEN_ENDED = {"flake8", "gocover", "lcov", "mypy-json", "tsc"}
"""Formats whose reports have neither an end nor a total: `Reader.notes` says so for each of them."""

SECONDS = 1.0
LIMITS = Limits(max_bytes=8 * 1024 * 1024)


def outcome(data: bytes, format: str | None = None, limits: Limits = LIMITS) -> Reading | None:
    """Read bytes; None where they are refused. Everything that must hold of either is asserted."""
    source = Source.of_bytes(data)
    began = time.process_time()
    counted: Reading | None = None
    reading: Reading | None = None
    try:
        counted = read_whole(source, limits, format)
        reading = read_whole(source, limits, format, lambda _: None)
    except Unreadable as error:
        assert str(error).endswith((".", "…")), error
    assert time.process_time() - began < SECONDS
    for one in (counted, reading):
        if one is not None:
            assert_possible(one)
    # Counting alone may pass over what only a finding's text needs; what is read both ways is the same.
    assert reading is None or repr(counted) == repr(reading)
    return reading


def assert_possible(reading: Reading) -> None:
    """Assert that each measure is declared for the kind and by the reader, and can be what it says."""
    reader = BY_FORMAT[reading.format]
    for name, value in reading.measures.items():
        measure = BY_NAME[name]
        assert name in reader.follows, f"{name} is not among what {reader.format} says that it gives"
        assert reading.kind in measure.kinds and measure.combine is not Combine.RATIO
        assert type(value) is measure.type, f"{name} = {value!r}"
        assert 0 <= value <= MAX_COUNT, f"{name} = {value!r}"
    assert reading.ran or reading.why_not
    if reading.ran:
        _assert_parts_fit(reading)


def _assert_parts_fit(reading: Reading) -> None:
    values = reading.measures
    for name in ("lines", "branches", "functions"):
        total = values.get(f"coverage.{name}_total")
        assert total is None or values[f"coverage.{name}_covered"] <= total
    if "tests.total" in values:
        ended = sum(values[f"tests.{outcome}"] for outcome in ("passed", "failed", "errors", "skipped"))
        assert ended == values["tests.total"]
    if "findings.high" in values:
        rated = sum(values[f"findings.{name}"] for name in ("critical", "high", "medium", "low", "info"))
        assert rated == values["findings.total"]


def recognised(data: bytes) -> Reader | None:
    """Find the reader by content; None where there is none. No sniff may raise."""
    source = Source.of_bytes(data)
    for reader in READERS:
        reader.sniff(source)
    try:
        return find_reader(source)
    except Unreadable:
        return None
