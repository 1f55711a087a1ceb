"""Use cases of backups: create, list, verify, restore, prune, and the restore test."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tidegate.domain.audit import Report
from tidegate.domain.errors import Conflict, NotFound, Unavailable
from tidegate.kernel.backups import restoring, taking
from tidegate.kernel.backups.catalogue import NAME, BackupCatalogue
from tidegate.kernel.backups.checking import Verified
from tidegate.kernel.backups.manifest import BackupDamaged, BackupError, KeptBlob, Manifest
from tidegate.kernel.backups.parallel import in_order
from tidegate.kernel.backups.taking import BackupSource
from tidegate.kernel.clock import Clock
from tidegate.kernel.db import schema
from tidegate.kernel.db.engine import SQLITE, Database
from tidegate.kernel.db.locks import installation_lock
from tidegate.kernel.db.uow import UnitOfWork
from tidegate.modules.audit.service import AuditService

_CHUNK = 1024 * 1024
# What has no manifest after so long is not being made any more.
_ABANDONED = timedelta(days=1)
_LOCK = "backup"


@dataclass(frozen=True, slots=True)
class ListedBackup:
    """One line of the list: a complete backup has a manifest and no fault."""

    name: str
    manifest: Manifest | None
    fault: str | None


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did: `aside` is where the SQLite file stays that was there before."""

    manifest: Manifest
    reports: int
    aside: Path | None
    report: Report
    at_head: bool


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was removed; `fault` says why no reports were looked at that none of the others may name."""

    names: tuple[str, ...]
    reports: int
    fault: str | None = None


class BackupService:
    """Looks after the backups of one installation; one thing at a time, whoever asks.

    `catalogue` opens the catalogue with a folder for what is temporary; `audit` gives the audit log of a
    database, the live one or a restored one. `patience` is how many seconds to wait for another process.
    """

    def __init__(
        self,
        source: BackupSource,
        *,
        catalogue: Callable[[Path], BackupCatalogue],
        audit: Callable[[UnitOfWork], AuditService],
        scratch: Path,
        keep: int,
        clock: Clock,
        patience: float = 600.0,
    ) -> None:
        self._source = source
        self._catalogue = catalogue
        self._audit = audit
        self._scratch = scratch
        self._keep = keep
        self._clock = clock
        self._patience = patience

    def create(self, *, reason: str) -> Manifest:
        """Take a backup of the live installation; raises `BackupError` and then leaves none."""
        with self._alone() as (catalogue, scratch):
            return taking.take(self._source, catalogue, scratch, at=self._clock.now(), reason=reason)

    def list(self) -> tuple[ListedBackup, ...]:
        """List what lies in the catalogue, newest first, and what is wrong with it."""
        with self._open() as (catalogue, _):
            return tuple(self._listed(catalogue, name) for name in catalogue.names())

    def verify(self, name: str | None = None, *, deep: bool = False) -> tuple[Manifest, Report | None]:
        """Read every byte of a backup (the newest by default) again; raises `BackupDamaged`.

        `deep` also restores it into a scratch database, migrates that where it is older, and verifies the
        audit chain, the number of rows and every report in it.
        """
        with self._alone() as (catalogue, scratch):
            manifest = self._chosen(catalogue, name)
            catalogue.check(manifest)
            return manifest, self._rehearse(catalogue, manifest, scratch) if deep else None

    def restore(self, name: str | None = None, *, overwrite: bool = False) -> Restored:
        """Put a backup (the newest by default) in the place of what is there.

        Everything is read and verified first; then come the reports, the database last. Raises `Conflict`
        where the database is not empty and nobody said to overwrite it.
        """
        database = self._source.database
        with self._alone() as (catalogue, scratch):
            manifest = self._chosen(catalogue, name)
            self._refuse_misfit(manifest)
            if not overwrite and not restoring.is_empty(database):
                raise Conflict("The database is not empty. What is in it would be replaced: add --overwrite.")
            catalogue.check(manifest)
            dump = restoring.unpack(catalogue, manifest, scratch)
            found: list[Report] = []
            if database.dialect == SQLITE:
                with restoring.scratch_database(database, manifest, dump, scratch) as restored:
                    found.append(self._compare(manifest, restored))
            reports = self._restore_reports(catalogue, manifest)
            aside = restoring.put_in_place(
                database,
                dump,
                at=self._clock.now(),
                approve=lambda uow: found.append(self._verified(manifest, uow)),
            )
            return Restored(manifest, reports, aside, found[0], schema.at_head(database))

    def prune(self) -> Pruned:
        """Remove what is older than the newest complete backups, and reports that none of the others names.

        Where it cannot be read what one of the others names, such as where a newer version took it, no
        report is removed.
        """
        with self._alone() as (catalogue, _):
            complete, kept, removed, unread = 0, [], [], None
            for name in catalogue.names():
                manifest, fault = self._inspect(catalogue, name)
                abandoned = manifest is None and fault is None and self._age(name) > _ABANDONED
                # A backup that lacks something never takes the place of a complete one.
                if complete >= self._keep or abandoned:
                    removed.append(name)
                    continue
                complete += manifest is not None and fault is None
                if manifest is not None:
                    kept.append(manifest)
                else:
                    unread = unread or fault
            for name in removed:
                catalogue.remove(name)
            if unread is not None:
                return Pruned(tuple(removed), 0, unread)
            try:
                return Pruned(tuple(removed), catalogue.sweep(kept))
            except BackupDamaged as error:
                return Pruned(tuple(removed), 0, str(error))

    @contextmanager
    def _open(self) -> Iterator[tuple[BackupCatalogue, Path]]:
        self._scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="backup-", dir=self._scratch) as folder, _explained():
            yield self._catalogue(Path(folder)), Path(folder)

    @contextmanager
    def _alone(self) -> Iterator[tuple[BackupCatalogue, Path]]:
        with installation_lock(self._source.database, _LOCK, patience=self._patience), self._open() as opened:
            yield opened

    def _chosen(self, catalogue: BackupCatalogue, name: str | None) -> Manifest:
        if name is None:
            newest = next(catalogue.backups(), None)
            if newest is None:
                raise BackupError(
                    "There is no backup that could be used: `tidegate backup create` takes one."
                )
            return newest
        manifest = catalogue.manifest(name) if name in catalogue.names() else None
        if manifest is None:
            raise NotFound("backup", name)
        return manifest

    def _listed(self, catalogue: BackupCatalogue, name: str) -> ListedBackup:
        manifest, fault = self._inspect(catalogue, name)
        return ListedBackup(
            name, manifest, fault if manifest else fault or "no manifest: it was never finished"
        )

    @staticmethod
    def _inspect(catalogue: BackupCatalogue, name: str) -> tuple[Manifest | None, str | None]:
        """Return a manifest and what is plainly wrong; neither where there is no manifest."""
        manifest = None
        try:
            manifest = catalogue.manifest(name)
            lacking = catalogue.lacks(manifest) if manifest is not None else None
        except BackupError as error:
            return manifest, str(error)
        return manifest, f"{lacking} is missing or cut short" if lacking else None

    def _age(self, name: str) -> timedelta:
        taken = datetime.strptime(name.partition("-")[0], NAME).replace(tzinfo=UTC)
        return self._clock.now() - taken

    def _refuse_misfit(self, manifest: Manifest) -> None:
        """Refuse before anything is read what cannot fit."""
        here = self._source.database.dialect
        if manifest.dialect != here:
            raise Conflict(
                f"The backup {manifest.name} is of {manifest.dialect}, this database is {here}: restore it "
                f"with a DATABASE_URL of {manifest.dialect}, then move it with `tidegate db copy`."
            )
        if not schema.knows(manifest.revision):
            raise Conflict(
                f"The backup {manifest.name} is at the schema {manifest.revision}, which this version does "
                f"not know: restore it with Tidegate {manifest.tidegate} or newer."
            )

    def _rehearse(self, catalogue: BackupCatalogue, manifest: Manifest, scratch: Path) -> Report:
        self._refuse_misfit(manifest)
        dump = restoring.unpack(catalogue, manifest, scratch)
        _each_report(catalogue, manifest, _read_out)
        database = self._source.database
        with restoring.scratch_database(database, manifest, dump, scratch) as restored:
            report = self._compare(manifest, restored)
            if not schema.at_head(restored):
                schema.upgrade(restored)
                report = self._compare(manifest, restored, rows=False)
        return report

    def _compare(self, manifest: Manifest, restored: Database, *, rows: bool = True) -> Report:
        """Hold a restored database against what it said of itself when the backup was taken."""
        uow = restored.unit_of_work()
        try:
            return self._verified(manifest, uow, rows=rows)
        finally:
            uow.close()

    def _verified(self, manifest: Manifest, uow: UnitOfWork, *, rows: bool = True) -> Report:
        summary = self._source.summarise(uow)
        if summary.head() != manifest.head or rows and summary.rows() != manifest.rows:
            raise BackupDamaged(
                manifest.name, "its database", "does not hold the rows that the manifest names"
            )
        report = self._audit(uow).verification()
        if not report.intact:
            raise BackupDamaged(
                manifest.name, "its audit chain", f"is broken at row {report.bad_seq} ({report.fault})"
            )
        return report

    def _restore_reports(self, catalogue: BackupCatalogue, manifest: Manifest) -> int:
        """Put the reports into the store; the same bytes are kept once, and damaged ones are replaced."""

        def put(source: Verified) -> None:
            self._source.blobs.put(source)

        return _each_report(catalogue, manifest, put)


def _each_report(catalogue: BackupCatalogue, manifest: Manifest, act: Callable[[Verified], None]) -> int:
    """Read every report of a backup, held against its digest; returns how many there are."""

    def read(blob: KeptBlob) -> None:
        with catalogue.open_blob(manifest, blob) as opened:
            act(
                Verified(
                    opened, content=blob.content, backup=manifest.name, what=f"the report {blob.content}"
                )
            )

    with catalogue.blobs(manifest) as blobs:
        return sum(1 for _ in in_order(read, blobs))


def _read_out(source: Verified) -> None:
    while source.read(_CHUNK):
        continue


@contextmanager
def _explained() -> Iterator[None]:
    """Turn what the disk or the network refuses into `Unavailable`."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error) or type(error).__name__
        raise Unavailable(f"The backups cannot be reached or written: {reason}.") from error
