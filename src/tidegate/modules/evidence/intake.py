"""Takes the bytes of reports in: kept and read, before anything is recorded of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from tidegate.domain.errors import Invalid
from tidegate.domain.evidence import Evidence
from tidegate.domain.submissions import Sent, accepted_time
from tidegate.kernel.blobs import BlobStore
from tidegate.modules.evidence.coverage_lines import CoverageLines
from tidegate.modules.evidence.new_findings import NewFindings
from tidegate.modules.evidence.ports import IncomingReport
from tidegate.readers.base import Limits, Source, Trust
from tidegate.readers.detect import UnknownFormat, find_reader
from tidegate.readers.evidence import digest_of_source
from tidegate.readers.subprocess_reader import read_report


@dataclass(frozen=True, slots=True)
class KeptReport:
    """A report whose bytes are kept and that was read; `fingerprints` is the digest of what was counted."""

    sent: Sent
    evidence: Evidence
    tool_version: str
    fingerprints: str | None
    size: int


class ReportIntake:
    """Keeps and reads reports. It needs no database, so that none is held while reading takes a minute."""

    def __init__(
        self,
        *,
        blobs: BlobStore,
        limits: Limits,
        trust: Trust,
        new_findings: NewFindings,
        coverage_lines: CoverageLines,
    ) -> None:
        self._blobs = blobs
        self._limits = limits
        self._trust = trust
        self._new_findings = new_findings
        self._coverage_lines = coverage_lines

    def accept(self, report: IncomingReport, *, arrived: datetime) -> datetime | None:
        """Return the time that counts as said; raises `Invalid` for what the sender says and cannot be."""
        if report.format is not None:
            try:
                find_reader(report.source, report.format)
            except UnknownFormat as error:
                fault = (f"{report.place}format", "Name a format that is read, or leave it out.")
                raise Invalid(str(error), (fault,)) from error
        return accepted_time(report.taken_at, arrived, where=f"{report.place}taken_at")

    def keep(
        self,
        report: IncomingReport,
        *,
        component: str,
        commit: str,
        baseline: str | None,
        taken_at: datetime | None,
        arrived: datetime,
    ) -> KeptReport:
        """Keep a report byte for byte and read it; one that cannot be understood is kept all the same.

        `taken_at` is what `accept` returned. Nothing of what a large report holds stays in memory.
        """
        source = report.source
        sent = Sent(component, commit, report.slot, digest_of_source(source), taken_at, baseline)
        read = read_report(
            source,
            slot=report.slot,
            taken_at=taken_at or arrived,
            limits=self._limits,
            trust=self._trust,
            digest=sent.digest,
            format=report.format,
            meanwhile=lambda: self._keep_bytes(source),
        )
        fingerprints, lines = self._new_findings.keep(read), self._coverage_lines.keep(read)
        evidence = replace(read.evidence, lines=lines)
        return KeptReport(sent, evidence, read.tool_version, fingerprints, source.size)

    def _keep_bytes(self, source: Source) -> None:
        with source.open() as stream:
            self._blobs.put(stream)
