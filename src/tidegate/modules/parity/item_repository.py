"""Queries of items, the differences that somebody looks after, and of their history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, select, tuple_

from tidegate.domain.parity import Key, ParityStatus
from tidegate.kernel.db.repository import Repository, table_of
from tidegate.kernel.pagination import Page, PageRequest
from tidegate.modules.parity.models import ParityItemEventRow, ParityItemRow
from tidegate.modules.parity.ports import ItemEvent, ItemState, ParityItem

_ITEMS = table_of(ParityItemRow)
_EVENTS = table_of(ParityItemEventRow)
_MOST_EVENTS = 200
_BY_KEY = select(_ITEMS).where(
    _ITEMS.c.comparison == bindparam("comparison"),
    _ITEMS.c.component == bindparam("component"),
    _ITEMS.c.environment == bindparam("environment"),
    _ITEMS.c.field == bindparam("field"),
)


class ParityItemRepository(Repository[ParityItemRow]):
    """Items by comparison, subject and field."""

    model = ParityItemRow

    def locked(self, comparison: str, key: Key) -> ParityItem | None:
        """Return an item as it is now; nobody else may make or change it until the transaction ends."""
        self.lock_name("/".join((comparison, *key)))
        component, environment, field = key
        row = self.first(
            _BY_KEY, comparison=comparison, component=component, environment=environment, field=field
        )
        return _item(row) if row is not None else None

    def item(self, item_id: str) -> ParityItem | None:
        """Return an item by its identifier."""
        row = self.one_or_none(ParityItemRow.id == item_id)
        return _item(row) if row is not None else None

    def item_for_update(self, item_id: str) -> ParityItem | None:
        """Return an item by its identifier, locked until the transaction ends."""
        row = self.get_for_update(ParityItemRow.id == item_id)
        return _item(row) if row is not None else None

    def save(self, item: ParityItem, event: ItemEvent) -> None:
        """Write an item that was read for update or is new, and what was changed."""
        self.session.merge(ParityItemRow(**_columns(item)))
        self.session.flush()
        values = {name: getattr(event, name) for name in ("number", "at", "by", "changes")}
        self._uow.execute(_EVENTS.insert(), {"item_id": item.id, **values})

    def of_rows(self, comparison: str, keys: Iterable[Key]) -> Mapping[Key, ParityItem]:
        """Return the items of some rows."""
        wanted = list(keys)
        if not wanted:
            return {}
        columns = tuple_(_ITEMS.c.component, _ITEMS.c.environment, _ITEMS.c.field)
        query = select(_ITEMS).where(_ITEMS.c.comparison == comparison, columns.in_(wanted))
        return _by_key(self._uow.execute(query))

    def accepted(self, comparison: str) -> Mapping[Key, ParityItem]:
        """Return the items of a comparison that are accepted, be it over or not."""
        query = select(_ITEMS).where(_ITEMS.c.comparison == comparison, _ITEMS.c.state == ItemState.ACCEPTED)
        return _by_key(self._uow.execute(query))

    def page(
        self,
        request: PageRequest,
        *,
        state: ItemState | None,
        assignee: str | None,
        component: str | None,
        names: Sequence[str] | None,
    ) -> Page[ParityItem]:
        """Return one page, newest first; `names` are the components that are to be seen."""
        query = select(ParityItemRow)
        given = (
            (ParityItemRow.state, state),
            (ParityItemRow.assignee, assignee),
            (ParityItemRow.component, component),
        )
        for column, value in given:
            if value is not None:
                query = query.where(column == value)
        if names is not None:
            query = query.where(ParityItemRow.component.in_(names))
        return self.paginate(query, request, by=[ParityItemRow.id], convert=_item, newest_first=True)

    def history(self, item_id: str) -> tuple[ItemEvent, ...]:
        """Return the last changes of an item, newest first."""
        query = select(_EVENTS).where(_EVENTS.c.item_id == item_id).order_by(_EVENTS.c.number.desc())
        rows = self._uow.execute(query.limit(_MOST_EVENTS))
        return tuple(ItemEvent(row.number, row.at, row.by, row.changes) for row in rows)


def _by_key(rows: Iterable[Any]) -> Mapping[Key, ParityItem]:
    items = map(_item, rows)
    return {(item.component, item.environment, item.field): item for item in items}


def _columns(item: ParityItem) -> Mapping[str, object]:
    named = {"left": "left_value", "right": "right_value"}
    return {named.get(name, name): getattr(item, name) for name in item.__slots__}


def _item(row: ParityItemRow | Any) -> ParityItem:
    return ParityItem(
        id=row.id,
        comparison=row.comparison,
        component=row.component,
        environment=row.environment,
        field=row.field,
        status=ParityStatus(row.status),
        left=row.left_value,
        right=row.right_value,
        state=ItemState(row.state),
        assignee=row.assignee,
        note=row.note,
        accepted_until=row.accepted_until,
        report_id=row.report_id,
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
        updated_by=row.updated_by,
    )
