"""Queries of facts; rows leave as the domain's dataclasses."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, Select, Text, bindparam, func, select, type_coerce, update

from tidegate.domain.facts import Fact, FactSubject, FactValue, FieldName, Side
from tidegate.kernel.db.repository import table_of
from tidegate.modules.facts.models import FactRow
from tidegate.modules.facts.row_store import FactRowStore

_FACTS = table_of(FactRow)
_ROWS_AT_ONCE = 5_000
_OF_SUBJECT = (
    select(_FACTS)
    .where(
        _FACTS.c.component == bindparam("component"),
        _FACTS.c.environment == bindparam("environment"),
        _FACTS.c.side == bindparam("side"),
    )
    .order_by(_FACTS.c.field)
)
_HISTORY = (
    select(_FACTS)
    .where(
        _FACTS.c.component == bindparam("component"),
        _FACTS.c.environment == bindparam("environment"),
        _FACTS.c.side == bindparam("side"),
        _FACTS.c.field == bindparam("field"),
    )
    .order_by(_FACTS.c.since.desc())
    .limit(bindparam("most"))
)
_OF_FIELDS = (
    select(_FACTS)
    .where(
        _FACTS.c.component == bindparam("component"),
        _FACTS.c.environment == bindparam("environment"),
        _FACTS.c.side.in_([str(side) for side in Side]),
        _FACTS.c.field.in_(bindparam("fields", expanding=True)),
    )
    .order_by(_FACTS.c.side, _FACTS.c.field)
)
_CURRENT = _OF_SUBJECT.where(_FACTS.c.until.is_(None))
_THIS_ONE = (
    (_FACTS.c.component == bindparam("of_component"))
    & (_FACTS.c.environment == bindparam("of_environment"))
    & (_FACTS.c.side == bindparam("of_side"))
    & (_FACTS.c.field == bindparam("of_field"))
    & (_FACTS.c.since == bindparam("of_since"))
)
_END = update(_FACTS).where(_THIS_ONE).values(until=bindparam("ended_at"))
_SEE = update(_FACTS).where(_THIS_ONE).values(seen_at=bindparam("at"), source=bindparam("told_by"))


class FactRepository(FactRowStore):
    """Facts by subject and side, now and then."""

    def lock(self, subjects: Iterable[FactSubject], side: Side) -> None:
        """Let nobody else tell facts of this side of these subjects until the transaction ends."""
        self.lock_name(*(f"{side}:{subject}" for subject in sorted(set(subjects))))

    def current(self, subject: FactSubject, side: Side) -> tuple[Fact, ...]:
        """Return what holds now of a subject, in the order of the fields."""
        rows = self._uow.execute(_CURRENT, _key(subject, side))
        return tuple(map(_fact, rows))

    def current_of(
        self, subjects: Collection[FactSubject], side: Side, fields: Collection[FieldName] | None = None
    ) -> Iterator[Fact]:
        """Go through what holds now of some hundred subjects; `fields` is None for all of them."""
        query = select(_FACTS).where(_FACTS.c.side == bindparam("side"), _FACTS.c.until.is_(None))
        if fields is not None:
            query = query.where(_FACTS.c.field.in_(fields))
        rows = self._of_components(query, {one.component for one in subjects}, {"side": side})
        return (fact for fact in map(_fact, rows) if fact.subject in subjects)

    def at(self, subject: FactSubject, side: Side, moment: datetime) -> tuple[Fact, ...]:
        """Return what held of a subject at a moment, in the order of the fields."""
        rows = self._uow.execute(_OF_SUBJECT.where(*_held(moment)), _key(subject, side))
        return tuple(map(_fact, rows))

    def held(
        self, subject: FactSubject, fields: Sequence[FieldName], moment: datetime | None
    ) -> tuple[Fact, ...]:
        """Return both sides of some fields of a subject, of now or of a moment, by one look at the table."""
        when = _held(moment) if moment is not None else (_FACTS.c.until.is_(None),)
        values = {"component": subject.component, "environment": subject.environment, "fields": fields}
        return tuple(map(_fact, self._uow.execute(_OF_FIELDS.where(*when), values)))

    def both_since(
        self, subject: FactSubject, moment: datetime, without: Collection[FieldName]
    ) -> tuple[Sequence[Fact], Sequence[Fact]]:
        """Return what was declared at any time since a moment, and what was observed of the same fields.

        The newest of each field first, `without` some fields.
        """
        lately = (_FACTS.c.until.is_(None) | (_FACTS.c.until > moment),)

        def of(side: Side, *where: ColumnElement[bool]) -> Sequence[Fact]:
            query = _OF_SUBJECT.where(*lately, *where).order_by(_FACTS.c.since.desc())
            return tuple(map(_fact, self._uow.execute(query, _key(subject, side))))

        declared = [fact for fact in of(Side.DECLARED) if fact.field not in without]
        fields = {fact.field for fact in declared}
        return declared, of(Side.OBSERVED, _FACTS.c.field.in_(fields)) if fields else ()

    def differing(self, *, component: str | None, environment: str | None) -> Sequence[FactSubject]:
        """Return the targets of which a field is declared and observed now in two different texts.

        The database sets both sides beside each other: what is the same costs nobody else anything. Whether
        two texts mean the same is for rules to say.
        """
        # By groups: a join of a table of which nothing is known yet, PostgreSQL does row by row.
        text = type_coerce(_FACTS.c.value, Text)
        query = (
            select(_FACTS.c.component, _FACTS.c.environment)
            .where(_FACTS.c.until.is_(None), _FACTS.c.environment != "")
            .group_by(_FACTS.c.component, _FACTS.c.environment, _FACTS.c.field)
            .having(func.count() == len(Side), func.min(text) != func.max(text))
        )
        if component is not None:
            query = query.where(_FACTS.c.component == component)
        if environment is not None:
            query = query.where(_FACTS.c.environment == environment)
        return tuple({FactSubject(*row) for row in self._uow.execute(query)})

    def history(self, subject: FactSubject, side: Side, field: FieldName, *, most: int) -> tuple[Fact, ...]:
        """Return the newest values that a field has had, newest first."""
        values = {**_key(subject, side), "field": field, "most": most}
        return tuple(map(_fact, self._uow.execute(_HISTORY, values)))

    def stream(
        self,
        side: Side,
        *,
        component: str | None = None,
        environment: str | None = None,
        at: datetime | None = None,
    ) -> Iterator[Fact]:
        """Go through all facts of a side in the order of subjects and fields, a few thousand at a time.

        `at` is None for what holds now.
        """
        query: Select[Any] = select(_FACTS).where(_FACTS.c.side == side)
        if component is not None:
            query = query.where(_FACTS.c.component == component)
        if environment is not None:
            query = query.where(_FACTS.c.environment == environment)
        query = query.where(*(_held(at) if at is not None else (_FACTS.c.until.is_(None),)))
        ordered = query.order_by(*self._byte_order())
        # Who stops early leaves no cursor open on the server.
        with self.session.execute(ordered.execution_options(yield_per=_ROWS_AT_ONCE)) as result:
            yield from map(_fact, result)

    def _byte_order(self) -> tuple[ColumnElement[str], ...]:
        """Order as Python does: who joins two streams must not depend on a database's collation."""
        columns = (_FACTS.c.component, _FACTS.c.environment, _FACTS.c.field)
        if self.session.get_bind().dialect.name != "postgresql":
            return columns  # SQLite compares bytes
        return tuple(column.collate("C") for column in columns)

    def insert(self, facts: Sequence[Fact]) -> None:
        """Write facts that hold from now on."""
        for some in _batches(facts):
            self._uow.execute(_FACTS.insert(), [_columns(fact) for fact in some])

    def end(self, facts: Sequence[Fact], at: datetime) -> None:
        """Say that facts, as they were read, hold no longer."""
        for some in _batches(facts):
            self._uow.execute(_END, [{**_this_one(fact), "ended_at": at} for fact in some])

    def see(self, facts: Sequence[Fact], at: datetime, source: str) -> None:
        """Say that facts, as they were read, were confirmed, and by whom."""
        for some in _batches(facts):
            self._uow.execute(_SEE, [{**_this_one(fact), "at": at, "told_by": source} for fact in some])


def _held(moment: datetime) -> tuple[ColumnElement[bool], ...]:
    return _FACTS.c.since <= moment, _FACTS.c.until.is_(None) | (_FACTS.c.until > moment)


def _batches(facts: Sequence[Fact]) -> Iterable[Sequence[Fact]]:
    return (facts[start : start + _ROWS_AT_ONCE] for start in range(0, len(facts), _ROWS_AT_ONCE))


def _key(subject: FactSubject, side: Side) -> Mapping[str, object]:
    return {"component": subject.component, "environment": subject.environment, "side": side}


def _this_one(fact: Fact) -> Mapping[str, object]:
    return {
        "of_component": fact.subject.component,
        "of_environment": fact.subject.environment,
        "of_side": fact.side,
        "of_field": fact.field,
        "of_since": fact.since,
    }


def _columns(fact: Fact) -> Mapping[str, object]:
    return {
        "component": fact.subject.component,
        "environment": fact.subject.environment,
        "side": fact.side,
        "field": fact.field,
        "since": fact.since,
        "until": fact.until,
        "seen_at": fact.seen_at,
        "value": fact.value,
        "source": fact.source,
    }


def _fact(row: FactRow | Any) -> Fact:
    return Fact(
        subject=FactSubject(row.component, row.environment),
        side=Side(row.side),
        field=row.field,
        value=cast(FactValue, row.value),
        source=row.source,
        since=row.since,
        seen_at=row.seen_at,
        until=row.until,
    )
