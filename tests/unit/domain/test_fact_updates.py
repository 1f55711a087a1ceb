"""Tests of what telling facts does to those that hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tidegate.domain.fact_updates import FactUpdate, same_value, too_late, update_facts, withdraw_facts
from tidegate.domain.facts import Fact, FactChange, FactSubject, FactValue, Side, Statement

HARBOUR = FactSubject("harbour", "production")
NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def held(value: FactValue = "1.0", *, source: str = "probe") -> Fact:
    return Fact(HARBOUR, Side.OBSERVED, "version", value, source, since=NOON, seen_at=NOON)


def told(value: FactValue, *known: Fact, at: datetime = NOON + MINUTE, source: str = "probe") -> FactUpdate:
    holds = {(fact.subject, fact.field): fact for fact in known}
    statements = [Statement(HARBOUR, "version", value)]
    return update_facts(holds, statements, side=Side.OBSERVED, source=source, at=at)


class TestUpdateFacts:
    def test_a_new_value_begins(self) -> None:
        update = told("1.0")
        assert [fact.value for fact in update.begun] == ["1.0"]
        assert update.changes == [FactChange(HARBOUR, "version", None, "1.0")]
        assert not update.ended

    def test_another_value_ends_the_one_before(self) -> None:
        update = told("1.1", held())
        assert update.ended == [held()]
        assert update.begun[0].since == NOON + MINUTE
        assert update.changes == [FactChange(HARBOUR, "version", "1.0", "1.1")]

    def test_the_same_value_is_confirmed(self) -> None:
        update = told("1.0", held())
        assert update.confirmed == [held()]
        assert not update.changes

    def test_a_confirmation_right_after_another_is_not_written(self) -> None:
        update = told("1.0", held(), at=NOON + timedelta(seconds=1))
        assert update == FactUpdate()

    def test_another_source_is_written_at_once(self) -> None:
        update = told("1.0", held(), at=NOON + timedelta(seconds=1), source="deployment")
        assert update.confirmed == [held()]

    @pytest.mark.parametrize("value", ["1.0", "1.1"])
    def test_what_is_older_than_what_is_known_changes_nothing(self, value: str) -> None:
        update = told(value, held(), at=NOON - MINUTE)
        assert [one.value for one in update.too_late] == [value]
        assert not update.begun and not update.ended

    def test_of_two_values_of_one_moment_the_first_stays(self) -> None:
        assert told("1.1", held(), at=NOON).too_late

    def test_of_a_field_that_is_told_twice_the_last_value_counts(self) -> None:
        statements = [Statement(HARBOUR, "version", "1"), Statement(HARBOUR, "version", "2")]
        update = update_facts({}, statements, side=Side.DECLARED, source="x", at=NOON)
        assert [fact.value for fact in update.begun] == ["2"]


class TestSameValue:
    def test_true_is_not_one(self) -> None:
        assert not same_value(True, 1)
        assert same_value(1, 1.0)


class TestTooLate:
    def test_is_what_begins_before_the_last_value_ended(self) -> None:
        ended = replace(held(), until=NOON + MINUTE)
        assert too_late(held(), ended)
        assert not too_late(replace(held(), since=NOON + MINUTE), ended)

    def test_is_nothing_where_no_value_has_ended(self) -> None:
        assert not too_late(held(), None)
        assert not too_late(held(), held())


class TestWithdrawFacts:
    def test_leaves_no_value(self) -> None:
        update = withdraw_facts([held()])
        assert update.changes == [FactChange(HARBOUR, "version", "1.0", None)]
        assert update.ended == [held()]
