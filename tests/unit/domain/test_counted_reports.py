"""What counts is the same whether it was kept and added to, or found anew: to the last byte of a verdict."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.domain.samples import NOON, SUBJECT, gate, suite
from tidegate.domain.counted_reports import CountedReports
from tidegate.domain.effective_reports import effective_reports
from tidegate.domain.evidence import Evidence, ToolRun
from tidegate.domain.gates import Need
from tidegate.domain.judging import judge, judge_counted
from tidegate.domain.measures import Kind, Value

REVISION = SUBJECT.revision
GATE = gate(
    {"id": "pass", "that": "tests.failed == 0 && tests.passed > 0", "needs": ["tests"], "max_age": "2h"},
    {"id": "quick", "that": "tests.duration < 1.0", "needs": ["tests/pytest"]},
    {"id": "clean", "that": "findings.total == 0", "needs": ["lint", "sast"], "max_age": "90m"},
    {"id": "all", "that": "tool.ran", "needs": ["tests", "lint"]},
)

_MEASURES: st.SearchStrategy[dict[str, Value]] = st.fixed_dictionaries(
    {"tests.failed": st.integers(-1, 3), "tests.passed": st.integers(0, 2**40)},
    optional={"tests.duration": st.floats(0, 1e6), "findings.total": st.integers(0, 2)},
)


@st.composite
def _reports(draw: st.DrawFn) -> Evidence:
    one = suite(
        slot=draw(st.sampled_from("abcdef")),
        hours_old=draw(st.sampled_from([-0.05, 0, 1, 1.75, 3])),
        ran=draw(st.booleans()),
    )
    tool = draw(st.sampled_from(["pytest", "jest"]))
    runs = (
        ToolRun(Kind.TESTS, "pytest", draw(_MEASURES)),
        ToolRun(Kind.LINT, "ruff", draw(_MEASURES), ran=draw(st.booleans())),
    )
    return dataclasses.replace(
        one,
        digest=draw(st.sampled_from(["sha256:" + each * 64 for each in "0123"])),
        kind=draw(st.sampled_from([Kind.TESTS, Kind.LINT, Kind.ANALYSIS, None])),
        tool=tool,
        measures=draw(_MEASURES),
        unreadable=draw(st.sampled_from([None, None, None, "it is cut off"])),
        runs=draw(st.sampled_from([(), (), runs])),
    )


@given(st.lists(_reports(), max_size=12), st.integers(0, 12))
def test_adding_gives_the_verdict_of_all_byte_for_byte(reports: list[Evidence], first: int) -> None:
    slots: dict[str, list[Evidence]] = {}
    for one in reports[:first]:
        slots.setdefault(one.slot, []).append(one)
    counted = CountedReports.of(reports[:first], revision=REVISION)
    for one in reports[first:]:
        slots.setdefault(one.slot, []).append(one)
        counted.select((Need(Kind.TESTS),))  # what has been found already is not found again
        counted = counted.with_slots(slots[one.slot])
        assert counted.hold_at(NOON)
        assert counted.slots == slots.keys()
    assert counted.reports == effective_reports(reports, NOON, revision=REVISION)
    expected = judge(GATE, reports, (), NOON, SUBJECT).canonical()
    assert judge_counted(GATE, counted, (), NOON, SUBJECT).canonical() == expected


class TestHoldAt:
    def test_not_while_a_report_is_dated_ahead_of_the_clock(self) -> None:
        counted = CountedReports.of([suite(), suite(slot="late", hours_old=-1)], revision=REVISION)
        assert not counted.hold_at(NOON)
        assert counted.hold_at(NOON + timedelta(minutes=55))


class TestSelect:
    def test_is_found_once(self) -> None:
        counted = CountedReports.of([suite()], revision=REVISION)
        assert counted.select((Need(Kind.TESTS),)) is counted.select((Need(Kind.TESTS),))

    def test_leaves_behind_what_nobody_asks_for_any_more(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(CountedReports, "MOST", 0)
        counted = CountedReports.of([suite()], revision=REVISION)
        before = counted.select((Need(Kind.LINT),))
        more = counted.with_slots([suite(slot="other")])
        assert more.select((Need(Kind.LINT),)) is not before

    def test_is_carried_on_where_nothing_is_added_to_it(self) -> None:
        counted = CountedReports.of([suite()], revision=REVISION)
        before = counted.select((Need(Kind.LINT),))
        assert counted.with_slots([suite(slot="other")]).select((Need(Kind.LINT),)) is before
