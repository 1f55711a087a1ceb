"""Which coverage reports are joined for which rule, and how that is kept with a verdict's inputs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tidegate.domain.coverage_joins import (
    CoverageJoins,
    Joins,
    join_for,
    join_reports,
    joins_from_document,
    joins_to_document,
)
from tidegate.domain.effective_reports import EffectiveReport, effective_reports
from tidegate.domain.evidence import Evidence, Subject
from tidegate.domain.gate_documents import draft_of
from tidegate.domain.gates import Gate
from tidegate.domain.inheritance import complete
from tidegate.domain.judging import judge
from tidegate.domain.measures import Kind
from tidegate.domain.replays import Inputs, replay
from tidegate.domain.source_lines import SourceFile, SourceLines
from tidegate.domain.states import State
from tidegate.domain.verdicts import Verdict

AT = datetime(2026, 11, 28, tzinfo=UTC)
SUBJECT = Subject("harbour", "a" * 40)
LINES = {
    "one": SourceLines("lcov", {"a.c": SourceFile(0b1111, 0b0011)}),
    "two": SourceLines("jacoco", {"a.c": SourceFile(0b1111, 0b1100)}),
    "three": SourceLines("lcov", {"b.c": SourceFile(0b1111, 0b0001)}),
}


def evidence(slot: str, *, format: str = "lcov", **more: object) -> Evidence:
    (only,) = LINES[slot].files.values()
    measures = {
        "coverage.lines_covered": only.hits.bit_count(),
        "coverage.lines_total": 4,
        "coverage.files": 1,
    }
    facts: dict[str, Any] = {"measures": measures, "taken_at": AT} | more
    return Evidence(f"sha256:{slot}", slot, Kind.COVERAGE, format, format, **facts)


ONE, TWO, THREE = evidence("one"), evidence("two", format="jacoco"), evidence("three")


def gate(*rules: tuple[str, str]) -> Gate:
    listed = "".join(
        f"\n  - id: r{number}\n    that: {that}\n    needs: [{needs}]"
        for number, (that, needs) in enumerate(rules)
    )
    return complete(draft_of(f"name: release\nrules:{listed}\n"))


def lines_of(one: Evidence) -> SourceLines | None:
    return LINES.get(one.slot)


def joined(of: Gate, *reports: Evidence) -> Joins:
    return join_for(of, reports, AT, lambda chosen: join_reports(chosen, lines_of))


def judged(of: Gate, *reports: Evidence) -> Verdict:
    return judge(of, reports, (), AT, SUBJECT, joined(of, *reports))


class TestJoining:
    def test_is_done_once_for_each_choice_of_reports_that_a_rule_measures(self) -> None:
        of = gate(
            ("coverage.line_rate >= 0.5", "coverage"),
            ("coverage.files > 0", "coverage"),
            ("coverage.line_rate >= 0.1", "coverage/lcov"),
            ("coverage.line_rate >= 0.1", "coverage/jacoco"),
            ("tool.ran", "coverage"),
        )
        joins = joined(of, ONE, TWO, THREE)
        assert sorted(map(len, joins)) == [2, 3]
        rates = [rule.measured.get("coverage.line_rate") for rule in judged(of, ONE, TWO, THREE).rules]
        assert rates == [5 / 8, None, 3 / 8, 0.5, None]

    def test_is_not_done_where_nothing_is_measured(self) -> None:
        assert joined(gate(("tool.ran", "coverage")), ONE, TWO) == {}
        assert joined(gate(("coverage.files > 0", "coverage")), ONE) == {}

    def test_takes_no_lines_of_a_report_that_cannot_be_believed(self) -> None:
        broken = evidence("two", format="jacoco", ran=False, why_not="It was cut")
        verdict = judged(gate(("coverage.line_rate >= 0.5", "coverage")), ONE, broken)
        assert verdict.state is State.ERROR
        assert verdict.rules[0].measured == {"coverage.line_rate": 2 / 6} and verdict.rules[0].warnings == ()


class TestAVerdict:
    GATE = gate(("coverage.line_rate >= 0.9", "coverage"))

    def test_counts_each_line_once(self) -> None:
        verdict = judged(self.GATE, ONE, TWO)
        assert verdict.passed and verdict.rules[0].warnings == ()

    def test_without_lines_counts_the_least_and_says_so(self) -> None:
        rule = judge(self.GATE, [ONE, TWO], (), AT, SUBJECT).rules[0]
        assert rule.measured == {"coverage.line_rate": 2 / 6}
        assert "lcov (sha256:one), jacoco (sha256:two) could not be joined" in rule.warnings[0]
        assert rule.reason.endswith(rule.warnings[0])
        assert rule.to_document()["warnings"] == list(rule.warnings)

    def test_does_not_depend_on_the_order_of_reports(self) -> None:
        assert judged(self.GATE, ONE, TWO, THREE) == judged(self.GATE, THREE, TWO, ONE)

    def test_is_made_again_from_its_inputs_without_the_lines(self) -> None:
        joins = joined(self.GATE, ONE, TWO)
        inputs = Inputs.of(self.GATE, [ONE, TWO], (), AT, SUBJECT, joins)
        assert replay(inputs.to_document()).canonical() == judged(self.GATE, ONE, TWO).canonical()
        assert joins_from_document(joins_to_document(joins)) == joins

    @pytest.mark.parametrize(
        "document",
        [
            {"reports": "x", "values": {}, "notes": {}},
            {"reports": [], "values": [], "notes": {}},
            {"reports": [], "values": {"coverage.files": "1"}, "notes": {}},
        ],
    )
    def test_of_other_inputs_is_refused(self, document: dict[str, object]) -> None:
        with pytest.raises(TypeError):
            joins_from_document([document])


class TestRemembering:
    def test_joins_the_same_reports_once_and_forgets_the_oldest(self) -> None:
        asked: list[str] = []

        def counting(one: Evidence) -> SourceLines | None:
            asked.append(one.slot)
            return lines_of(one)

        joins = CoverageJoins()
        joins.MOST = 1
        pairs: list[tuple[EffectiveReport, ...]] = [
            effective_reports([ONE, TWO], AT),
            effective_reports([ONE, THREE], AT),
        ]
        for reports in (pairs[0], pairs[0], pairs[1], pairs[0]):
            assert joins.get(reports, counting) == join_reports(reports, lines_of)
        assert len(asked) == 6
