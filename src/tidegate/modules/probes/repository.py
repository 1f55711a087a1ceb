"""Queries of the schedule of probes and of how targets are; rows leave as dataclasses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, exists, func, select, tuple_, update

from tidegate.domain.facts import FactSubject
from tidegate.domain.health_words import HealthState
from tidegate.kernel.db.repository import Repository, table_of
from tidegate.modules.probes.models import LONGEST_REASON, ProbeStateRow

_STATES = table_of(ProbeStateRow)
_KEY = tuple_(_STATES.c.component, _STATES.c.environment)
_IS_DUE = select(exists().where(_STATES.c.next_at <= bindparam("now")))
_ONE = select(_STATES).where(
    _STATES.c.component == bindparam("component"), _STATES.c.environment == bindparam("environment")
)
_THIS = (_STATES.c.component == bindparam("of_component")) & (
    _STATES.c.environment == bindparam("of_environment")
)
_CLAIM = update(_STATES).where(_THIS).values(next_at=bindparam("to_next_at"))
_DUE = (
    select(_STATES.c.component, _STATES.c.environment)
    .where(_STATES.c.next_at <= bindparam("now"))
    .order_by(_STATES.c.next_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
    .cte("due")  # PostgreSQL runs what locks rows once, and might run a subquery again and again
)
_TAKE = (
    update(_STATES)
    .where(_KEY.in_(select(_DUE.c.component, _DUE.c.environment)))
    .values(next_at=bindparam("until"))
    .returning(_STATES.c.component, _STATES.c.environment, _STATES.c.target_version, _STATES.c.path)
)
_CHANGED = (
    "next_at",
    "late_at",
    "probed_at",
    "state",
    "since",
    "consecutive",
    "unanswered",
    "reason",
    "status",
    "latency_ms",
    "path",
)
_STORE = update(_STATES).where(_THIS).values({name: bindparam(f"to_{name}") for name in _CHANGED})
_MANY = 200


@dataclass(frozen=True, slots=True)
class DueProbe:
    """A target that is to be asked now, as this version describes it, and what answered the last time."""

    subject: FactSubject
    target_version: int
    path: str | None


@dataclass(frozen=True, slots=True)
class ProbeState:
    """How a target is, and when it is asked next.

    `state` is None before the first probe. `interval` is in seconds, None for the installation's;
    `unanswered` counts the probes in a row that nothing answered.
    """

    subject: FactSubject
    target_version: int
    interval: int | None
    next_at: datetime
    late_at: datetime
    probed_at: datetime | None = None
    state: HealthState | None = None
    since: datetime | None = None
    consecutive: int = 0
    unanswered: int = 0
    reason: str = ""
    status: int | None = None
    latency_ms: int | None = None
    path: str | None = None

    def is_late(self, now: datetime) -> bool:
        """Tell whether it was not probed in time: what it was then says nothing of now."""
        return now > self.late_at

    def moved(self, next_at: datetime) -> ProbeState:
        """Return it with another next probe."""
        return replace(self, next_at=next_at)


class ProbeStateRepository(Repository[ProbeStateRow]):
    """The states of targets by component and environment."""

    model = ProbeStateRow

    def is_due(self, now: datetime) -> bool:
        """Tell whether any target is due."""
        return bool(self._uow.execute(_IS_DUE, {"now": now}).scalar_one())

    def take_due(self, now: datetime, most: int, until: datetime) -> tuple[DueProbe, ...]:
        """Move targets that are due on to `until`, those that wait for longest, and return them.

        By one statement; others take other ones meanwhile.
        """
        values = {"now": now, "most": most, "until": until}
        return tuple(
            DueProbe(FactSubject(component, environment), version, path)
            for component, environment, version, path in self._uow.execute(_TAKE, values)
        )

    def claim(self, states: Sequence[ProbeState]) -> None:
        """Write when these are asked next."""
        if states:
            self._uow.execute(_CLAIM, [{**_of(one.subject), "to_next_at": one.next_at} for one in states])

    def of_subject(self, subject: FactSubject) -> ProbeState | None:
        """Return one state."""
        row = self.first(_ONE, component=subject.component, environment=subject.environment)
        return _state(row) if row is not None else None

    def of_subjects(
        self, subjects: Sequence[FactSubject], *, locked: bool = False
    ) -> Mapping[FactSubject, ProbeState]:
        """Return the states of these subjects; `locked` until the transaction ends, in one order for all."""
        found: dict[FactSubject, ProbeState] = {}
        wanted = sorted({(one.component, one.environment) for one in subjects})
        for start in range(0, len(wanted), _MANY):
            query = select(_STATES).where(_KEY.in_(wanted[start : start + _MANY]))
            query = query.order_by(_STATES.c.component, _STATES.c.environment)
            for row in self._uow.execute(query.with_for_update() if locked else query):
                state = _state(row)
                found[state.subject] = state
        return found

    def all(self) -> Mapping[FactSubject, ProbeState]:
        """Return every state; for what compares them with the targets."""
        return {state.subject: state for state in map(_state, self._uow.execute(select(_STATES)))}

    def add_state(self, state: ProbeState) -> None:
        """Begin to probe a target."""
        self._uow.execute(_STATES.insert(), [_columns(state)])

    def describe(self, subject: FactSubject, *, version: int, interval: int | None, now: datetime) -> bool:
        """Say that a target was described anew, and have it asked at once; False where it is not there."""
        values = {
            "target_version": version,
            "interval": interval,
            "next_at": now,
            "path": None,
            "unanswered": 0,
        }
        key = {"of_component": subject.component, "of_environment": subject.environment}
        statement = update(_STATES).where(_THIS).values(values)
        return bool(self._uow.execute(statement, key).rowcount)  # type: ignore[attr-defined]  # an UPDATE's

    def remove(self, subject: FactSubject) -> None:
        """Probe a target no more."""
        statement = _STATES.delete().where(
            _STATES.c.component == subject.component, _STATES.c.environment == subject.environment
        )
        self._uow.execute(statement)

    def store(self, states: Sequence[ProbeState]) -> None:
        """Write how targets are."""
        if states:
            self._uow.execute(_STORE, [_changed(one) for one in states])

    def lateness(self, now: datetime) -> tuple[int, datetime | None]:
        """Return how many targets were not probed in time, and since when the first of them."""
        query = select(func.count(), func.min(_STATES.c.late_at)).where(_STATES.c.late_at < now)
        count, oldest = self._uow.execute(query).one()
        return count, oldest

    def counts(self) -> Mapping[str, int]:
        """Return how many targets have which state; "new" stands for those never probed."""
        query = select(_STATES.c.state, func.count()).group_by(_STATES.c.state)
        return {state or "new": count for state, count in self._uow.execute(query)}


def _of(subject: FactSubject) -> dict[str, object]:
    return {"of_component": subject.component, "of_environment": subject.environment}


def _columns(state: ProbeState) -> dict[str, object]:
    values = {name: getattr(state, name) for name in state.__slots__ if name != "subject"}
    return {"component": state.subject.component, "environment": state.subject.environment, **values}


def _changed(state: ProbeState) -> dict[str, object]:
    values = {f"to_{name}": getattr(state, name) for name in _CHANGED}
    return {**_of(state.subject), **values, "to_reason": state.reason[:LONGEST_REASON]}


def _state(row: Any) -> ProbeState:
    return ProbeState(
        subject=FactSubject(row.component, row.environment),
        target_version=row.target_version,
        interval=row.interval,
        next_at=row.next_at,
        late_at=row.late_at,
        probed_at=row.probed_at,
        state=HealthState(row.state) if row.state is not None else None,
        since=row.since,
        consecutive=row.consecutive,
        unanswered=row.unanswered,
        reason=row.reason,
        status=row.status,
        latency_ms=row.latency_ms,
        path=row.path,
    )
