"""Source lines of coverage reports: kept beside each report, and joined when a revision is judged."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from tidegate.domain.coverage_joins import CoverageJoins
from tidegate.domain.coverage_union import JoinedCoverage
from tidegate.domain.effective_reports import EffectiveReport
from tidegate.domain.evidence import Evidence
from tidegate.domain.source_lines import SourceLines
from tidegate.kernel.blobs import BlobStore
from tidegate.readers.coverage.source_lines import decode_lines
from tidegate.readers.subprocess_reader import ReadReport


class RememberedLines:
    """The lines that a process read last: a matrix of jobs asks for them at each submission."""

    MOST_BYTES = 32 * 1024 * 1024
    """Bytes of the blobs; what is made of them takes a few times as much."""

    def __init__(self) -> None:
        self.joins = CoverageJoins()
        self._known: dict[str, tuple[int, SourceLines | None]] = {}
        self._lock = threading.Lock()

    def get(self, digest: str, blobs: BlobStore) -> SourceLines | None:
        """Return the lines that a digest names."""
        found = self._known.get(digest)
        if found is None:
            data = blobs.get(digest)
            found = len(data), decode_lines(data)
            with self._lock:
                self._known[digest] = found
                total = sum(size for size, _ in self._known.values())
                while total > self.MOST_BYTES and len(self._known) > 1:
                    total -= self._known.pop(next(iter(self._known)))[0]
        return found[1]


class CoverageLines:
    """Keeps what coverage reports list, and joins it; see `tidegate.domain.coverage_union`."""

    def __init__(self, *, blobs: BlobStore, remembered: RememberedLines) -> None:
        self._blobs = blobs
        self._remembered = remembered

    def keep(self, report: ReadReport) -> str | None:
        """Keep the lines of a report; returns their digest, None for a report that has none to join."""
        lines = report.lines()
        return None if lines is None else self._blobs.put_bytes(lines).digest

    def join(self, reports: Sequence[EffectiveReport]) -> JoinedCoverage:
        """Join the coverage of reports by source line."""
        return self._remembered.joins.get(reports, self._lines_of)

    def _lines_of(self, evidence: Evidence) -> SourceLines | None:
        return None if evidence.lines is None else self._remembered.get(evidence.lines, self._blobs)
