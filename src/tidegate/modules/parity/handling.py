"""Use cases of items: assign, explain, accept or resolve a difference, and read what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from tidegate.domain.access import Permission
from tidegate.domain.canonical import Json
from tidegate.domain.conditions import Condition, check_condition
from tidegate.domain.errors import Conflict, Invalid, NotFound
from tidegate.domain.identities import no_assignee
from tidegate.domain.parity import Key, ParityStatus
from tidegate.domain.principals import Principal
from tidegate.domain.times import write_time
from tidegate.kernel.access import Access
from tidegate.kernel.clock import Clock
from tidegate.kernel.db.uow import UnitOfWork
from tidegate.kernel.ids import NewId
from tidegate.kernel.pagination import Page, PageRequest
from tidegate.modules.audit.service import AuditService
from tidegate.modules.catalog.service import CatalogService
from tidegate.modules.identity.service import UserService
from tidegate.modules.parity.item_repository import ParityItemRepository
from tidegate.modules.parity.ports import (
    ItemChange,
    ItemEvent,
    ItemState,
    ItemWithHistory,
    NewItem,
    ParityItem,
    ParityReport,
)
from tidegate.modules.parity.service import ParityService

LONGEST_ACCEPTANCE = timedelta(days=366)


class ItemService:
    """Knows what people make of differences."""

    def __init__(
        self,
        uow: UnitOfWork,
        *,
        items: ParityItemRepository,
        reports: ParityService,
        catalog: CatalogService,
        audit: AuditService,
        access: Access,
        users: UserService,
        principal: Principal,
        clock: Clock,
        new_id: NewId,
    ) -> None:
        self._uow = uow
        self._items = items
        self._reports = reports
        self._catalog = catalog
        self._audit = audit
        self._access = access
        self._users = users
        self._principal = principal
        self._clock = clock
        self._new_id = new_id

    def handle(self, new: NewItem) -> tuple[ItemWithHistory, bool]:
        """Look after a difference of a report; the flag tells whether nobody has so far.

        What is handled again is handled on the values of this report. Raises `NotFound` for what the report
        holds no finding of, and `Conflict` for a report of the past: it changes no more.
        """
        self._require(new.component, new.environment or "")
        report = self._reports.done(new.report)
        if not report.of_now:
            raise Conflict("This report is of the past, which changes no more: handle what is so now.")
        key: Key = (new.component, new.environment or "", new.field)
        row = self._reports.row(report, key)
        with self._uow.transaction():
            before = self._items.locked(report.comparison, key)
            # A resolved difference that a report still shows is open again.
            seen = self._seen(report, key, row, before)
            item = self._changed(seen, new.change, is_new=before is None)
            self._save(item, new.change, row)
        return self.item(item.id), before is None

    def change(self, item_id: str, change: ItemChange, condition: Condition) -> ItemWithHistory:
        """Change what becomes of an item, on the values that it was handled on; raises `Stale`."""
        with self._uow.transaction():
            there = self._items.item_for_update(item_id)
            if there is None or not self._may_see(there):
                raise NotFound("parity item", item_id)
            self._require(there.component, there.environment)
            check_condition(condition, "parity item", item_id, there.version)
            item = self._changed(there, change, is_new=False)
            self._save(item, change, None)
        return self.item(item.id)

    def item(self, item_id: str) -> ItemWithHistory:
        """Return an item and its history; raises `NotFound`."""
        found = self._items.item(item_id)
        if found is None or not self._may_see(found):
            raise NotFound("parity item", item_id)
        return ItemWithHistory(found, self._items.history(item_id))

    def items(
        self,
        request: PageRequest,
        *,
        state: ItemState | None = None,
        assignee: str | None = None,
        component: str | None = None,
    ) -> Page[ParityItem]:
        """Return one page of the items that the caller may see, newest first."""
        names = self._catalog.visible_names()
        return self._items.page(request, state=state, assignee=assignee, component=component, names=names)

    def _require(self, component: str, environment: str) -> None:
        self._access.require(Permission.DESCRIBE_TARGET, component=component, environment=environment or None)

    def _may_see(self, item: ParityItem) -> bool:
        return self._access.may_see(Permission.READ, component=item.component)

    def _seen(
        self, report: ParityReport, key: Key, row: Mapping[str, Any], before: ParityItem | None
    ) -> ParityItem:
        now, component, environment, field = self._clock.now(), *key
        seen = ParityItem(
            id=self._new_id(),
            comparison=report.comparison,
            component=component,
            environment=environment,
            field=field,
            status=ParityStatus(row["status"]),
            left=row["left"] and row["left"]["value"],
            right=row["right"] and row["right"]["value"],
            state=ItemState.OPEN,
            assignee=None,
            note=None,
            accepted_until=None,
            report_id=report.id,
            version=0,
            created_at=now,
            updated_at=now,
            updated_by=str(self._principal),
        )
        if before is None:
            return seen
        state = before.state if before.accepts(row, now) else ItemState.OPEN
        return replace(
            before, status=seen.status, left=seen.left, right=seen.right, report_id=report.id, state=state
        )

    def _changed(self, item: ParityItem, change: ItemChange, *, is_new: bool) -> ParityItem:
        wanted = change.assignee
        if wanted and wanted != item.assignee and not self._users.may_sign_in(wanted):
            raise no_assignee(wanted)
        now = self._clock.now()
        state = change.state or item.in_force(now)
        note = item.note if change.note is None else change.note or None
        until = change.accepted_until or item.accepted_until
        _check(state, note, until, now)
        if change.accepted_until is not None and state is not ItemState.ACCEPTED:
            what = "only what is accepted has a date: write the state `accepted` as well"
            raise Invalid(f"This cannot be: {what}.", (("accepted_until", what),))
        return replace(
            item,
            state=state,
            assignee=item.assignee if change.assignee is None else change.assignee or None,
            note=note,
            accepted_until=until if state is ItemState.ACCEPTED else None,
            version=item.version + 1,
            updated_at=now,
            updated_by=str(self._principal),
            created_at=now if is_new else item.created_at,
        )

    def _save(self, item: ParityItem, change: ItemChange, row: Mapping[str, Any] | None) -> None:
        changes: dict[str, Json] = {"state": str(item.state)}
        if change.assignee is not None:
            changes["assignee"] = item.assignee
        if change.note is not None:
            changes["note"] = item.note
        if item.accepted_until is not None:
            changes["accepted_until"] = write_time(item.accepted_until)
        if row is not None:
            changes |= {"left": item.left, "right": item.right, "status": str(item.status)}
        self._items.save(item, ItemEvent(item.version, item.updated_at, item.updated_by, changes))
        details: dict[str, Json] = {
            "comparison": item.comparison,
            "component": item.component,
            "environment": item.environment or None,
            "field": item.field,
            **changes,
        }
        self._audit.append(action="parity.handled", subject=f"parity-item:{item.id}", details=details)


def _check(state: ItemState, note: str | None, until: datetime | None, now: datetime) -> None:
    """Raise `Invalid` for a difference that is to be accepted without a reason, or for ever."""
    if state is not ItemState.ACCEPTED:
        return
    faults: list[tuple[str, str]] = []
    if note is None:
        faults.append(("note", "say why it may differ"))
    if until is None:
        faults.append(("accepted_until", "say until when it may differ"))
    elif not now < until <= now + LONGEST_ACCEPTANCE:
        faults.append(("accepted_until", f"is not within the next {LONGEST_ACCEPTANCE.days} days"))
    if faults:
        told = " and ".join(what for _, what in faults)
        raise Invalid(f"The difference cannot be accepted: {told}.", tuple(faults))
