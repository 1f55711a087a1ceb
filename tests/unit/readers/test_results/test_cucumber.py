"""Cucumber's and behave's JSON: scenarios by the worst of their steps and hooks, backgrounds, features."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.reading import items, measure, recognises, refusal
from tidegate.domain.findings import Case, Outcome
from tidegate.readers.base import Limits
from tidegate.readers.test_results.cucumber import READER


def result(status: str, **more: Any) -> dict[str, Any]:
    return {"result": {"status": status, "duration": 500_000_000, **more}}


def step(status: Any = "passed", **more: Any) -> dict[str, Any]:
    return {"keyword": "Given ", "name": "a berth", **(result(status) if status is not None else {}), **more}


def scenario(*steps: Any, **more: Any) -> dict[str, Any]:
    return {"type": "scenario", "keyword": "Scenario", "name": "a ship", "steps": list(steps), **more}


def background(*steps: Any) -> dict[str, Any]:
    return {"type": "background", "keyword": "Background", "name": "", "steps": list(steps)}


def feature(*elements: Any, **more: Any) -> dict[str, Any]:
    return {"keyword": "Feature", "name": "Berths", "uri": "a.feature", "elements": list(elements), **more}


def outcomes(*elements: Any, **more: Any) -> list[str]:
    """Read how each case ended, in the order of the report, and hold the counts to it."""
    report = [feature(*elements, **more)]
    found = [item.outcome for item in items(READER, report) if isinstance(item, Case)]
    values = measure(READER, report).measures
    assert values["tests.total"] == len(found)
    for outcome, name in zip(Outcome, ("passed", "failed", "errors", "skipped"), strict=True):
        assert values[f"tests.{name}"] == found.count(outcome)
    return [outcome.value for outcome in found]


class TestScenarios:
    @pytest.mark.parametrize(
        ("status", "expected"),
        [
            ("passed", "passed"),
            ("PASSED", "passed"),
            ("failed", "failed"),
            ("skipped", "skipped"),
            ("untested", "skipped"),
            (None, "skipped"),
            ("undefined", "error"),
            ("pending", "error"),
            ("ambiguous", "error"),
            ("unknown", "error"),
            ("hook_error", "error"),
            ("", "error"),
        ],
    )
    def test_end_as_their_worst_step(self, status: str | None, expected: str) -> None:
        assert outcomes(scenario(step(), step(status))) == [expected]
        assert outcomes(scenario(step(status), step())) == [expected]

    @pytest.mark.parametrize(
        ("statuses", "expected"),
        [
            (("failed", "skipped", "undefined"), "failed"),
            (("undefined", "failed"), "failed"),
            (("pending", "skipped"), "error"),
            (("passed", "skipped"), "skipped"),
        ],
    )
    def test_that_failed_are_no_mere_errors(self, statuses: tuple[str, ...], expected: str) -> None:
        assert outcomes(scenario(*map(step, statuses))) == [expected]

    @pytest.mark.parametrize("place", ["before", "after"])
    def test_end_as_their_hooks_too(self, place: str) -> None:
        assert outcomes(scenario(step(), **{place: [result("failed")]})) == ["failed"]
        assert outcomes(scenario(step(**{place: [result("failed")]}))) == ["failed"]
        assert outcomes(scenario(step(), **{place: [{"match": {}}, result("passed")]})) == ["passed"]

    def test_without_a_step_tested_nothing(self) -> None:
        assert outcomes(scenario(step()), scenario()) == ["passed", "skipped"]
        hook = step(hidden=True, keyword="Before")
        assert outcomes(scenario(hook), scenario(hook, step())) == ["skipped", "passed"]
        assert outcomes(scenario(step("failed", hidden=True))) == ["failed"]

    def test_take_the_steps_of_the_background_before_them(self) -> None:
        failed = background(step("failed"))
        assert outcomes(failed, scenario(step("skipped")), scenario(step())) == ["failed", "passed"]
        assert outcomes({**failed, "type": None}, scenario(step())) == ["failed"]
        assert outcomes(background(step(None)), scenario(step())) == ["passed"]
        assert outcomes(scenario(step()), background(step())) == ["passed", "error"]
        assert outcomes(background(step("failed"))) == ["failed"]

    def test_have_names_times_and_what_went_wrong(self) -> None:
        report = [
            feature(
                scenario(step(), step("failed", **result("failed", error_message="\nno berth\n at"))),
                scenario(step("undefined", name="x"), name="undefined"),
                scenario(step("failed", hidden=True), step(result={"status": "skipped"}), name=None),
                scenario(step(**result("failed", error_message=["a", "b"]))),
                scenario({"result": {"status": "passed"}}),
            )
        ]
        assert items(READER, report) == [
            Case("Berths", "a ship", Outcome.FAILED, 1.0, "no berth"),
            Case("Berths", "undefined", Outcome.ERROR, 0.5, "the step 'x' is undefined"),
            Case("Berths", "", Outcome.FAILED, 0.5, "a hook is failed"),
            Case("Berths", "a ship", Outcome.FAILED, 0.5, "a"),
            Case("Berths", "a ship", Outcome.PASSED, 0.0),
        ]
        reading = measure(READER, report)
        assert (reading.tool, reading.measures["tests.suites"]) == ("cucumber", 1)
        assert reading.measures["tests.duration"] == 2.5

    def test_texts_are_cut(self) -> None:
        found = items(READER, [feature(scenario(step("undefined")))], Limits(max_text=5))
        assert found == [Case("Berth", "a shi", Outcome.ERROR, 0.5, "the s")]


class TestBehave:
    def test_counts_seconds_and_says_how_scenarios_and_features_ended(self) -> None:
        timed = step(result={"status": "passed", "duration": 0.25})
        reading = measure(READER, [feature(scenario(timed, status="passed"), status="passed")])
        assert (reading.tool, reading.measures["tests.duration"]) == ("behave", 0.25)
        assert outcomes(scenario(step(), status="failed"), status="failed") == ["failed"]
        assert outcomes(scenario(step(), status="hook_error"), status="failed") == ["error"]

    def test_feature_that_failed_without_its_scenarios_is_one_error(self) -> None:
        report = [feature(scenario(step(), status="passed"), status="failed")]
        assert items(READER, report)[1] == Case(
            "Berths", "Berths", Outcome.ERROR, 0.0, "The feature's status is 'failed'"
        )
        assert outcomes(scenario(step(), status="passed"), status="failed") == ["passed", "error"]
        assert outcomes(scenario(step(), status="passed"), status="skipped") == ["passed"]


class TestRan:
    @pytest.mark.parametrize(
        ("report", "reason"),
        [
            ([], "lists no scenario"),
            ([feature()], "lists no scenario"),
            ([feature(scenario(step("skipped")))], "Every one of the 1 scenarios was skipped"),
            ([{"keyword": "Feature", "uri": "a"}], "lists no scenario"),
        ],
    )
    def test_not_without_a_scenario_that_ran(self, report: Any, reason: str) -> None:
        assert reason in (measure(READER, report).why_not or "")

    @pytest.mark.parametrize(
        "report",
        [
            {},
            [1],
            [feature(1)],
            [feature(scenario(step(result={})))],
            [feature(scenario(step(5)))],
            [feature(scenario(step(result={"status": "passed", "duration": "1"})))],
        ],
    )
    def test_a_report_of_another_shape_is_refused(self, report: Any) -> None:
        assert "not what the format asks for" in refusal(READER, report)


@pytest.mark.parametrize(
    ("report", "expected"),
    [
        ([feature(scenario(step()))], True),
        ([{"uri": "a.feature", "elements": []}], True),
        ('[{"description": "", "elements": [{"keyword": "Scenario", "steps": [', True),
        ([{"elements": [{"steps": []}]}], False),
        ([{"uri": "a.feature", "keyword": "Feature", "name": "b"}], True),
        ([], False),
        ([{"name": "a", "elements": []}], False),
        (feature(), False),
    ],
)
def test_is_recognised_by_the_keys_of_a_feature(report: Any, expected: bool) -> None:
    assert recognises(READER, report) is expected
