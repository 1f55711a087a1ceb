"""The same report under two names is one report: it counts once, and the verdict says so."""

from __future__ import annotations

import dataclasses

from tests.unit.domain.samples import NOON, SUBJECT, gate, report, rule, suite
from tidegate.domain.asked_items import ReportSummary, asked_items
from tidegate.domain.counted_reports import CountedReports
from tidegate.domain.evidence import Evidence, ToolRun
from tidegate.domain.findings import Case, Outcome
from tidegate.domain.gates import Need
from tidegate.domain.judging import judge, judge_counted
from tidegate.domain.measures import Kind
from tidegate.domain.shown_verdicts import ShownVerdict
from tidegate.domain.states import State
from tidegate.domain.verdicts import RuleVerdict

ENOUGH = rule("tests.passed >= 5")


def _copy(one: Evidence, slot: str, **other: object) -> Evidence:
    return dataclasses.replace(one, slot=slot, **other)  # type: ignore[arg-type]  # fields of evidence


def _judged(*evidence: Evidence, of: dict[str, object] = ENOUGH) -> RuleVerdict:
    (found,) = judge(gate(of), evidence, (), NOON, SUBJECT).rules
    return found


class TestCopies:
    def test_count_once(self) -> None:
        one = suite(passed=4, slot="a.xml")
        found = _judged(one, _copy(one, "b.xml"))
        assert (found.state, found.measured) == (State.FAIL, {"tests.passed": 4})

    def test_are_named_in_the_verdict(self) -> None:
        one = suite(slot="a.xml")
        found = _judged(one, _copy(one, "c.xml"), _copy(one, "b.xml"))
        note = "a.xml, b.xml and c.xml are one and the same report, which counts once."
        assert found.warnings == (note,)
        assert found.reason.endswith(note)

    def test_are_named_by_the_first_few_where_there_are_many(self) -> None:
        one = suite(slot="00")
        found = _judged(one, *(_copy(one, f"{number:02}") for number in range(1, 20)))
        note = "00, 01, 02 and 17 others are one and the same report, which counts once."
        assert found.warnings == (note,)

    def test_that_are_of_another_format_count_beside_each_other(self) -> None:
        one = suite(passed=4, slot="a.xml")
        found = _judged(one, _copy(one, "b.xml", format="other"))
        assert (found.measured, found.warnings) == ({"tests.passed": 8}, ())

    def test_of_findings_count_each_since_two_packages_may_have_the_same(self) -> None:
        one = report(Kind.DEPENDENCIES, {"findings.total": 2, "dependencies.total": 5}, slot="a.json")
        found = _judged(
            one,
            _copy(one, "b.json"),
            of=rule("findings.total <= 2 && dependencies.total >= 6", "dependencies"),
        )
        assert found.measured == {"findings.total": 4, "dependencies.total": 5}
        note = "a.json and b.json are one and the same report: its findings count each time, all else once."
        assert found.warnings == (note,)

    def test_that_several_tools_share_count_tool_by_tool(self) -> None:
        runs = (
            ToolRun(Kind.DEPENDENCIES, "trivy", {"findings.total": 1, "dependencies.total": 3}),
            ToolRun(Kind.DEPENDENCIES, "grype", {"findings.total": 2, "dependencies.total": 4}),
        )
        one = dataclasses.replace(report(Kind.DEPENDENCIES, slot="a.sarif"), runs=runs)
        of = rule("findings.total == 0 && dependencies.total > 0", "dependencies")
        assert _judged(one, _copy(one, "b.sarif"), of=of).measured == {
            "findings.total": 6,
            "dependencies.total": 7,
        }

    def test_one_that_is_too_old_makes_the_rule_stale(self) -> None:
        one = suite(slot="a.xml", hours_old=1)
        old = _copy(one, "b.xml", taken_at=suite(hours_old=30).taken_at)
        assert _judged(one, old, of={**ENOUGH, "max_age": "24h"}).state is State.STALE

    def test_one_counts_on_where_another_was_replaced(self) -> None:
        one = suite(slot="a.xml", hours_old=1)
        rerun = suite(slot="a.xml", hours_old=0.5, passed=3)
        before = _copy(one, "b.xml", taken_at=suite(hours_old=2).taken_at)
        assert _judged(one, rerun, before).measured == {"tests.passed": 13}
        broken = dataclasses.replace(rerun, ran=False)
        found = _judged(one, broken, before)
        assert (found.state, found.measured) == (State.ERROR, {"tests.passed": 13})

    def test_that_cannot_be_read_are_each_named(self) -> None:
        one = report(Kind.TESTS, slot="a.xml", unreadable="it is empty")
        found = _judged(one, _copy(one, "b.xml"))
        assert (found.state, found.warnings) == (State.UNREADABLE, ())
        assert "a.xml" in found.reason
        assert "b.xml" in found.reason

    def test_that_are_added_later_count_once_too(self) -> None:
        one = suite(passed=4, slot="b.xml")
        needs = (Need(Kind.TESTS),)
        for slot in ("a.xml", "c.xml"):
            counted = CountedReports.of([one], revision=SUBJECT.revision)
            assert counted.select(needs).values(()) == {}
            added = counted.with_slots([_copy(one, slot)])
            (found,) = judge_counted(gate(ENOUGH), added, (), NOON, SUBJECT).rules
            assert found == _judged(one, _copy(one, slot))
            assert found.measured == {"tests.passed": 4}


def test_a_failing_test_of_copies_is_named_once() -> None:
    one = suite(1, passed=4, slot="a.xml")
    verdict = judge(gate(rule("tests.failed == 0")), [one, _copy(one, "b.xml")], (), NOON, SUBJECT)
    (shown,) = ShownVerdict.of(verdict.to_document()).rules
    case = Case("suite", "sinks", Outcome.FAILED, 0.1, detail="")
    reports = [ReportSummary(path, one.digest, "tests: junit", cases=(case,)) for path in ("a.xml", "b.xml")]
    assert list(asked_items(shown, reports, 5).lines()) == ["suite sinks"]
