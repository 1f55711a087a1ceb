"""From a report's bytes to evidence: read, or marked as unreadable; never an error that loses the report."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from tidegate.domain.baseline_matching import new_measures, new_problems
from tidegate.domain.evidence import Evidence
from tidegate.domain.findings import Counts, Finding, FindingCounts, Severity
from tidegate.domain.measures import BY_NAME
from tidegate.domain.new_findings import Key, key_of, part_of, that_count, with_measures
from tidegate.readers.base import (
    NO_LINES,
    NO_TRUST,
    Item,
    LazyLines,
    Limits,
    Reader,
    Reading,
    Source,
    Trust,
    Unreadable,
)
from tidegate.readers.detect import drain, find_reader, misnamed, start
from tidegate.readers.own_times import in_timezone

UNKNOWN = "unknown"
"""The format of a report that no reader recognises."""


_PIECE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class ParsedReport:
    """One report as evidence, with its problems counted by fingerprint; `reading` is None if unreadable."""

    evidence: Evidence
    counts: FindingCounts
    reading: Reading | None

    @property
    def lines(self) -> LazyLines:
        """Return the source lines that a coverage report lists, to be joined with others."""
        return NO_LINES if self.reading is None else self.reading.lines

    def counts_of(self, part: Evidence) -> Counts:
        """Return what one tool of the report found, where several share it, else all that was found."""
        return self.counts.of(part.tool if self.evidence.runs else None)


def digest_of_source(source: Source) -> str:
    """Name a report's bytes by their SHA-256, read in pieces; written as `canonical.digest_of` writes it."""
    digest = hashlib.sha256()
    with source.open() as stream:
        while piece := stream.read(_PIECE):
            digest.update(piece)
    return "sha256:" + digest.hexdigest()


def read_evidence(
    source: Source,
    *,
    slot: str,
    taken_at: datetime,
    limits: Limits,
    trust: Trust = NO_TRUST,
    digest: str | None = None,
    format: str | None = None,
    on_item: Callable[[Item], None] | None = None,
    readers: Sequence[Reader] | None = None,
) -> ParsedReport:
    """Read a report into evidence; one that cannot be understood becomes unreadable evidence.

    `trust` holds the keys by which signed reports are believed; a report that none of them has signed did not
    run. `on_item` sees each finding and case on the way; `digest` is the report's, where it is known already.
    Raises `UnknownFormat` for a format name that no reader has, and `OSError` where the bytes cannot be
    had: neither is the report's fault.
    """
    digest = digest or digest_of_source(source)
    counts = FindingCounts()

    def meet(item: Item) -> None:
        if isinstance(item, Finding):
            counts.add(item)
        if on_item is not None:
            on_item(item)

    reader: Reader | None = None
    try:
        reader = find_reader(source, format, readers)
        # Cases are asked for by `on_item` alone; to make an object of each would double the time.
        items = on_item is not None or reader.kind in BY_NAME["findings.total"].kinds
        reading = drain(start(reader, source, limits, items=items), meet)
        if reading.signed is not None:
            # Slow to import, and needed where a report is signed alone.
            from tidegate.readers.supply_chain.verification import verified

            reading = verified(reading, trust)
    except Unreadable as error:
        evidence = Evidence(
            digest=digest,
            slot=slot,
            kind=reader.kind if reader else None,
            format=reader.format if reader else UNKNOWN,
            tool="",  # whose it is is not known: it blocks what any tool of its kind is needed for
            taken_at=taken_at,
            unreadable=(misnamed(source, format) if format else None) or str(error),
        )
        # What was counted before the fault is half a report: it must not become a baseline.
        return ParsedReport(evidence, FindingCounts(), None)
    evidence = Evidence(
        digest=digest,
        slot=slot,
        kind=reading.kind,
        format=reading.format,
        tool=reading.tool,
        taken_at=taken_at,
        measures=dict(reading.measures),
        ran=reading.ran,
        why_not=reading.why_not,
        made_at=in_timezone(reading.made_at, trust.timezone),
        commits=reading.commits,
        runs=reading.runs,
    )
    return ParsedReport(evidence, counts, reading)


def compare_with_baseline(reports: Sequence[ParsedReport], baseline: Counts, at: datetime) -> list[Evidence]:
    """Add `findings.new.*` to the evidence of the reports that count at a time, in the order given.

    The reports use the baseline up together, in the order of their digests: what it has once explains one
    finding of one report, not one of each.
    """
    by_key = {key_of(report.evidence): report for report in reports}
    evidence = [report.evidence for report in reports]
    compared = that_count(evidence, at)
    counts = [by_key[key_of(one)].counts_of(one) for one in compared]
    measured = dict(zip(map(part_of, compared), new_measures(counts, baseline), strict=True))
    return list(with_measures(evidence, measured))


def new_in_reports(
    reports: Sequence[ParsedReport], baseline: Counts, at: datetime
) -> dict[Key, frozenset[tuple[Severity, str]]]:
    """Name, by severity and key, what the baseline does not explain of each report that counts."""
    by_key = {key_of(report.evidence): report for report in reports}
    compared = that_count([report.evidence for report in reports], at)
    found = new_problems([by_key[key_of(one)].counts_of(one) for one in compared], baseline)
    new: dict[Key, frozenset[tuple[Severity, str]]] = {}
    for one, names in zip(compared, found, strict=True):
        new[key_of(one)] = new.get(key_of(one), frozenset()) | names
    return new
