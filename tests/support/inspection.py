"""Looks at an idle or stopped installation from outside, and says what does not hold together."""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, cast

import msgspec
import zstandard
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from tests.fakes.web import settings_for
from tests.support.load import Acknowledged
from tidegate.app import compose
from tidegate.domain.canonical import digest_of
from tidegate.domain.principals import ANONYMOUS, SERVER
from tidegate.kernel.blobs import BlobStore
from tidegate.kernel.clock import SystemClock
from tidegate.kernel.container import Container
from tidegate.kernel.db.engine import POSTGRESQL, Database
from tidegate.modules.audit.models import AuditEventRow
from tidegate.modules.audit.repository import AuditRepository
from tidegate.modules.audit.service import AuditService
from tidegate.modules.catalog.models import RevisionRow
from tidegate.modules.evidence.models import EvidenceRow
from tidegate.modules.verdicts.models import VerdictRow
from tidegate.modules.verdicts.service import VerdictService
from tidegate.registry import MODULES


class _Event(NamedTuple):
    action: str
    subject: str
    details: dict[str, Any]


def faults_of(
    database: Database, blobs: Path, acknowledged: Iterable[Acknowledged], *, running: bool = False
) -> list[str]:
    """Return what is missing or half-written; nothing where the installation is whole.

    `running` says that a server is there and idle; without it everybody else is expected to be gone.
    """
    if not running:
        _wait_until_alone(database)
    with database.sessions() as session:
        return [
            *_lost(session, BlobStore.from_url(blobs), acknowledged),
            *_half_written(session, BlobStore.from_url(blobs)),
            *_not_repeatable(session, database, blobs),
            *_log_differs(session),
            *_history_differs(session),
            *_broken_chain(database),
            *_broken_files(blobs),
        ]


def _wait_until_alone(database: Database) -> None:
    """Wait until PostgreSQL has noticed that its clients are dead: what it was committing, it commits."""
    if database.dialect != POSTGRESQL:
        return
    database.dispose()  # our own idle connections look like those of the dead
    others = text(
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name = 'tidegate'"
    )
    until = time.monotonic() + 20
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        while connection.execute(others).scalar_one():
            assert time.monotonic() < until, "connections of killed processes stay"
            time.sleep(0.02)


def _lost(session: Session, blobs: BlobStore, acknowledged: Iterable[Acknowledged]) -> Iterator[str]:
    evidence = {row.id: row for row in session.scalars(select(EvidenceRow))}
    revisions = {row.id: row for row in session.scalars(select(RevisionRow))}
    verdicts = set(session.scalars(select(VerdictRow.id)))
    for one in acknowledged:
        row = evidence.get(one.evidence)
        if row is None:
            yield f"evidence {one.evidence} was acknowledged and is not there"
            continue
        there = (row.digest, row.slot, revisions[row.revision_id].commit_sha)
        if there != (one.digest, one.report.slot, one.report.commit):
            yield f"evidence {one.evidence} is another than was acknowledged: {there}"
        if blobs.get(row.digest) != one.report.content:
            yield f"evidence {one.evidence} does not give back the bytes that were sent"
        if not one.verdicts:
            yield f"evidence {one.evidence} was acknowledged without a verdict"
        for gone in set(one.verdicts) - verdicts:
            yield f"verdict {gone} was answered and is not there"


def _half_written(session: Session, blobs: BlobStore) -> Iterator[str]:
    """Every row rests on bytes that are there."""
    for row in session.scalars(select(EvidenceRow)):
        if digest_of(blobs.get(row.digest)) != row.digest:
            yield f"evidence {row.id} rests on damaged bytes"
        if row.fingerprints is not None:
            blobs.get(row.fingerprints)


def _not_repeatable(session: Session, database: Database, blobs: Path) -> Iterator[str]:
    """Every verdict comes out the same again, byte for byte, from what is recorded."""
    container = Container(
        settings=settings_for(blobs.parent),
        database=database,
        blobs=BlobStore.from_url(blobs),
        clock=SystemClock(),
    )
    compose(container, MODULES)
    work = container.work(SERVER)
    try:
        for row in session.scalars(select(VerdictRow)):
            again = work.use(VerdictService).replay(row.id).verdict.canonical()
            if again != row.document.encode() or digest_of(again) != row.digest:
                yield f"verdict {row.id} does not come out the same again"
    finally:
        work.close()


def _log_differs(session: Session) -> Iterator[str]:
    """Every change has one entry in the log, and every entry its change."""
    logged: dict[str, list[str]] = {"evidence.submitted": [], "verdict.given": [], "revision.registered": []}
    names = {"evidence.submitted": "evidence", "verdict.given": "verdict"}
    for event in _events(session):
        if event.action in names:
            logged[event.action].append(str(event.details[names[event.action]]))
        elif event.action == "revision.registered":
            logged[event.action].append(event.subject)
    there = {
        "evidence.submitted": list(session.scalars(select(EvidenceRow.id))),
        "verdict.given": list(session.scalars(select(VerdictRow.id))),
        "revision.registered": [
            f"revision:{row.component}@{row.commit_sha}" for row in session.scalars(select(RevisionRow))
        ],
    }
    for action, entries in logged.items():
        if Counter(entries) != Counter(there[action]):
            yield f"{action}: {len(entries)} are logged, {len(there[action])} are there"


def _history_differs(session: Session) -> Iterator[str]:
    """Goes through the log: each verdict saw exactly what was submitted before it, and is the next number."""
    evidence = {row.id: row for row in session.scalars(select(EvidenceRow))}
    verdicts = {row.id: row for row in session.scalars(select(VerdictRow))}
    submitted: dict[str, str] = {}
    numbers: Counter[tuple[str, str, str]] = Counter()
    for event in _events(session):
        if event.action == "evidence.submitted":
            row = evidence[str(event.details["evidence"])]
            submitted[row.revision_id] = row.id
        elif event.action == "verdict.given":
            verdict = verdicts[str(event.details["verdict"])]
            if msgspec.json.decode(verdict.inputs)["until"] != submitted.get(verdict.revision_id):
                yield f"verdict {verdict.id} did not see all evidence that was there before it"
            series = (verdict.revision_id, verdict.environment, verdict.gate)
            numbers[series] += 1
            if verdict.number != numbers[series]:
                yield f"verdict {verdict.id} has the number {verdict.number}, not {numbers[series]}"


def _events(session: Session) -> Iterator[_Event]:
    for row in session.scalars(select(AuditEventRow).order_by(AuditEventRow.seq)):
        yield _Event(row.action, row.subject, cast(dict[str, Any], row.details))


def _broken_chain(database: Database) -> Iterator[str]:
    uow = database.unit_of_work()
    report = AuditService(uow, AuditRepository(uow), SystemClock(), ANONYMOUS).verification()
    uow.close()
    if not report.intact:
        yield f"the audit chain is broken at row {report.bad_seq}: {report.fault}"


def _broken_files(blobs: Path) -> Iterator[str]:
    """What has its final name is whole; leftovers may only lie where nobody looks for blobs."""
    for path in blobs.rglob("*"):
        if path.is_dir() or path.is_relative_to(blobs / "incoming"):
            continue
        packed = path.read_bytes()
        try:
            plain = zstandard.ZstdDecompressor().decompressobj().decompress(packed)
        except zstandard.ZstdError as error:
            yield f"{path.name} is not whole: {error}"
            continue
        if path.name != f"{hashlib.sha256(plain).hexdigest()}.zst":
            yield f"{path.name} holds other bytes than its name says"
