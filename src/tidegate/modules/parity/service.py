"""Use cases of parity reports: compare two sides of facts now or in the background, read what differs."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import timedelta
from typing import Any, TypeAlias

from tidegate.domain.access import Permission
from tidegate.domain.canonical import Json
from tidegate.domain.errors import Conflict, Invalid, NotFound, TidegateError
from tidegate.domain.facts import Fact
from tidegate.domain.parity import FINDINGS, Key, Moments, ParityCounts, ParityStatus, compare
from tidegate.domain.parity_rules import DEFAULT_RULES, OBSERVED_RULES, parse_rules
from tidegate.domain.principals import Principal
from tidegate.kernel.access import Access
from tidegate.kernel.blobs import BlobStore
from tidegate.kernel.clock import Clock
from tidegate.kernel.db.uow import UnitOfWork
from tidegate.kernel.ids import NewId
from tidegate.kernel.jobs.queue import JobQueue
from tidegate.kernel.pagination import Page, PageRequest, decode_cursor, encode_cursor
from tidegate.modules.audit.service import AuditService
from tidegate.modules.catalog.service import CatalogService
from tidegate.modules.facts.service import FactService
from tidegate.modules.parity.item_repository import ParityItemRepository
from tidegate.modules.parity.ports import (
    Chunk,
    NewReport,
    ParityItem,
    ParityListener,
    ParityReport,
    ReportSide,
    ReportState,
    ShownRow,
    checked_sides,
)
from tidegate.modules.parity.repository import ORDER, ParityReportRepository
from tidegate.modules.parity.row_store import RowWriter, read_rows

COMPUTE_TASK = "parity.compute"
_Computed: TypeAlias = "tuple[ParityCounts, tuple[Chunk, ...], str]"
_MOST_CHUNKS = 25
"""How many chunks one page reads: somebody who may see few components gets short pages, not slow ones."""


class TooManyRows(TidegateError):
    """Two sides hold more fields than are compared."""


class ParityService:
    """Compares, and keeps what came of it."""

    def __init__(
        self,
        uow: UnitOfWork,
        *,
        reports: ParityReportRepository,
        items: ParityItemRepository,
        facts: FactService,
        catalog: CatalogService,
        audit: AuditService,
        access: Access,
        principal: Principal,
        blobs: BlobStore,
        queue: JobQueue,
        most_at_once: int,
        most_rows: int,
        clock: Clock,
        new_id: NewId,
        listeners: Callable[[], Sequence[ParityListener]] = tuple,
    ) -> None:
        self._uow = uow
        self._reports = reports
        self._items = items
        self._facts = facts
        self._catalog = catalog
        self._audit = audit
        self._access = access
        self._principal = principal
        self._blobs = blobs
        self._queue = queue
        self._most_at_once = most_at_once
        self._most_rows = most_rows
        self._clock = clock
        self._new_id = new_id
        self._listeners = listeners

    def create(self, new: NewReport) -> ParityReport:
        """Compare two sides, of what the caller may see; what is too much for a request waits for the worker.

        Raises `Invalid` for sides that cannot be compared and for rules that are not valid.
        """
        visible = self._allowed(new)
        checked_sides(new.left, new.right)
        now = self._clock.now()
        for name, side in (("left", new.left), ("right", new.right)):
            if side.at is not None and side.at > now:
                raise Invalid(f"The {name} side lies in the future.", ((f"{name}/at", "is in the future"),))
        usual = DEFAULT_RULES if new.is_declared_beside_observed else OBSERVED_RULES
        rules = parse_rules(new.rules) if new.rules is not None else usual
        report = ParityReport(
            id=self._new_id(),
            left=new.left,
            right=new.right,
            component=new.component,
            rules=rules.to_document(),
            rules_digest=rules.digest,
            visible=visible,
            state=ReportState.WAITING,
            failure=None,
            counts=None,
            digest=None,
            created_at=now,
            created_by=str(self._principal),
            finished_at=None,
        )
        try:
            computed = self._uow.from_replica(lambda: self._computed(report, self._most_at_once))
        except TooManyRows:
            computed = None
        with self._uow.transaction():
            self._reports.insert(report)
            if computed is not None:
                self._finish(report, computed)
            else:
                self._queue.enqueue(COMPUTE_TASK, {"report": report.id})
            self._note(report)
            for listener in self._listeners():
                listener.asked(report)
        return self.report(report.id)

    def compute(self, report_id: str) -> str:
        """Compute a report that waits, for the worker; returns what came of it in one line."""
        report = self._reports.report(report_id)
        if report is None or report.state is not ReportState.WAITING:
            return f"Parity report {report_id} waits no longer"
        try:
            computed = self._uow.from_replica(lambda: self._computed(report, self._most_rows))
        except (TooManyRows, Invalid) as error:
            with self._uow.transaction():
                self._reports.fail(report_id, str(error), self._clock.now())
            return f"Parity report {report_id} failed: {error}"
        with self._uow.transaction():
            self._finish(report, computed)
        counts = computed[0]
        return f"Parity report {report_id}: {counts.findings} of {counts.compared} fields differ"

    def reports(self, request: PageRequest, *, component: str | None = None) -> Page[ParityReport]:
        """Return one page of the reports that the caller may see, newest first."""
        names = self._catalog.visible_names()
        return self._reports.page(request, component=component, names=names, by=str(self._principal))

    def report(self, report_id: str) -> ParityReport:
        """Return a report; raises `NotFound`, also for one of components that the caller may not see.

        Who sees some components alone sees reports of one of them, and those that they asked for.
        """
        report = self._reports.report(report_id)
        if report is None or not self._may_see(report):
            raise NotFound("parity report", report_id)
        return report

    def rows(self, report_id: str, statuses: Sequence[ParityStatus], request: PageRequest) -> Page[ShownRow]:
        """Return one page of a report's rows, those of the worst status first.

        A page may hold fewer rows than were asked for and still have another one after it.
        """
        report = self.done(report_id)
        rank, number, offset = self._start(request)
        found: list[tuple[tuple[int, int, int], Mapping[str, Any]]] = []
        following: tuple[int, int, int] | None = None
        names = self._names()
        for count, chunk in enumerate(self._reports.chunks(report.id, statuses, after=(rank, number))):
            place = (ORDER.index(chunk.status), chunk.number)
            skipped = offset if place == (rank, number) else 0
            if len(found) > request.limit or count == _MOST_CHUNKS:
                following = (*place, 0)
                break
            found += (((*place, index), row) for index, row in self._seen(chunk, skipped, names))
        if len(found) > request.limit:
            following = found[request.limit][0]
        rows = [row for _, row in found[: request.limit]]
        cursor = encode_cursor(following) if following is not None else None
        return Page(tuple(self._shown(report, rows)), cursor)

    def all_rows(self, report_id: str, statuses: Sequence[ParityStatus]) -> Iterator[ShownRow]:
        """Go through a report's rows, those of the worst status first."""
        report = self.done(report_id)
        names, now = self._names(), self._clock.now()
        accepted = self._items.accepted(report.comparison) if report.of_now else {}
        for chunk in self._reports.chunks(report.id, statuses):
            for _, row in self._seen(chunk, 0, names):
                item = accepted.get(key_of(row))
                yield ShownRow(row, item is not None and item.accepts(row, now), item)

    def row(self, report: ParityReport, key: Key) -> Mapping[str, Any]:
        """Return a row that is no match, as its document; raises `NotFound`."""
        for chunk in self._reports.chunks_of(report.id, key[0]):
            if chunk.status in FINDINGS:
                for row in read_rows(self._blobs, chunk):
                    if key_of(row) == key:
                        return row
        raise NotFound("finding", "/".join(filter(None, key)))

    def done(self, report_id: str) -> ParityReport:
        """Return a report that has rows; raises `Conflict` for one that waits or failed, and `NotFound`."""
        report = self.report(report_id)
        if report.state is ReportState.WAITING:
            raise Conflict("The report is not done yet: it waits for the worker. Ask again in a moment.")
        if report.state is ReportState.FAILED:
            raise Conflict(f"There is no such report: {report.failure}")
        return report

    def look_alone(self) -> None:
        """Let nobody else act on what differs until the transaction ends: who comes later reads later."""
        self._reports.lock_name("look")

    def items_of(self, comparison: str, keys: Sequence[Key]) -> Mapping[Key, ParityItem]:
        """Return who looks after differences of a comparison, for modules that ask what may be seen."""
        return self._items.of_rows(comparison, keys)

    def forget(self, keep: timedelta) -> int:
        """Delete reports that were kept for long enough; returns how many."""
        return self._reports.forget(self._clock.now() - keep)

    def _allowed(self, new: NewReport) -> Sequence[str] | None:
        for side in (new.left, new.right):
            if side.environment is not None:
                self._catalog.environment(side.environment)
        if new.component is None:
            return self._catalog.visible_names()
        self._access.require(Permission.READ, component=new.component)
        self._catalog.component(new.component)
        return None

    def _may_see(self, report: ParityReport) -> bool:
        if report.component is not None:
            return self._access.may_see(Permission.READ, component=report.component)
        return self._catalog.visible_names() is None or report.created_by == str(self._principal)

    def _names(self) -> frozenset[str] | None:
        names = self._catalog.visible_names()
        return None if names is None else frozenset(names)

    def _computed(self, report: ParityReport, most: int) -> _Computed:
        now, counts = self._clock.now(), ParityCounts()
        moments = Moments(report.left.at or now, report.right.at or now)
        accepted = self._items.accepted(report.comparison) if report.of_now else {}
        writer = RowWriter(self._blobs)
        with closing(self._stream(report, report.left)) as left:
            with closing(self._stream(report, report.right)) as right:
                rules = parse_rules(report.rules)
                for row in compare(left, right, rules, moments, counts, across=report.across):
                    document = row.to_document()
                    item = accepted.get(row.key)
                    counts.accepted += item is not None and item.accepts(document, now)
                    writer.add(row, document)
                    _check_size(counts, most)
        self._uow.release()
        return (counts, *writer.finish())

    def _stream(self, report: ParityReport, side: ReportSide) -> Generator[Fact]:
        found = self._facts.stream(
            side.side, component=report.component, environment=side.environment, at=side.at
        )
        names = None if report.visible is None else frozenset(report.visible)
        yield from (fact for fact in found if names is None or fact.subject.component in names)

    def _finish(self, report: ParityReport, computed: _Computed) -> None:
        counts, chunks, digest = computed
        self._reports.finish(report.id, counts=counts, digest=digest, chunks=chunks, at=self._clock.now())

    def _start(self, request: PageRequest) -> tuple[int, int, int]:
        if request.cursor is None:
            return 0, 0, 0
        rank, number, offset = decode_cursor(request.cursor, (int, int, int))
        return int(rank), int(number), int(offset)

    def _seen(
        self, chunk: Chunk, skipped: int, names: frozenset[str] | None
    ) -> Iterator[tuple[int, Mapping[str, Any]]]:
        if names is not None and not any(chunk.first <= name <= chunk.last for name in names):
            return
        for index, row in enumerate(read_rows(self._blobs, chunk, skipped), skipped):
            if names is None or row["component"] in names:
                yield index, row

    def _shown(self, report: ParityReport, rows: Sequence[Mapping[str, Any]]) -> Iterator[ShownRow]:
        items: Mapping[Key, ParityItem] = {}
        if report.of_now:
            items = self._items.of_rows(report.comparison, map(key_of, rows))
        now = self._clock.now()
        for row in rows:
            item = items.get(key_of(row))
            yield ShownRow(row, item is not None and item.accepts(row, now), item)

    def _note(self, report: ParityReport) -> None:
        details: dict[str, Json] = {"comparison": report.comparison, "component": report.component}
        self._audit.append(action="parity.reported", subject=f"parity-report:{report.id}", details=details)


def _check_size(counts: ParityCounts, most: int) -> None:
    if counts.compared + counts.ignored > most:
        raise TooManyRows(
            f"There are more than {most:,} fields to compare: name a component, or raise PARITY_MAX_ROWS."
        )


def key_of(row: Mapping[str, Any]) -> Key:
    """Return what a row, as its document, is found by."""
    return row["component"], row["environment"] or "", row["field"]
