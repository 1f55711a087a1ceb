"""Queries of the history of probes: hours with every probe, days with their hours."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Table, bindparam, delete, func, select, tuple_, update

from tidegate.domain.facts import FactSubject
from tidegate.domain.health_words import HealthState
from tidegate.domain.probe_history import (
    DAY,
    DayOfProbes,
    Sample,
    day_of,
    day_of_samples,
    hour_of,
    newest_samples,
    pack_day,
    pack_sample,
    states_of_day,
    states_of_samples,
    unpack_day,
    unpack_samples,
)
from tidegate.kernel.db.repository import Repository, delete_in_batches, table_of
from tidegate.kernel.garbage import collection_paused
from tidegate.modules.probes.models import ProbeDayRow, ProbeHourRow

_HOURS, _DAYS = table_of(ProbeHourRow), table_of(ProbeDayRow)
_APPEND = (
    update(_HOURS)
    .where(
        _HOURS.c.component == bindparam("of_component"),
        _HOURS.c.environment == bindparam("of_environment"),
        _HOURS.c.hour == bindparam("of_hour"),
    )
    .values(samples=bindparam("to_samples"))
)
_MANY = 200
_NEWEST_HOURS = 24


class ProbeHistoryRepository(Repository[ProbeHourRow]):
    """What probes found, by target and time."""

    model = ProbeHourRow

    def append(self, samples: Sequence[tuple[FactSubject, Sample]]) -> None:
        """Write probes; whoever writes has locked the states of their targets."""
        packed: defaultdict[tuple[str, str, datetime], bytes] = defaultdict(bytes)
        for subject, sample in samples:
            packed[(subject.component, subject.environment, hour_of(sample.at))] += pack_sample(sample)
        keys = sorted(packed)
        for start in range(0, len(keys), _MANY):
            some = keys[start : start + _MANY]
            key = tuple_(_HOURS.c.component, _HOURS.c.environment, _HOURS.c.hour)
            rows = self._uow.execute(select(_HOURS).where(key.in_(some)))
            known = {(row.component, row.environment, row.hour): row.samples for row in rows}
            self._write({one: known.get(one) for one in some}, packed)

    def _write(
        self,
        known: Mapping[tuple[str, str, datetime], bytes | None],
        packed: Mapping[tuple[str, str, datetime], bytes],
    ) -> None:
        new = [key for key, before in known.items() if before is None]
        if new:
            self._uow.execute(
                _HOURS.insert(),
                [
                    {"component": key[0], "environment": key[1], "hour": key[2], "samples": packed[key]}
                    for key in new
                ],
            )
        longer = [
            {
                "of_component": key[0],
                "of_environment": key[1],
                "of_hour": key[2],
                "to_samples": before + packed[key],
            }
            for key, before in known.items()
            if before is not None
        ]
        if longer:
            self._uow.execute(_APPEND, longer)

    def newest(self, subject: FactSubject, most: int) -> tuple[Sample, ...]:
        """Return the newest probes of a target, newest first: as many as a day of hours holds."""
        query = (
            select(_HOURS).where(*_is(_HOURS, subject)).order_by(_HOURS.c.hour.desc()).limit(_NEWEST_HOURS)
        )
        found: list[Sample] = []
        for row in self._uow.execute(query):
            found += newest_samples(row.hour, row.samples, most - len(found))
            if len(found) >= most:
                break
        return tuple(found)

    @collection_paused()
    def between(
        self, subject: FactSubject, start: datetime, end: datetime
    ) -> tuple[tuple[DayOfProbes, ...], tuple[Sample, ...]]:
        """Return the days and the single probes of a target from `start` to `end`, oldest first."""
        days = self._uow.execute(
            select(_DAYS)
            .where(*_is(_DAYS, subject), _DAYS.c.day > start - DAY, _DAYS.c.day < end)
            .order_by(_DAYS.c.day)
        )
        hours = self._uow.execute(
            select(_HOURS)
            .where(*_is(_HOURS, subject), _HOURS.c.hour >= hour_of(start), _HOURS.c.hour < end)
            .order_by(_HOURS.c.hour)
        )
        samples = (one for row in hours for one in unpack_samples(row.hour, row.samples))
        return (
            tuple(unpack_day(row.day, row.hours) for row in days),
            tuple(one for one in samples if start <= one.at < end),
        )

    @collection_paused()
    def counts_by_day(
        self, subjects: Sequence[FactSubject], start: datetime, end: datetime
    ) -> Mapping[FactSubject, Mapping[datetime, Counter[HealthState]]]:
        """Return how many probes found which state, by target and by the beginning of days."""
        found: dict[FactSubject, dict[datetime, Counter[HealthState]]] = {one: {} for one in subjects}
        wanted = sorted((one.component, one.environment) for one in subjects)
        for place in range(0, len(wanted), _MANY):
            some = wanted[place : place + _MANY]
            these = tuple_(_DAYS.c.component, _DAYS.c.environment).in_(some)
            query = select(_DAYS).where(these, _DAYS.c.day > start - DAY, _DAYS.c.day < end)
            for row in self._uow.execute(query):
                counts = found[FactSubject(row.component, row.environment)].setdefault(row.day, Counter())
                counts += states_of_day(row.hours)
            these = tuple_(_HOURS.c.component, _HOURS.c.environment).in_(some)
            query = select(_HOURS).where(these, _HOURS.c.hour >= start, _HOURS.c.hour < end)
            for row in self._uow.execute(query):
                days = found[FactSubject(row.component, row.environment)]
                counts = days.setdefault(day_of(row.hour), Counter())
                counts += states_of_samples(row.samples)
        return found

    def oldest_day(self) -> datetime | None:
        """Return the oldest day of which probes are kept one by one."""
        oldest: datetime | None = self._uow.execute(select(func.min(_HOURS.c.hour))).scalar_one()
        return day_of(oldest) if oldest is not None else None

    def roll_up(self, day: datetime, most: int) -> int:
        """Turn the single probes of some targets on a day into hours; returns how many targets.

        Zero says that nothing of the day is left. In the caller's transaction, so that a probe is never
        counted twice.
        """
        of_day = (_HOURS.c.hour >= day, _HOURS.c.hour < day + DAY)
        subjects = [
            (row.component, row.environment)
            for row in self._uow.execute(
                select(_HOURS.c.component, _HOURS.c.environment).where(*of_day).distinct().limit(most)
            )
        ]
        if not subjects:
            return 0
        these = (*of_day, tuple_(_HOURS.c.component, _HOURS.c.environment).in_(subjects))
        samples: defaultdict[tuple[str, str], list[Sample]] = defaultdict(list)
        for row in self._uow.execute(select(_HOURS).where(*these).order_by(_HOURS.c.hour)):
            samples[(row.component, row.environment)] += unpack_samples(row.hour, row.samples)
        self._uow.execute(
            _DAYS.insert(),
            [
                {
                    "component": component,
                    "environment": environment,
                    "day": day,
                    "hours": pack_day(day_of_samples(found)),
                }
                for (component, environment), found in samples.items()
            ],
        )
        self._uow.execute(delete(_HOURS).where(*these))
        return len(subjects)

    def forget_days(self, before: datetime) -> int:
        """Delete days of before; returns how many."""
        return delete_in_batches(self._uow, ProbeDayRow, ProbeDayRow.day < before)


def _is(table: Table, subject: FactSubject) -> tuple[ColumnElement[bool], ...]:
    return table.c.component == subject.component, table.c.environment == subject.environment
