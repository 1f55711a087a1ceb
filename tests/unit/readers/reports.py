"""Reads reports written as text in a test."""

from __future__ import annotations

from tidegate.domain.findings import Finding
from tidegate.readers.base import Item, Limits, Reader, Reading, Source
from tidegate.readers.detect import drain


def read(reader: Reader, text: str | bytes, limits: Limits | None = None) -> tuple[Reading, list[Finding]]:
    """Read a report and give what it says with its findings."""
    data = text.encode() if isinstance(text, str) else text
    found: list[Finding] = []

    def meet(item: Item) -> None:
        assert isinstance(item, Finding)
        found.append(item)

    return drain(reader.read(Source.of_bytes(data), limits or Limits(), True), meet), found


def recognises(reader: Reader, text: str | bytes) -> bool:
    """Tell whether a reader recognises a report by its content."""
    return reader.sniff(Source.of_bytes(text.encode() if isinstance(text, str) else text))
