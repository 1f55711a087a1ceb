"""Queries of maintenance windows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, func, or_, select, update

from tidegate.domain.maintenance import MaintenanceWindow, WindowPlan
from tidegate.kernel.db.repository import Repository, table_of
from tidegate.kernel.pagination import Page, PageRequest
from tidegate.modules.incidents.models import MaintenanceWindowRow

_WINDOWS = table_of(MaintenanceWindowRow)


class MaintenanceWindowRepository(Repository[MaintenanceWindowRow]):
    """Maintenance windows by identifier."""

    model = MaintenanceWindowRow

    def window(self, window_id: str) -> MaintenanceWindow | None:
        """Return a window."""
        row = self.one_or_none(MaintenanceWindowRow.id == window_id)
        return _window(row) if row is not None else None

    def window_for_update(self, window_id: str) -> MaintenanceWindow | None:
        """Return a window as it is now, locked until the transaction ends."""
        row = self.get_for_update(MaintenanceWindowRow.id == window_id)
        return _window(row) if row is not None else None

    def all(self) -> tuple[MaintenanceWindow, ...]:
        """Return every window."""
        return tuple(map(_window, self._uow.execute(select(_WINDOWS).order_by(_WINDOWS.c.id))))

    def count(self) -> int:
        """Return how many there are; nobody else may add one until the transaction ends."""
        self.lock_name("all")
        count: int = self._uow.execute(select(func.count()).select_from(_WINDOWS)).scalar_one()
        return count

    def page(
        self,
        request: PageRequest,
        *,
        component: str | None,
        environment: str | None,
        names: Sequence[str] | None,
    ) -> Page[MaintenanceWindow]:
        """Return one page, newest first; `names` are the components that are to be seen."""
        query = select(MaintenanceWindowRow)
        if component is not None:
            query = query.where(MaintenanceWindowRow.component == component)
        if environment is not None:
            query = query.where(MaintenanceWindowRow.environment == environment)
        if names is not None:
            of_all = MaintenanceWindowRow.component.is_(None)
            query = query.where(or_(of_all, MaintenanceWindowRow.component.in_(names)))
        return self.paginate(query, request, by=[MaintenanceWindowRow.id], convert=_window, newest_first=True)

    def insert(self, window: MaintenanceWindow) -> None:
        """Write a new window."""
        self._uow.execute(_WINDOWS.insert(), _columns(window))

    def save(self, window: MaintenanceWindow) -> None:
        """Write a window that changed."""
        self._uow.execute(update(_WINDOWS).where(_WINDOWS.c.id == window.id).values(_columns(window)))

    def remove(self, window_id: str) -> None:
        """Take a window out."""
        self._uow.execute(delete(_WINDOWS).where(_WINDOWS.c.id == window_id))


def _columns(window: MaintenanceWindow) -> dict[str, object]:
    plan = {name: getattr(window.plan, name) for name in WindowPlan.__slots__}
    return {**plan, **{name: getattr(window, name) for name in window.__slots__ if name != "plan"}}


def _window(row: MaintenanceWindowRow | Any) -> MaintenanceWindow:
    plan = WindowPlan(**{name: getattr(row, name) for name in WindowPlan.__slots__})
    return MaintenanceWindow(row.id, plan, row.version, row.created_at, row.created_by, row.updated_at)
