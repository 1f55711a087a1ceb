"""The base of every repository: one session, four verbs; everything else is a named query of its module."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar, cast

from sqlalchemy import (
    ColumnElement,
    Executable,
    Select,
    String,
    Subquery,
    Table,
    bindparam,
    delete,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from tidegate.kernel.db.base import Base
from tidegate.kernel.db.locks import lock_until_commit
from tidegate.kernel.db.uow import UnitOfWork
from tidegate.kernel.pagination import Page, PageRequest, decode_cursor, encode_cursor

Row = TypeVar("Row", bound=Base)
Item = TypeVar("Item")
_BATCH = 500


def table_of(model: type[Base]) -> Table:
    """Return a model's table, for statements that are made once and run at every request.

    A statement over tables that is kept as a constant, its values bound by name, costs a tenth of one over
    the model that is made anew: there is nothing to build, and no object that knows its session.
    """
    return cast(Table, model.__table__)


def values_table(name: str, count: int) -> Subquery:
    """Return a table of so many texts, bound as `name_0` and so on, whose one column is called `value`.

    Joined with a query for one of them it makes of a search one step down an index for each: grouping rows
    costs more with every row that is added.
    """
    rows = (select(bindparam(f"{name}_{place}", type_=String).label("value")) for place in range(count))
    return union_all(*rows).subquery(name)


def bound_values(name: str, values: Sequence[str]) -> dict[str, str]:
    """Return what is bound to a `values_table` of this name."""
    return {f"{name}_{place}": value for place, value in enumerate(values)}


def delete_in_batches(uow: UnitOfWork, model: type[Base], *where: ColumnElement[bool]) -> int:
    """Delete rows a few hundred at a time, each batch in a transaction of its own; returns how many.

    Others write in between: on SQLite nobody waits for a million rows, on PostgreSQL no lock grows old.
    """
    key = table_of(model).primary_key.columns.values()
    deleted = 0
    while True:
        some = select(*key).where(*where).limit(_BATCH)
        with uow.transaction() as session:
            result = session.execute(
                delete(model).where(tuple_(*key).in_(some)).execution_options(synchronize_session=False)
            )
        count = cast(int, result.rowcount)  # type: ignore[attr-defined]  # a DELETE's result has it
        deleted += count
        if count < _BATCH:
            return deleted


class Repository(Generic[Row]):
    """Queries over one table; a module's repository names its `model` and turns rows into dataclasses."""

    model: type[Row]

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow

    @property
    def session(self) -> Session:
        """The session of the unit of work."""
        return self._uow.session

    def add(self, row: Row) -> Row:
        """Write a new row now, so that a constraint that it breaks speaks up here."""
        self.session.add(row)
        self.session.flush()
        return row

    def one_or_none(self, *where: ColumnElement[bool]) -> Row | None:
        """Return the row that is meant, or None."""
        return self.session.scalars(select(self.model).where(*where)).one_or_none()

    def first(self, statement: Executable, **values: object) -> Any | None:
        """Run a statement that is kept as a constant and return its first row, or None."""
        return self._uow.execute(statement, values).first()

    def get_for_update(self, *where: ColumnElement[bool]) -> Row | None:
        """Return the row as it is now, locked until the transaction ends, or None.

        SQLite knows no row locks and needs none: the transaction holds the one write lock already.
        """
        query = select(self.model).where(*where).with_for_update().execution_options(populate_existing=True)
        return self.session.scalars(query).one_or_none()

    def lock_name(self, *names: str) -> None:
        """Let nobody else take this name in this table until the transaction ends, be it there or not.

        Several are taken in their order, which has to be the same for all who take several.

        For what may not be there yet: a row that does not exist cannot be locked, so two that both found
        nothing would both write it.
        """
        lock_until_commit(self.session, *(f"{self.model.__tablename__}:{name}" for name in names))

    def paginate(
        self,
        query: Select[Row],
        request: PageRequest,
        *,
        by: Sequence[InstrumentedAttribute[Any]],
        convert: Callable[[Row], Item],
        newest_first: bool = False,
    ) -> Page[Item]:
        """Return one page in the order of the columns `by`, which together are unique and never NULL.

        By keyset: page 10,000 costs what page 1 costs, and rows that arrive meanwhile shift nothing.
        """
        if request.cursor is not None:
            after = decode_cursor(request.cursor, tuple(column.type.python_type for column in by))
            query = query.where(tuple_(*by) < after if newest_first else tuple_(*by) > after)
        order = [column.desc() if newest_first else column.asc() for column in by]
        rows = self.session.scalars(query.order_by(*order).limit(request.limit + 1)).all()
        items = rows[: request.limit]
        more = len(rows) > request.limit
        cursor = encode_cursor(tuple(getattr(items[-1], column.key) for column in by)) if more else None
        return Page(tuple(convert(row) for row in items), cursor)
