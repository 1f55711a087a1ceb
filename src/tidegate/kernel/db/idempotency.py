"""Answers kept under idempotency keys, in the same database and transaction as what they tell of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import select

from tidegate.kernel.clock import Clock
from tidegate.kernel.db.models import IdempotencyKeyRow
from tidegate.kernel.db.repository import delete_in_batches
from tidegate.kernel.db.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """A request that was answered under a key, and its answer."""

    scope: str
    key: str
    request_digest: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


class IdempotencyKeys:
    """Keeps answers as rows; a key that is taken breaks the primary key, which is a `Conflict`."""

    def __init__(self, uow: UnitOfWork, clock: Clock) -> None:
        self._uow = uow
        self._clock = clock

    def find(self, scope: str, key: str) -> KeptAnswer | None:
        """Return what was answered under this key, or None."""
        row = self._uow.session.scalars(
            select(IdempotencyKeyRow).where(IdempotencyKeyRow.scope == scope, IdempotencyKeyRow.key == key)
        ).one_or_none()
        if row is None:
            return None
        headers = tuple((name, value) for name, value in cast("list[list[str]]", row.headers))
        return KeptAnswer(row.scope, row.key, row.request_digest, row.status, headers, row.body)

    def keep(self, answered: KeptAnswer) -> None:
        """Write an answer into the open transaction; raises `Conflict` where the key is taken."""
        row = IdempotencyKeyRow(
            scope=answered.scope,
            key=answered.key,
            request_digest=answered.request_digest,
            status=answered.status,
            headers=[list(pair) for pair in answered.headers],
            body=answered.body,
            created_at=self._clock.now(),
        )
        self._uow.session.add(row)
        self._uow.session.flush()

    def forget_before(self, moment: datetime) -> int:
        """Delete what was kept before a moment, in short transactions; returns how many."""
        return delete_in_batches(self._uow, IdempotencyKeyRow, IdempotencyKeyRow.created_at < moment)
