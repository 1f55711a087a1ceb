"""Queries of imports; what they change is kept in packed parts, a page of which is one step down an index."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict
from itertools import starmap
from operator import attrgetter
from typing import Any, Generic, TypeVar

import msgspec
import zstandard
from sqlalchemy import bindparam, delete, select

from tidegate.domain.fact_updates import FactEdit
from tidegate.domain.imports import Import, ImportCounts, ImportState, UndoConflict
from tidegate.domain.workbooks import CellProblem
from tidegate.kernel.db.repository import Repository, table_of
from tidegate.kernel.db.uow import UnitOfWork
from tidegate.kernel.pagination import Page, PageRequest, decode_cursor, encode_cursor
from tidegate.modules.inventory.models import ImportPartRow, ImportRow

Item = TypeVar("Item")
_PARTS = table_of(ImportPartRow)
_OF_IMPORT = (
    select(_PARTS.c.first, _PARTS.c.body)
    .where(_PARTS.c.import_id == bindparam("import_id"), _PARTS.c.kind == bindparam("kind"))
    .order_by(_PARTS.c.first)
)
_SIZE = 5_000


class ImportRepository(Repository[ImportRow]):
    """Imports by their identifiers, newest first."""

    model = ImportRow

    def find(self, import_id: str) -> Import | None:
        """Return an import."""
        row = self.one_or_none(ImportRow.id == import_id)
        return _import(row) if row is not None else None

    def for_update(self, import_id: str) -> Import | None:
        """Return an import as it is now, locked."""
        row = self.get_for_update(ImportRow.id == import_id)
        return _import(row) if row is not None else None

    def newest_of(self, digest: str, created_by: str) -> Import | None:
        """Return the newest import of these bytes by this caller; nobody else can add one meanwhile."""
        self.lock_name(digest)
        query = select(ImportRow).where(ImportRow.digest == digest, ImportRow.created_by == created_by)
        row = self.session.scalars(query.order_by(ImportRow.id.desc()).limit(1)).first()
        return _import(row) if row is not None else None

    def save(self, one: Import) -> None:
        """Write an import that is new or was read for update."""
        values = {name: getattr(one, name) for name in one.__slots__}
        self.session.merge(
            ImportRow(**{**values, "counts": asdict(one.counts), "skipped": list(one.skipped)})
        )
        self.session.flush()

    def remove(self, import_id: str) -> None:
        """Take away an import without parts, which turned out to say nothing new."""
        self.session.execute(delete(ImportRow).where(ImportRow.id == import_id))

    def page(self, request: PageRequest, *, created_by: str | None) -> Page[Import]:
        """Return one page, newest first; of one person's, where they are named."""
        query = select(ImportRow)
        if created_by is not None:
            query = query.where(ImportRow.created_by == created_by)
        return self.paginate(query, request, by=[ImportRow.id], convert=_import, newest_first=True)


class PartRepository(Generic[Item]):
    """One kind of what belongs to imports, in its order."""

    def __init__(self, uow: UnitOfWork, kind: str, make: Callable[..., Item], fields: Sequence[str]) -> None:
        self._uow = uow
        self._kind = kind
        self._make = make
        self._values = attrgetter(*fields)

    def replace(self, import_id: str, items: Iterable[Item]) -> None:
        """Write all of an import, in place of what was there."""
        mine = (ImportPartRow.import_id == import_id) & (ImportPartRow.kind == self._kind)
        self._uow.session.execute(delete(ImportPartRow).where(mine))
        packer = zstandard.ZstdCompressor(level=1)
        first = 0
        for some in _batches(items):
            body = packer.compress(msgspec.msgpack.encode([self._values(one) for one in some]))
            values = {"import_id": import_id, "kind": self._kind, "first": first, "body": body}
            self._uow.execute(_PARTS.insert(), values)
            first += len(some)

    def batches(self, import_id: str) -> Iterator[list[Item]]:
        """Go through all of an import, some thousand at a time."""
        first = -1
        while True:  # a query each: what is written in between must not meet an open result
            row = self._part(import_id, _PARTS.c.first > first)
            if row is None:
                return
            first = row.first
            yield self._unpacked(row)

    def page(self, import_id: str, request: PageRequest) -> Page[Item]:
        """Return one page."""
        start = int(decode_cursor(request.cursor, (int,))[0]) if request.cursor else 0
        items: list[Item] = []
        more = True
        while more and len(items) <= request.limit:
            at = start + len(items)
            row = self._part(import_id, _PARTS.c.first <= at, last=True)
            part = self._unpacked(row)[at - row.first :] if row is not None else []
            items += part
            more = bool(part)
        following = encode_cursor((start + request.limit,)) if len(items) > request.limit else None
        return Page(tuple(items[: request.limit]), following)

    def _part(self, import_id: str, where: Any, *, last: bool = False) -> Any | None:
        query = _OF_IMPORT.where(where)
        if last:
            query = query.order_by(None).order_by(_PARTS.c.first.desc())
        return self._uow.execute(query.limit(1), {"import_id": import_id, "kind": self._kind}).first()

    def _unpacked(self, row: Any) -> list[Item]:
        rows = msgspec.msgpack.decode(zstandard.ZstdDecompressor().decompress(row.body))
        return list(starmap(self._make, rows))


class ImportParts:
    """What belongs to imports: their changes, their bad cells, and what stood against undoing them."""

    def __init__(self, uow: UnitOfWork) -> None:
        self.changes = PartRepository(uow, "changes", FactEdit, FactEdit._fields)
        self.problems = PartRepository(uow, "problems", CellProblem, CellProblem.__slots__)
        self.conflicts = PartRepository(uow, "conflicts", UndoConflict, UndoConflict.__slots__)


def _batches(items: Iterable[Item]) -> Iterator[list[Item]]:
    some: list[Item] = []
    for item in items:
        some.append(item)
        if len(some) == _SIZE:
            yield some
            some = []
    if some:
        yield some


def _import(row: ImportRow) -> Import:
    values = {name: getattr(row, name) for name in Import.__slots__}
    counts, skipped, state = (
        ImportCounts(**values["counts"]),
        tuple(values["skipped"]),
        ImportState(row.state),
    )
    return Import(**{**values, "counts": counts, "skipped": skipped, "state": state})
