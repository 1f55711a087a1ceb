"""A reader for tests: its reports begin with `fake`, and each further word is a finding."""

from __future__ import annotations

from tidegate.domain.findings import Case, Finding, Outcome, Severity
from tidegate.domain.measures import Kind
from tidegate.readers.base import Limits, Reader, Reading, Source, Stream, Unreadable


def _sniff(source: Source) -> bool:
    return source.head.startswith(b"fake")


def _read(source: Source, limits: Limits, items: bool) -> Stream:
    with source.open() as stream:
        words = stream.read().decode().split()[1:]
    found = [word for word in words if word != "broken"]
    for word in found:
        if items:
            yield Finding("fake", "F1", word, Severity.HIGH)
    if items:
        yield Case("suite", "case", Outcome.PASSED)
    if "broken" in words:
        raise Unreadable(f"{source.name}: broken in the middle.")
    stopped = "stopped" in words
    why_not = "The fake tool was stopped." if stopped else None
    return Reading(
        "fake", Kind.SAST, "faker", {"findings.total": len(found)}, ran=not stopped, why_not=why_not
    )


FAKE_READER = Reader("fake", "A fake", Kind.SAST, "https://example.org", {}, _sniff, _read)
