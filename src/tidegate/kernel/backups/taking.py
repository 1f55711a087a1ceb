"""Taking a backup: one moment of the database first, then the reports that it names, the manifest last."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from tidegate.domain.errors import NotFound
from tidegate.kernel.backups.catalogue import BackupCatalogue
from tidegate.kernel.backups.encryption import Readable
from tidegate.kernel.backups.manifest import (
    BackupDamaged,
    BackupError,
    KeptBlob,
    Manifest,
    Part,
    write_blob,
)
from tidegate.kernel.backups.parallel import in_order
from tidegate.kernel.backups.snapshots import snapshot
from tidegate.kernel.blobs import BlobDamaged, BlobStore
from tidegate.kernel.db.engine import Database
from tidegate.kernel.db.uow import UnitOfWork

# So many digests of reports that are missing are written down; their number always is.
_EXAMPLES = 20


class DatabaseSummary(Protocol):
    """Says of a database at one moment what can be compared with it later."""

    def revision(self) -> str | None:
        """Return the revision of its schema; None where no migration has ever run."""
        ...

    def head(self) -> str | None:
        """Return where the audit chain ends; None where it is empty."""
        ...

    def rows(self) -> dict[str, int]:
        """Count the rows of each table."""
        ...

    def blobs(self) -> Iterator[str]:
        """Return the digests of all reports that rows name, each once, sorted."""
        ...


@dataclass(frozen=True, slots=True)
class BackupSource:
    """What is backed up: a database, the reports, and what may be kept of the settings."""

    database: Database
    blobs: BlobStore
    settings: bytes
    version: str
    summarise: Callable[[UnitOfWork], DatabaseSummary]


def take(
    source: BackupSource, catalogue: BackupCatalogue, scratch: Path, *, at: datetime, reason: str
) -> Manifest:
    """Take a backup while others read and write; raises `BackupError` where there is nothing to back up.

    Reports are stored before any row names them and never change, so that those which the snapshot names
    are there when their turn comes. One that is not, or is damaged, is noted in the manifest.
    """
    name = catalogue.new_name(at)
    digests, lists = scratch / "digests", scratch / "reports"
    with snapshot(source.database, scratch) as taken:
        summary = source.summarise(taken.uow)
        revision = summary.revision()
        if revision is None:
            raise BackupError("There is nothing to back up: no migration has ever run in this database.")
        head, rows = summary.head(), summary.rows()
        with digests.open("w", encoding="ascii") as file:
            file.writelines(f"{digest}\n" for digest in summary.blobs())
        database = catalogue.put(name, "database", taken.dump())
    settings = catalogue.put(name, "settings", closing(io.BytesIO(source.settings)))
    kept = _keep_reports(source.blobs, catalogue, digests, lists)
    manifest = Manifest(
        name=name,
        taken_at=at,
        reason=reason,
        tidegate=source.version,
        dialect=source.database.dialect,
        server=taken.server,
        revision=revision,
        head=head,
        rows=rows,
        database=database,
        settings=settings,
        blobs=_keep_list(catalogue, name, lists),
        pool=catalogue.pool,
        blob_count=kept.count,
        blob_bytes=kept.size,
        missing_count=len(kept.missing),
        missing=tuple(kept.missing[:_EXAMPLES]),
    )
    catalogue.finish(manifest)
    return manifest


@dataclass(frozen=True, slots=True)
class _Kept:
    count: int
    size: int
    missing: list[str]


def _keep_reports(store: BlobStore, catalogue: BackupCatalogue, digests: Path, lists: Path) -> _Kept:
    """Store the reports that the pool does not hold yet, and list all of them."""

    def keep(content: str, known: KeptBlob | None) -> KeptBlob | str:
        try:
            return known or catalogue.put_blob(content, _opened(store, content))
        except (NotFound, BlobDamaged):
            return content

    count = size = 0
    missing: list[str] = []
    with digests.open(encoding="ascii") as named, lists.open("wb") as out, _known(catalogue) as known:
        contents = (line.strip() for line in named)
        sizes = catalogue.sizes(catalogue.pool, contents)
        found = ((content, known.find(content, size=there)) for content, there in sizes)
        for blob in in_order(lambda each: keep(*each), found):
            if isinstance(blob, str):
                missing.append(blob)
                continue
            out.write(write_blob(blob))
            count, size = count + 1, size + blob.size
    return _Kept(count, size, missing)


def _keep_list(catalogue: BackupCatalogue, name: str, lists: Path) -> Part:
    # Never encrypted: it holds digests alone, and the next backup reads it without an identity.
    return catalogue.put(name, "reports", lists.open("rb"), encrypt=False)


@contextmanager
def _opened(store: BlobStore, content: str) -> Iterator[Readable]:
    with store.open(content) as stream:
        yield stream


@contextmanager
def _known(catalogue: BackupCatalogue) -> Iterator[_Sorted]:
    """Open the list of the newest backup in the same pool: what it names need not be stored again."""
    candidates = (each for each in catalogue.backups() if each.pool == catalogue.pool)
    newest = next((each for each in candidates if catalogue.holds(each, each.blobs)), None)
    if newest is None:
        yield _Sorted(())
        return
    with catalogue.blobs(newest) as blobs:
        yield _Sorted(blobs)


class _Sorted:
    """Finds digests in a sorted list, asked for in their order; what is damaged of it is not there."""

    def __init__(self, blobs: Iterable[KeptBlob]) -> None:
        self._blobs = iter(blobs)
        self._current: KeptBlob | None = None
        self._advance()

    def find(self, content: str, *, size: int | None) -> KeptBlob | None:
        """Return the entry of this digest, where there is one and so many bytes are stored for it."""
        while self._current is not None and self._current.content < content:
            self._advance()
        found = self._current
        return found if found is not None and (found.content, found.size) == (content, size) else None

    def _advance(self) -> None:
        try:
            self._current = next(self._blobs, None)
        except BackupDamaged:
            self._current = None
