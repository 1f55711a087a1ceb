"""Facts that modules record, many at once and mostly confirmed, on both databases."""

from __future__ import annotations

from datetime import datetime, timedelta

from tests.support.api import START
from tidegate.domain.fact_updates import SEEN_STEP
from tidegate.domain.facts import Fact, FactSubject, FactValue, Side, Statement
from tidegate.kernel.container import Work
from tidegate.modules.facts.service import FactService

_HARBOUR, _CRANE = FactSubject("harbour", "production"), FactSubject("crane", "production")


def record(work: Work, at: datetime, *values: FactValue, source: str = "probe") -> None:
    statements = [Statement(subject, "version", value) for subject in (_HARBOUR, _CRANE) for value in values]
    work.use(FactService).record(Side.OBSERVED, statements, source=source, at=at)


def held(work: Work, subject: FactSubject = _HARBOUR) -> Fact:
    (fact,) = work.use(FactService).current(subject, Side.OBSERVED)
    return fact


class TestRecord:
    def test_writes_what_is_confirmed_no_more_often_than_its_resolution(self, work: Work) -> None:
        record(work, START, "1.4")
        record(work, START + SEEN_STEP - timedelta(seconds=1), "1.4")
        assert held(work).seen_at == START
        later = START + SEEN_STEP
        record(work, later, "1.4")
        for subject in (_HARBOUR, _CRANE):
            assert held(work, subject) == Fact(
                subject, Side.OBSERVED, "version", "1.4", "probe", since=START, seen_at=later
            )

    def test_takes_the_last_of_values_that_are_told_of_one_field(self, work: Work) -> None:
        record(work, START, "1.4")
        later = START + timedelta(seconds=1)
        record(work, later, "1.4", "1.5", "1.4")
        assert (held(work).value, held(work).since) == ("1.4", START)
        record(work, later, "1.4", "1.5")
        assert (held(work).value, held(work).since) == ("1.5", later)

    def test_tells_a_truth_from_the_number_one(self, work: Work) -> None:
        record(work, START, True)
        record(work, START + timedelta(seconds=1), 1)
        assert held(work).value is not True

    def test_notes_another_source_that_says_the_same(self, work: Work) -> None:
        record(work, START, "1.4")
        record(work, START + timedelta(seconds=1), "1.4", source="pipeline")
        assert (held(work).source, held(work).since) == ("pipeline", START)

    def test_keeps_what_is_known_from_what_comes_too_late(self, work: Work) -> None:
        record(work, START, "1.4")
        record(work, START - timedelta(seconds=1), "1.4")
        record(work, START - timedelta(seconds=1), "1.3")
        assert (held(work).value, held(work).seen_at) == ("1.4", START)
