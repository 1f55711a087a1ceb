"""A verdict passes only what was measured and holds, says why, and depends on nothing but its inputs."""

from __future__ import annotations

import dataclasses
import math
from datetime import UTC, datetime, timedelta, timezone
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.domain.samples import NOON, SUBJECT, gate, report, rule, suite, waiver
from tidegate.domain.evidence import Evidence, Subject, ToolRun
from tidegate.domain.gates import Gate, On
from tidegate.domain.judging import judge
from tidegate.domain.measures import Kind, Value
from tidegate.domain.states import State
from tidegate.domain.verdicts import ReportFault, RuleVerdict, Verdict
from tidegate.domain.waivers import Waiver

FAILED = rule("tests.failed == 0", max_age="24h")


def _judge(gate_: Gate, *evidence: Evidence, waivers: tuple[Waiver, ...] = ()) -> Verdict:
    return judge(gate_, evidence, waivers, NOON, SUBJECT)


def _rule(
    *evidence: Evidence, of: dict[str, object] = FAILED, waivers: tuple[Waiver, ...] = ()
) -> RuleVerdict:
    (only,) = _judge(gate(of), *evidence, waivers=waivers).rules
    return only


def _fault(*evidence: Evidence, of: dict[str, object] = FAILED) -> ReportFault:
    (only,) = _judge(gate(of), *evidence).faults
    return only


class TestPassAndFail:
    def test_passes_what_holds(self) -> None:
        found = _rule(suite())
        assert (found.state, found.blocks, found.change) == (State.PASS, False, None)
        assert found.measured == {"tests.failed": 0}
        assert found.reason == "It holds: tests.failed is 0."

    def test_fails_what_does_not_and_says_what_would_pass(self) -> None:
        found = _rule(suite(failed=3))
        assert (found.state, found.blocks) == (State.FAIL, True)
        assert found.reason == "Required: tests.failed is 0. Measured: tests.failed is 3."
        assert found.change == "fix 3 failing tests"

    def test_counts_behind_a_rate_are_known_to_the_change(self) -> None:
        shown = _rule(
            report(Kind.COVERAGE, {"coverage.lines_total": 1200, "coverage.lines_covered": 1062}),
            of=rule("coverage.line_rate >= 0.9", "coverage"),
        )
        assert shown.measured == {"coverage.line_rate": 0.885}
        assert shown.change is not None and "(18 more of 1200 lines covered)" in shown.change

    def test_names_the_evidence_by_digest(self) -> None:
        mine, other = suite(), report(Kind.LINT, {"findings.total": 0})
        assert _rule(mine, other).evidence == (mine.digest,)

    def test_a_constant_holds_or_not(self) -> None:
        assert _rule(suite(), of=rule("true")).reason == "It always holds."
        assert _rule(suite(), of=rule("false")).reason == "Required: `false` is true. It never holds."

    def test_a_warning_is_shown_and_does_not_block(self) -> None:
        verdict = _judge(gate(FAILED, rule("tests.passed > 100", id="w", on="warn")), suite())
        assert verdict.passed
        assert (verdict.rules[1].state, verdict.rules[1].on, verdict.rules[1].blocks) == (
            State.FAIL,
            On.WARN,
            False,
        )

    def test_the_gates_state_is_the_worst_that_blocks(self) -> None:
        verdict = _judge(gate(FAILED, rule("findings.total == 0", "lint", id="l")), suite(failed=1))
        assert [r.state for r in verdict.rules] == [State.FAIL, State.MISSING]
        assert verdict.state is State.MISSING


class TestNothingUnmeasuredPasses:
    def test_no_evidence_is_missing(self) -> None:
        found = _rule()
        assert found.state is State.MISSING
        assert found.reason == "There is no evidence of tests."
        assert found.change == "submit a report of tests"

    def test_evidence_of_another_tool_is_missing(self) -> None:
        found = _rule(
            report(Kind.LINT, {"findings.total": 0}, tool="pylint"),
            of=rule("findings.total == 0", "lint/flake8"),
        )
        assert (found.state, found.reason) == (State.MISSING, "There is no evidence of lint/flake8.")

    def test_each_need_must_be_met(self) -> None:
        found = _rule(suite(), of=rule("tests.failed == 0", "tests", "lint/flake8", "coverage"))
        assert found.reason == "There is no evidence of coverage. There is no evidence of lint/flake8."
        assert found.change == "submit a report of coverage, lint/flake8"

    def test_a_measure_that_is_not_given_is_missing(self) -> None:
        found = _rule(suite(), of=rule("tests.flaky == 0"))
        assert found.state is State.MISSING
        assert found.reason == "tests.flaky is not measured: tool (sample) does not give it."
        assert found.change == "submit a report that gives tests.flaky"

    def test_half_a_sum_is_missing(self) -> None:
        found = _rule(suite(slot="a"), report(Kind.TESTS, {"tests.total": 3}, tool="other", slot="b"))
        assert found.reason == "tests.failed is not measured: other (sample) does not give it."

    def test_a_missing_alternative_is_missing_too(self) -> None:
        assert _rule(suite(), of=rule("tests.failed == 0 || tests.flaky == 0")).state is State.MISSING

    def test_unrated_findings_are_not_none_of_high_severity(self) -> None:
        found = _rule(report(Kind.LINT, {"findings.total": 0}), of=rule("findings.high == 0", "lint"))
        assert (
            found.reason
            == "findings.high is not measured: tool (sample) does not say how bad every finding is."
        )

    def test_new_findings_need_a_baseline(self) -> None:
        found = _rule(report(Kind.LINT, {"findings.total": 0}), of=rule("findings.new.total == 0", "lint"))
        assert "was not compared with a baseline" in found.reason

    def test_a_rate_of_nothing_is_missing(self) -> None:
        nothing = report(Kind.COVERAGE, {"coverage.lines_total": 0, "coverage.lines_covered": 0})
        found = _rule(nothing, of=rule("coverage.line_rate >= 0.0", "coverage"))
        assert found.state is State.MISSING
        assert found.reason.endswith("its denominator, coverage.lines_total, is 0.")

    def test_a_rate_in_the_report_does_not_replace_the_counts(self) -> None:
        claimed = report(Kind.COVERAGE, {"coverage.line_rate": 1.0})
        assert _rule(claimed, of=rule("coverage.line_rate >= 0.9", "coverage")).state is State.MISSING

    def test_scope_is_what_the_rule_needs(self) -> None:
        lint = report(Kind.LINT, {"findings.total": 0}, tool="flake8")
        pylint = report(Kind.LINT, {"findings.total": 5}, tool="pylint", slot="p")
        sast = report(Kind.SAST, {"findings.total": 7})
        for needs, total in ((["lint/flake8"], 0), (["lint"], 5), (["lint", "sast"], 12), (["sast"], 7)):
            found = _rule(lint, pylint, sast, of=rule("findings.total == 0", *needs))
            assert found.measured == {"findings.total": total}


class TestBrokenReports:
    def test_an_unreadable_report_blocks(self) -> None:
        found = _rule(suite(), report(Kind.TESTS, unreadable="it is cut short.", slot="b"))
        assert (found.state, found.found) == (State.UNREADABLE, (State.UNREADABLE,))
        assert found.reason.startswith("b (sha256:") and found.reason.endswith(") cannot be read.")
        assert found.change == "submit a readable report in its place"

    def test_the_cause_is_said_once_and_not_under_each_rule(self) -> None:
        both = gate(FAILED, rule("tests.errors == 0", "tests", id="e"))
        broken = report(Kind.TESTS, unreadable="it is cut short", slot="b")
        verdict = _judge(both, suite(), broken)
        assert verdict.faults == (ReportFault(broken.digest, "b", State.UNREADABLE, "it is cut short."),)
        assert all("cut short" not in each.reason for each in verdict.rules)

    def test_a_report_that_no_rule_speaks_of_is_no_fault_of_the_verdict(self) -> None:
        assert _judge(gate(FAILED), suite(), report(Kind.LINT, unreadable="it is cut short")).faults == ()

    def test_an_unreadable_report_does_not_hide_that_the_others_fail(self) -> None:
        found = _rule(suite(failed=2), report(None, unreadable="nobody knows it", slot="b"))
        assert found.found == (State.UNREADABLE, State.FAIL)
        assert found.reason.endswith("Required: tests.failed is 0. Measured: tests.failed is 2.")
        assert found.change == "submit a readable report in its place; fix 2 failing tests"

    def test_a_report_of_no_known_kind_blocks_every_rule(self) -> None:
        both = gate(FAILED, rule("findings.total == 0", "lint", id="l"))
        broken = report(None, unreadable="nobody knows it")
        verdict = _judge(both, suite(), report(Kind.LINT, {"findings.total": 0}), broken)
        assert [r.state for r in verdict.rules] == [State.UNREADABLE, State.UNREADABLE]

    def test_a_report_without_a_kind_is_unreadable_even_where_it_does_not_say_so(self) -> None:
        found = _rule(suite(), report(None))
        assert found.state is State.UNREADABLE
        assert "not even the kind" in _fault(suite(), report(None)).reason

    def test_a_report_of_no_known_kind_meets_no_need(self) -> None:
        assert _rule(report(None, unreadable="x")).found == (State.UNREADABLE, State.MISSING)

    def test_a_tool_that_did_not_run_is_an_error(self) -> None:
        idle = suite(ran=False, why_not="no test was collected.")
        found = _rule(idle)
        assert (found.state, found.found) == (State.ERROR, (State.ERROR,))
        assert found.reason.endswith(") cannot be counted on.")
        assert _fault(idle).reason == "tool (sample) did not do its work: no test was collected."
        assert found.change == "run the tool again so that it does its work, and submit its report"

    def test_a_tool_that_did_not_run_needs_to_give_no_reason(self) -> None:
        assert "its report says so" in _fault(report(Kind.TESTS, ran=False)).reason

    def test_numbers_of_a_tool_that_did_not_run_still_count_against(self) -> None:
        assert _rule(suite(failed=2, ran=False)).found == (State.ERROR, State.FAIL)

    def test_a_report_from_the_future_is_an_error(self) -> None:
        found = _rule(suite(hours_old=-1))
        assert found.state is State.ERROR
        reason = _fault(suite(hours_old=-1)).reason
        assert "is dated 2026-01-31T13:00:00.000Z, which is still to come: set right the clock" in reason

    def test_a_report_from_the_future_blocks_beside_the_one_that_came_after_it(self) -> None:
        ahead, after = suite(hours_old=-1, failed=2), suite(hours_old=0)
        assert ahead.slot == after.slot
        found = _rule(ahead, after)
        assert found.state is State.ERROR
        assert _fault(ahead, after).reason.endswith(
            "it blocks until then, and only a report of a later time takes its place."
        )
        later = suite(hours_old=-1.01)
        (rule_then,) = judge(
            gate(FAILED), [ahead, after, later], (), NOON + timedelta(hours=2), SUBJECT
        ).rules
        assert rule_then.state is State.PASS

    def test_a_clock_may_be_five_minutes_ahead(self) -> None:
        assert _rule(suite(hours_old=-5 / 60)).state is State.PASS
        assert _rule(suite(hours_old=-5.1 / 60)).state is State.ERROR

    @pytest.mark.parametrize("value", [-1, math.nan, math.inf, 1.0, True, 2**60])
    def test_an_impossible_value_is_an_error(self, value: Value) -> None:
        impossible = report(Kind.TESTS, {"tests.failed": value})
        assert _rule(impossible).state is State.ERROR
        assert f"gives tests.failed = {value}, which is no possible value" in _fault(impossible).reason

    @pytest.mark.parametrize("value", [-0.5, math.nan, math.inf, False, -1, 1e300])
    def test_so_it_is_for_numbers_with_a_point(self, value: Value) -> None:
        of = rule("tests.duration < 9.0")
        assert _rule(report(Kind.TESTS, {"tests.duration": value}), of=of).state is State.ERROR

    def test_a_whole_number_will_do_for_a_number_with_a_point(self) -> None:
        found = _rule(report(Kind.TESTS, {"tests.duration": 3}), of=rule("tests.duration < 9.0"))
        assert found.state is State.PASS

    def test_measures_that_are_not_declared_are_ignored(self) -> None:
        assert _rule(report(Kind.TESTS, {"tests.failed": 0, "tests.funny": -3})).state is State.PASS

    def test_an_expression_without_an_answer_is_an_error(self) -> None:
        found = _rule(suite(), of=rule("10 / tests.failed > 1"))
        assert (found.state, found.change) == (State.ERROR, "fix the rule's expression")
        assert "cannot be answered: divide by zero" in found.reason

    def test_only_some_of_many_reasons_are_reported(self) -> None:
        many = [report(Kind.TESTS, unreadable=f"fault {n}", slot=str(n)) for n in range(8)]
        assert _rule(*many).reason.endswith("And 3 more of the kind.")

    def test_a_reports_own_words_are_cut_and_cleaned(self) -> None:
        assert len(_fault(report(Kind.TESTS, tool="a\udc80", unreadable="x\n" * 900)).reason) < 400
        assert _judge(gate(FAILED), report(Kind.TESTS, tool="a\udc80", unreadable="\ud800")).canonical()


class TestStale:
    def test_evidence_that_is_too_old_is_stale(self) -> None:
        found = _rule(suite(hours_old=24.1))
        assert (found.state, found.found) == (State.STALE, (State.STALE,))
        assert found.reason.endswith("was taken at 2026-01-30T11:54:00.000Z; 1d is allowed.")
        assert found.change == "run the tool again and submit its report"

    def test_the_very_age_is_allowed(self) -> None:
        assert _rule(suite(hours_old=24)).state is State.PASS

    def test_without_an_age_nothing_is_stale(self) -> None:
        assert _rule(suite(hours_old=99_999), of=rule("tests.failed == 0")).state is State.PASS

    def test_stale_evidence_that_fails_is_both(self) -> None:
        assert _rule(suite(failed=1, hours_old=48)).found == (State.STALE, State.FAIL)


class TestSlots:
    def test_the_newest_of_a_slot_counts(self) -> None:
        assert _rule(suite(failed=1, hours_old=2), suite(hours_old=1)).state is State.PASS
        assert _rule(suite(failed=1, hours_old=1), suite(hours_old=2)).state is State.FAIL

    def test_slots_count_together(self) -> None:
        found = _rule(suite(failed=1, slot="a"), suite(failed=2, slot="b"))
        assert found.measured == {"tests.failed": 3}

    def test_a_repaired_report_takes_the_place_of_a_broken_one(self) -> None:
        broken = report(None, unreadable="x", slot="tests", hours_old=2)
        assert _rule(broken, suite(hours_old=1)).state is State.PASS

    def test_a_broken_report_takes_no_good_ones_place(self) -> None:
        found = _rule(suite(failed=1, hours_old=2), report(Kind.LINT, ran=False, slot="tests"))
        assert found.state is State.FAIL

    def test_a_broken_rerun_counts_once(self) -> None:
        of = rule("tests.passed >= 15")
        found = _rule(suite(hours_old=2), suite(hours_old=1, ran=False), of=of)
        assert found.found == (State.ERROR, State.FAIL)
        assert found.measured == {"tests.passed": 10}

    def test_the_same_report_twice_counts_once(self) -> None:
        assert _rule(suite(failed=1, slot="a"), suite(failed=1, slot="a")).measured == {"tests.failed": 1}

    def test_one_time_is_decided_by_digest_not_by_order(self) -> None:
        pair = suite(failed=1), suite(failed=2)
        assert _rule(*pair).measured == _rule(*reversed(pair)).measured

    @pytest.mark.parametrize("failed", range(4))
    def test_of_one_time_a_broken_one_stands_beside_the_good_one(self, failed: int) -> None:
        assert _rule(suite(), suite(failed, ran=False)).state is State.ERROR


class TestWaivers:
    def test_excuse_a_failing_rule_and_stay_visible(self) -> None:
        verdict = _judge(gate(FAILED), suite(failed=1), waivers=(waiver(),))
        (found,) = verdict.rules
        assert verdict.passed
        assert (found.state, found.waiver, found.blocks) == (State.FAIL, "w", False)
        assert found.reason.endswith(
            "Waived by ben for ann until 2026-02-07T12:00:00.000Z: a fix is on its way"
        )

    def test_an_expired_one_excuses_nothing_and_is_reported(self) -> None:
        found = _rule(suite(failed=1), waivers=(waiver(days=0),))
        assert (found.blocks, found.waiver, found.expired_waivers) == (True, None, ("w",))
        assert found.reason.endswith("Waiver w has expired and no longer excuses it.")

    def test_an_expired_one_beside_another_is_reported(self) -> None:
        found = _rule(suite(failed=1), waivers=(waiver(days=0, identity="old"), waiver()))
        assert (found.waiver, found.expired_waivers) == ("w", ("old",))
        assert "expired and" not in found.reason

    def test_one_that_is_yet_to_start_excuses_nothing(self) -> None:
        early = judge(
            gate(FAILED), [suite(failed=1, hours_old=60)], [waiver()], NOON - timedelta(days=2), SUBJECT
        )
        assert not early.passed
        assert early.rules[0].expired_waivers == ()

    @pytest.mark.parametrize(
        "other", [{"rule": "s"}, {"gate": "h"}, {"component": "c"}, {"environment": "staging"}]
    )
    def test_others_excuse_nothing(self, other: dict[str, str]) -> None:
        assert _rule(suite(failed=1), waivers=(waiver(given=other),)).blocks

    def test_states_that_are_not_covered_are_not_excused(self) -> None:
        assert _rule(waivers=(waiver(),)).blocks
        assert not _rule(waivers=(waiver(covers=frozenset({State.MISSING})),)).blocks

    def test_every_state_found_must_be_covered(self) -> None:
        old = suite(failed=1, hours_old=48)
        assert _rule(old, waivers=(waiver(covers=frozenset({State.STALE})),)).blocks
        assert _rule(old, waivers=(waiver(),)).blocks
        assert not _rule(old, waivers=(waiver(covers=frozenset({State.STALE, State.FAIL})),)).blocks

    def test_the_one_that_lasts_longest_is_named(self) -> None:
        several = (waiver(identity="a", days=3), waiver(identity="b", days=9), waiver(identity="c", days=5))
        assert _rule(suite(failed=1), waivers=several).waiver == "b"

    def test_a_rule_that_passes_needs_none(self) -> None:
        found = _rule(suite(), waivers=(waiver(), waiver(identity="old", days=0)))
        assert (found.waiver, found.expired_waivers) == (None, ())


class TestDocument:
    def test_holds_everything(self) -> None:
        given = gate(FAILED)
        mine = suite(failed=3)
        document = _judge(given, mine).to_document()
        assert document == {
            "engine": "4",
            "gate": {"name": "g", "digest": given.digest},
            "subject": {"component": "shop", "revision": "0f" * 20, "environment": "production"},
            "at": "2026-01-31T12:00:00.000Z",
            "state": "fail",
            "faults": [],
            "rules": [
                {
                    "rule": "r",
                    "title": "r",
                    "on": "block",
                    "state": "fail",
                    "found": ["fail"],
                    "blocks": True,
                    "asked": "tests.failed == 0",
                    "account": "tests.failed is 0",
                    "measured": {"tests.failed": 3},
                    "evidence": [mine.digest],
                    "waiver": None,
                    "expired_waivers": [],
                    "reason": "Required: tests.failed is 0. Measured: tests.failed is 3.",
                    "change": "fix 3 failing tests",
                    "warnings": [],
                }
            ],
        }

    def test_is_named_by_its_bytes(self) -> None:
        one, other = _judge(gate(FAILED), suite()), _judge(gate(FAILED), suite(failed=1))
        assert one.digest != other.digest
        assert one.digest == _judge(gate(FAILED), suite()).digest

    def test_a_time_without_a_zone_is_refused(self) -> None:
        with pytest.raises(ValueError, match="time zone"):
            judge(gate(FAILED), [], [], datetime(2026, 1, 1), SUBJECT).canonical()

    def test_the_zone_does_not_matter(self) -> None:
        elsewhere = NOON.astimezone(timezone(timedelta(hours=5)))
        assert judge(gate(FAILED), [], [], elsewhere, SUBJECT).canonical() == _judge(gate(FAILED)).canonical()


# Rules that are monotone in the good direction: what is worse never makes them pass.
_MONOTONE = (
    rule("tests.failed == 0", id="a", max_age="24h"),
    rule("tests.failed + tests.errors <= 1", id="b"),
    rule("!(findings.total > 2)", "lint", id="c", max_age="24h"),
    rule("findings.total <= 1", "lint", "sast", id="d"),
    rule("coverage.line_rate >= 0.5 || coverage.line_rate > 0.75", "coverage", id="e"),
    rule("findings.total == 0", "lint/flake8", id="f"),
)


def _values(kind: Kind, bad: int) -> dict[str, Value]:
    if kind is Kind.TESTS:
        return {"tests.failed": bad, "tests.errors": 0, "tests.passed": 5, "tests.total": 5 + bad}
    if kind is Kind.COVERAGE:
        return {"coverage.lines_total": 4, "coverage.lines_covered": max(4 - bad, 0)}
    return {"findings.total": bad}


@st.composite
def _any_evidence(draw: st.DrawFn) -> Evidence:
    kind = draw(st.sampled_from([Kind.TESTS, Kind.LINT, Kind.SAST, Kind.COVERAGE]))
    values = _values(kind, draw(st.integers(0, 3)))
    tool = draw(st.sampled_from(["flake8", "pylint", ""]))
    slot, hours = draw(st.sampled_from("xyz")), draw(st.sampled_from([-1, 1, 2, 30]))
    how = draw(st.sampled_from(["good", "good", "good", "good", "unreadable", "did not run", "nobody knows"]))
    if how == "nobody knows":
        return report(None, tool="", slot=slot, hours_old=hours, unreadable="x")
    if how == "unreadable":
        return report(kind, tool=tool, slot=slot, hours_old=hours, unreadable="x")
    return report(kind, values, tool=tool, slot=slot, hours_old=hours, ran=how == "good")


_RULES = st.lists(st.sampled_from(_MONOTONE), min_size=1, max_size=4, unique_by=lambda r: str(r["id"]))
_EVIDENCE = st.lists(_any_evidence(), max_size=6)
_COVERS = st.frozensets(st.sampled_from([s for s in State if s is not State.PASS]), min_size=1)


@settings(max_examples=300, deadline=None)
@given(_RULES, _EVIDENCE, st.data())
def test_a_broken_report_never_opens_a_gate(
    rules: list[dict[str, object]], evidence: list[Evidence], data: st.DataObject
) -> None:
    given = gate(*rules)
    broken = data.draw(_any_evidence().filter(lambda e: e.unreadable is not None or not e.ran))
    if _judge(given, *evidence, broken).passed:
        assert _judge(given, *evidence).passed


@settings(max_examples=300, deadline=None)
@given(_RULES, _EVIDENCE, st.sampled_from([Kind.TESTS, Kind.LINT, Kind.COVERAGE]), st.integers(4, 9))
def test_a_report_with_failing_numbers_never_opens_a_gate(
    rules: list[dict[str, object]], evidence: list[Evidence], kind: Kind, bad: int
) -> None:
    given = gate(*rules)
    # a place of its own: a re-run replaces, and a smaller report of a rate may rightly weigh less
    failing = report(kind, _values(kind, bad), tool="flake8", slot="its own")
    if _judge(given, *evidence, failing).passed:
        assert _judge(given, *evidence).passed


@settings(max_examples=200, deadline=None)
@given(_RULES, _EVIDENCE, st.sampled_from([Kind.TESTS, Kind.LINT]), st.sampled_from("xyz"))
def test_a_failing_rerun_never_opens_a_gate_that_asks_for_it(
    rules: list[dict[str, object]], evidence: list[Evidence], kind: Kind, slot: str
) -> None:
    asked = _MONOTONE[0] if kind is Kind.TESTS else _MONOTONE[2]
    given = gate(*[r for r in rules if r["id"] != asked["id"]], asked)
    failing = report(kind, _values(kind, 9), slot=slot, hours_old=0)
    assert not _judge(given, *evidence, failing).passed


@settings(max_examples=200, deadline=None)
@given(_RULES, _EVIDENCE, _COVERS, st.randoms())
def test_order_does_not_matter_and_the_same_inputs_are_the_same_bytes(
    rules: list[dict[str, object]], evidence: list[Evidence], covers: frozenset[State], random: Random
) -> None:
    given = gate(*rules)
    waivers = [waiver(identity=n, rule=r, covers=covers) for n in "vw" for r in "abc"]
    first = judge(given, evidence, waivers, NOON, SUBJECT).canonical()
    shuffled = list(evidence)
    random.shuffle(shuffled)
    again = judge(gate(*rules), shuffled, reversed(waivers), NOON.astimezone(UTC), Subject(*_parts()))
    assert again.canonical() == first


def _parts() -> tuple[str, str, str | None]:
    return SUBJECT.component, SUBJECT.revision, SUBJECT.environment


@settings(max_examples=200, deadline=None)
@given(_RULES, _EVIDENCE, _COVERS)
def test_a_waiver_excuses_only_what_it_covers(
    rules: list[dict[str, object]], evidence: list[Evidence], covers: frozenset[State]
) -> None:
    waivers = tuple(waiver(rule=str(r["id"]), covers=covers) for r in rules)
    for found in _judge(gate(*rules), *evidence, waivers=waivers).rules:
        if found.state is not State.PASS:
            assert found.blocks is not covers.issuperset(found.found)


@settings(max_examples=200, deadline=None)
@given(_RULES, _EVIDENCE)
def test_only_what_was_measured_by_sound_reports_passes(
    rules: list[dict[str, object]], evidence: list[Evidence]
) -> None:
    verdict = _judge(gate(*rules), *evidence)
    by_digest = {e.digest: e for e in evidence}
    for asked, found in zip(gate(*rules).rules, verdict.rules, strict=True):
        if found.state is not State.PASS:
            continue
        assert set(found.measured) == set(asked.expression.measures)
        used = [by_digest[digest] for digest in found.evidence]
        assert used
        assert all(e.ran and e.unreadable is None and e.kind is not None for e in used)


def _says(kind: Kind = Kind.SAST, **more: object) -> Evidence:
    made = report(kind, {"findings.total": 0}, tool="CodeQL")
    return dataclasses.replace(made, **more)  # type: ignore[arg-type]  # its own fields


class TestWhatAReportSaysOfItself:
    CLEAN = rule("findings.total == 0", "sast", max_age="24h")

    @pytest.mark.parametrize(
        "named", [SUBJECT.revision, SUBJECT.revision[:7], SUBJECT.revision.upper(), "main", "r7"]
    )
    def test_counts_of_the_judged_commit_or_where_it_names_none(self, named: str) -> None:
        assert _rule(_says(commits=(named,)), of=self.CLEAN).state is State.PASS
        assert _rule(_says(commits=("f" * 40, named)), of=self.CLEAN).state is (
            State.PASS if named.casefold().startswith("0f") else State.ERROR
        )

    def test_is_an_error_of_another_commit_and_names_both(self) -> None:
        other = _says(commits=("f" * 40,))
        assert _rule(other, of=self.CLEAN).state is State.ERROR
        remedy = "run the tool on the commit that is judged, and submit its report"
        assert _fault(other, of=self.CLEAN).reason == (
            f"CodeQL (sample) says that it is of commit {'f' * 40}, and commit {SUBJECT.revision} is judged: "
            f"{remedy}."
        )
        # One remedy: a tool that did its work on another commit is not to be told to do its work.
        assert _rule(other, of=self.CLEAN).change == remedy

    def test_is_believed_where_it_is_not_known_what_is_judged(self) -> None:
        unknown = Subject("shop", "unknown")
        verdict = judge(gate(self.CLEAN), [_says(commits=("f" * 40,))], (), NOON, unknown)
        assert verdict.passed

    def test_of_another_commit_never_replaces_a_report_of_this_one(self) -> None:
        old = dataclasses.replace(_says(), taken_at=NOON - timedelta(hours=2))
        new = dataclasses.replace(_says(commits=("f" * 40,)), digest="sha256:" + "0" * 64)
        assert _rule(old, new, of=self.CLEAN).state is State.ERROR

    def test_is_stale_by_its_own_time_where_that_is_older(self) -> None:
        found = _rule(_says(made_at=NOON - timedelta(hours=25)), of=self.CLEAN)
        assert found.state is State.STALE
        assert "was taken at 2026-01-30T11:00:00.000Z, as it or its sender says" in found.reason
        assert found.reason.endswith("; 1d is allowed.")

    @pytest.mark.parametrize(("hours", "possible"), [(26, True), (28, False)])
    def test_says_how_a_time_without_its_zone_counts_where_it_may_be_one(
        self, hours: int, possible: bool
    ) -> None:
        found = _rule(_says(made_at=NOON - timedelta(hours=hours)), of=self.CLEAN)
        assert ("(a time without its zone counts as the oldest that it can be" in found.reason) is possible

    @pytest.mark.parametrize("hours", [23, 1, -100])
    def test_is_fresh_by_its_own_time_only_where_its_file_is_too(self, hours: int) -> None:
        made = NOON - timedelta(hours=hours)
        assert _rule(_says(made_at=made), of=self.CLEAN).state is State.PASS
        old = _says(made_at=made, taken_at=NOON - timedelta(hours=30))
        assert _rule(old, of=self.CLEAN).state is State.STALE


class TestToolsThatAreNotKnown:
    HOUSE = dataclasses.replace(
        report(Kind.ANALYSIS, {"findings.total": 0}, tool="Harbour Scan"), slot="house"
    )
    BANDIT = report(Kind.SAST, {"findings.total": 0}, tool="bandit", slot="bandit")

    @pytest.mark.parametrize(
        "need", ["sast/harbour-scan", "sast/Harbour Scan", "lint/harbour-scan", "analysis"]
    )
    def test_meet_a_need_that_names_them(self, need: str) -> None:
        assert _rule(self.HOUSE, of=rule("findings.total == 0", need)).state is State.PASS

    @pytest.mark.parametrize("need", ["sast", "lint", "sast/bandit", "tests/harbour-scan"])
    def test_meet_no_other(self, need: str) -> None:
        that = "tool.ran"
        assert _rule(self.HOUSE, of=rule(that, need)).state is State.MISSING

    def test_say_how_they_are_named(self) -> None:
        found = _rule(self.HOUSE, of=rule("findings.total == 0", "sast"))
        assert "counts where the rule names it, as in needs: [sast/harbour-scan]." in found.reason

    def test_count_against_what_security_scanners_say(self) -> None:
        wrong = dataclasses.replace(self.HOUSE, measures={"findings.total": 2})
        assert _rule(wrong, self.BANDIT, of=rule("findings.total == 0", "sast")).state is State.FAIL
        assert _rule(self.HOUSE, self.BANDIT, of=rule("findings.total == 0", "sast")).state is State.PASS

    @pytest.mark.parametrize("need", ["sast", "lint", "dependencies", "lint/ruff"])
    def test_block_what_they_may_be_where_they_cannot_be_read(self, need: str) -> None:
        broken = report(Kind.ANALYSIS, tool="", slot="x", unreadable="cut")
        assert _rule(broken, of=rule("tool.ran", need)).state is State.UNREADABLE
        assert _rule(broken, of=rule("tool.ran", "tests")).state is State.MISSING


class TestReportsThatToolsShare:
    @staticmethod
    def shared(*runs: ToolRun, hours_old: float = 1) -> Evidence:
        total = sum(int(run.measures["findings.total"]) for run in runs)
        whole = report(
            Kind.ANALYSIS, {"findings.total": total}, tool="several", slot="m", hours_old=hours_old
        )
        return dataclasses.replace(whole, runs=runs)

    @staticmethod
    def part(tool: str, total: int = 0, kind: Kind = Kind.SAST, ran: bool = True) -> ToolRun:
        return ToolRun(kind, tool, {"findings.total": total}, ran, None if ran else "It stopped.")

    def test_are_seen_tool_by_tool(self) -> None:
        both = self.shared(self.part("CodeQL"), self.part("Semgrep OSS", 3), self.part("ruff", 1, Kind.LINT))
        assert _rule(both, of=rule("findings.total == 0", "sast/codeql")).state is State.PASS
        assert _rule(both, of=rule("findings.total == 0", "sast/semgrep")).state is State.FAIL
        assert _rule(both, of=rule("findings.total == 3", "sast")).state is State.PASS
        assert _rule(both, of=rule("findings.total == 1", "lint")).state is State.PASS
        assert _rule(both, of=rule("findings.total == 0", "dependencies")).state is State.MISSING

    def test_never_lend_one_tool_what_another_one_says(self) -> None:
        other = self.shared(self.part("Trivy", kind=Kind.DEPENDENCIES), self.part("CodeQL"))
        assert _rule(other, of=rule("findings.total == 0", "sast/semgrep")).state is State.MISSING

    def test_block_what_needs_the_tool_that_failed(self) -> None:
        half = self.shared(self.part("CodeQL"), self.part("Trivy", kind=Kind.DEPENDENCIES, ran=False))
        assert _rule(half, of=rule("findings.total == 0", "sast/codeql")).state is State.PASS
        assert _rule(half, of=rule("findings.total == 0", "dependencies")).state is State.ERROR
        assert _fault(half, of=rule("tool.ran", "dependencies")).reason.startswith(
            "Trivy (sample) did not do"
        )

    def test_take_their_slot_as_one(self) -> None:
        """A tool that the newer file lacks is missing, and one that failed there takes nobody's place."""
        old = self.shared(self.part("CodeQL", 5), self.part("Trivy", kind=Kind.DEPENDENCIES), hours_old=2)
        new = self.shared(self.part("CodeQL"))
        assert _rule(old, new, of=rule("findings.total == 0", "sast/codeql")).state is State.PASS
        assert _rule(old, new, of=rule("findings.total == 0", "dependencies")).state is State.MISSING
        failed = self.shared(self.part("CodeQL", ran=False))
        assert _rule(old, failed, of=rule("findings.total == 0", "sast/codeql")).found[0] is State.ERROR
