"""What a database says of itself at the moment of a backup, and when the worker last took one."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import MetaData, func, inspect, literal_column, select, union

from tidegate.kernel.db import schema
from tidegate.kernel.db.base import BLOB, Base
from tidegate.kernel.db.uow import UnitOfWork

_BATCH = 5000
_COLLATIONS = {"sqlite": "BINARY", "postgresql": "C"}


class BackupRepository:
    """Reads through a unit of work, also of a database at an older schema than this version's."""

    def __init__(self, uow: UnitOfWork, metadata: MetaData = Base.metadata) -> None:
        self._uow = uow
        self._metadata = metadata

    def revision(self) -> str | None:
        """Return the revision of the schema; None where no migration has ever run."""
        return schema.revision_of(self._uow.session.connection())

    def rows(self) -> dict[str, int]:
        """Count the rows of every table of ours that is there."""
        there = inspect(self._uow.session.connection()).get_table_names()
        tables = [table for table in self._metadata.sorted_tables if table.name in there]
        counts = {
            table.name: self._uow.session.execute(select(func.count()).select_from(table)).scalar_one()
            for table in tables
        }
        return dict(sorted(counts.items()))

    def blobs(self) -> Iterator[str]:
        """Return every digest in columns that name stored reports, each once, in the order of their bytes."""
        connection = self._uow.session.connection()
        found = inspect(connection)
        there = {name: {each["name"] for each in found.get_columns(name)} for name in found.get_table_names()}
        columns = [
            column
            for table in self._metadata.sorted_tables
            for column in table.columns
            if column.info.get(BLOB) and column.name in there.get(table.name, ())
        ]
        if not columns:
            return
        digests = union(*(select(column.label("digest")).where(column.is_not(None)) for column in columns))
        order = literal_column("digest").collate(_COLLATIONS[connection.dialect.name])
        # A subquery: PostgreSQL orders a union by its columns alone, not by an expression of them.
        query = select(digests.subquery().c.digest).order_by(order)
        yield from self._uow.session.scalars(query.execution_options(yield_per=_BATCH))
