"""Queries of parity reports and of where their rows are kept; rows leave as dataclasses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, or_, select, update

from tidegate.domain.facts import Side
from tidegate.domain.parity import FINDINGS, ParityCounts, ParityStatus
from tidegate.domain.times import read_time, write_time
from tidegate.kernel.db.repository import Repository, delete_in_batches, table_of
from tidegate.kernel.pagination import Page, PageRequest
from tidegate.modules.parity.models import ParityChunkRow, ParityReportRow
from tidegate.modules.parity.ports import Chunk, ParityReport, ReportSide, ReportState

_CHUNKS = table_of(ParityChunkRow)
ORDER = (*FINDINGS, ParityStatus.MATCH)
"""The order in which rows are shown: what is worst first."""


class ParityReportRepository(Repository[ParityReportRow]):
    """Reports by their identifiers, newest first."""

    model = ParityReportRow

    def insert(self, report: ParityReport) -> None:
        """Write a report that is to be computed."""
        self.add(
            ParityReportRow(
                id=report.id,
                left_side=_side_document(report.left),
                right_side=_side_document(report.right),
                component=report.component,
                rules=report.rules,
                rules_digest=report.rules_digest,
                visible=None if report.visible is None else list(report.visible),
                state=report.state,
                failure=report.failure,
                created_at=report.created_at,
                created_by=report.created_by,
            )
        )

    def report(self, report_id: str) -> ParityReport | None:
        """Return a report."""
        row = self.one_or_none(ParityReportRow.id == report_id)
        return _report(row) if row is not None else None

    def finish(
        self, report_id: str, *, counts: ParityCounts, digest: str, chunks: Sequence[Chunk], at: datetime
    ) -> None:
        """Write what a report came to; chunks of an attempt before, which was cut off, are replaced."""
        self.session.execute(delete(ParityChunkRow).where(ParityChunkRow.report_id == report_id))
        if chunks:
            self._uow.execute(_CHUNKS.insert(), [_chunk_columns(report_id, chunk) for chunk in chunks])
        values = {"state": ReportState.DONE, "counts": counts.to_document(), "digest": digest}
        self._set(report_id, {**values, "failure": None, "finished_at": at})

    def fail(self, report_id: str, failure: str, at: datetime) -> None:
        """Write why there is no report."""
        self._set(report_id, {"state": ReportState.FAILED, "failure": failure, "finished_at": at})

    def _set(self, report_id: str, values: Mapping[str, object]) -> None:
        self.session.execute(update(ParityReportRow).where(ParityReportRow.id == report_id).values(**values))

    def page(
        self,
        request: PageRequest,
        *,
        component: str | None,
        names: Sequence[str] | None,
        by: str,
    ) -> Page[ParityReport]:
        """Return one page, newest first; of those who see `names` alone, theirs and what they asked for."""
        query = select(ParityReportRow)
        if component is not None:
            query = query.where(ParityReportRow.component == component)
        if names is not None:
            seen = or_(ParityReportRow.component.in_(names), ParityReportRow.created_by == by)
            query = query.where(seen)
        return self.paginate(query, request, by=[ParityReportRow.id], convert=_report, newest_first=True)

    def chunks(
        self, report_id: str, statuses: Sequence[ParityStatus], *, after: tuple[int, int] = (0, 0)
    ) -> Iterator[Chunk]:
        """Go through the chunks of some statuses from a place on: the status's rank, the chunk's number."""
        for rank, status in enumerate(ORDER):
            if status not in statuses or rank < after[0]:
                continue
            first = after[1] if rank == after[0] else 0
            query = (
                select(_CHUNKS)
                .where(
                    _CHUNKS.c.report_id == report_id, _CHUNKS.c.status == status, _CHUNKS.c.number >= first
                )
                .order_by(_CHUNKS.c.number)
            )
            yield from map(_chunk, self._uow.execute(query).all())

    def chunks_of(self, report_id: str, component: str) -> Sequence[Chunk]:
        """Return the chunks that may hold rows of a component."""
        query = select(_CHUNKS).where(
            _CHUNKS.c.report_id == report_id, _CHUNKS.c.first <= component, _CHUNKS.c.last >= component
        )
        return tuple(map(_chunk, self._uow.execute(query)))

    def forget(self, before: datetime) -> int:
        """Delete reports that were made before a moment; returns how many. Blobs are collected later."""
        old = select(ParityReportRow.id).where(ParityReportRow.created_at < before)
        delete_in_batches(self._uow, ParityChunkRow, ParityChunkRow.report_id.in_(old))
        return delete_in_batches(self._uow, ParityReportRow, ParityReportRow.created_at < before)


def _side_document(side: ReportSide) -> dict[str, str | None]:
    at = write_time(side.at) if side.at is not None else None
    return {"side": str(side.side), "environment": side.environment, "at": at}


def _side(document: Mapping[str, Any]) -> ReportSide:
    at = document["at"]
    return ReportSide(
        Side(document["side"]), document["environment"], read_time(at) if at is not None else None
    )


def _report(row: ParityReportRow | Any) -> ParityReport:
    return ParityReport(
        id=row.id,
        left=_side(row.left_side),
        right=_side(row.right_side),
        component=row.component,
        rules=row.rules,
        rules_digest=row.rules_digest,
        visible=row.visible,
        state=ReportState(row.state),
        failure=row.failure,
        counts=ParityCounts.from_document(row.counts) if row.counts is not None else None,
        digest=row.digest,
        created_at=row.created_at,
        created_by=row.created_by,
        finished_at=row.finished_at,
    )


def _chunk_columns(report_id: str, chunk: Chunk) -> Mapping[str, object]:
    return {
        "report_id": report_id,
        "status": chunk.status,
        "number": chunk.number,
        "digest": chunk.digest,
        "rows": chunk.rows,
        "first": chunk.first,
        "last": chunk.last,
    }


def _chunk(row: Any) -> Chunk:
    return Chunk(ParityStatus(row.status), row.number, row.digest, row.rows, row.first, row.last)
