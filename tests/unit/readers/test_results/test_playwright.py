"""Playwright's JSON: what is expected, unexpected, flaky and skipped, tries, errors outside, counts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.reading import items, measure, recognises, refusal
from tidegate.domain.findings import Case, Outcome
from tidegate.readers.base import Limits
from tidegate.readers.test_results.playwright import READER

STATUSES = ("expected", "unexpected", "flaky", "skipped")


def test_of(status: str, *tries: str | None, expected: str = "passed", **more: Any) -> dict[str, Any]:
    results = [{"status": ended, "duration": 250, **more} for ended in tries]
    return {"status": status, "expectedStatus": expected, "projectName": "", "results": results}


test_of.__test__ = False  # type: ignore[attr-defined]  # pytest would take it for a test
GOOD = test_of("expected", "passed")


def suite(*tests: Any, title: str = "a.spec.ts", **more: Any) -> dict[str, Any]:
    return {"title": title, "specs": [{"title": "fits", "tests": [test]} for test in tests], **more}


def report(*tests: Any, errors: Any = (), **stats: Any) -> dict[str, Any]:
    counts = {each: sum(test.get("status") == each for test in tests) for each in STATUSES}
    return {
        "config": {"version": "1.60.0"},
        "suites": [suite(*tests)],
        "errors": list(errors),
        "stats": {"startTime": "2026-01-01T00:00:00.000Z", "duration": 1500, **counts, **stats},
    }


def outcome(test: dict[str, Any]) -> tuple[str, str]:
    """Read how one test ended beside a good one, and what is said of it."""
    found = items(READER, report(GOOD, test))[1]
    assert isinstance(found, Case)
    values = measure(READER, report(GOOD, test)).measures
    names = {"passed": "passed", "failed": "failed", "error": "errors", "skipped": "skipped"}
    assert values[f"tests.{names[found.outcome.value]}"] == 1 + (found.outcome is Outcome.PASSED)
    assert (values["tests.total"], values["tests.flaky"]) == (2, int(found.flaky))
    return found.outcome.value, found.detail


class TestTests:
    @pytest.mark.parametrize(
        ("test", "expected"),
        [
            (GOOD, "passed"),
            (test_of("flaky", "failed", "passed"), "passed"),
            (test_of("unexpected", "failed", "failed"), "failed"),
            (test_of("unexpected", "passed", expected="failed"), "failed"),
            (test_of("unexpected", "timedOut"), "error"),
            (test_of("unexpected", "interrupted"), "error"),
            (test_of("skipped", "skipped", expected="skipped"), "skipped"),
            (test_of("skipped", "skipped"), "skipped"),
            (test_of("skipped", expected="skipped"), "skipped"),
            (test_of("expected", "failed", expected="failed"), "skipped"),
            (test_of("expected", "timedOut", expected="timedOut"), "skipped"),
            (test_of("expected", "failed"), "error"),
            (test_of("expected", "failed", "failed"), "error"),
            (test_of("expected"), "error"),
            (test_of("expected", None), "error"),
            (test_of("expected", "odd", expected="odd"), "error"),
            (test_of("expected", "passed", expected="failed"), "error"),
            (test_of("flaky", "passed", "failed"), "error"),
            (test_of("unexpected", "skipped"), "error"),
            (test_of("odd", "passed"), "error"),
        ],
    )
    def test_end_as_status_and_last_try_say_together(self, test: dict[str, Any], expected: str) -> None:
        assert outcome(test)[0] == expected

    def test_say_what_went_wrong(self) -> None:
        error = {"message": "\x1b[31mno berth\x1b[39m\nmore"}
        assert outcome(test_of("unexpected", "failed", error=error)) == ("failed", "no berth")
        assert outcome(test_of("unexpected", "failed", error={"value": "5"})) == ("failed", "5")
        assert outcome(test_of("unexpected", "failed", error={})) == ("failed", "")
        assert outcome(test_of("unexpected", "timedOut")) == ("error", "It ended as timedOut.")
        assert "was expected to fail" in outcome(test_of("unexpected", "passed", expected="failed"))[1]
        assert (
            "status is 'expected' and its last try ended as 'failed'"
            in outcome(test_of("expected", "failed"))[1]
        )

    def test_stand_in_suites_and_projects(self) -> None:
        whole = report(GOOD, expected=4)
        inner = suite(GOOD, title="deep", suites=None)
        whole["suites"] += [suite(title="b.spec.ts", suites=[suite(GOOD, title="long", suites=[inner])])]
        whole["suites"] += [suite({**test_of("flaky", "failed", "passed"), "projectName": "firefox"})]
        whole["stats"] |= {"expected": 3, "flaky": 1}
        assert [
            (item.suite, item.name, item.flaky) for item in items(READER, whole) if isinstance(item, Case)
        ] == [
            ("a.spec.ts", "fits", False),
            ("b.spec.ts > long", "fits", False),
            ("b.spec.ts > long > deep", "fits", False),
            ("a.spec.ts", "fits [firefox]", True),
        ]
        reading = measure(READER, whole)
        assert reading.ran
        assert (reading.measures["tests.suites"], reading.measures["tests.duration"]) == (5, 1.25)
        assert (reading.tool, reading.tool_version) == ("playwright", "1.60.0")
        assert reading.made_at == datetime(2026, 1, 1, 0, 0, 1, 500_000, UTC)

    def test_texts_are_cut(self) -> None:
        whole = report(test_of("unexpected", "failed", error={"message": "b" * 50}))
        assert items(READER, whole, Limits(max_text=3)) == [Case("a.s", "fit", Outcome.FAILED, 0.25, "bbb")]


class TestRan:
    @pytest.mark.parametrize(
        ("whole", "reason"),
        [
            (report(GOOD, errors=[{"message": "Error: none."}]), "tests, the first: Error: none. Rep"),
            (report(GOOD, errors=[{}]), "1 error(s) outside the tests. Repair"),
            (report(GOOD, expected=2), "counts 2 tests as expected and lists 1"),
            (report(GOOD, expected=0), "counts 0 tests as expected and lists 1"),
            (report(GOOD, unexpected=1), "counts 1 tests as unexpected and lists 0"),
            (report(GOOD, flaky=1), "as flaky"),
            (report(GOOD, skipped=1), "as skipped"),
            (report(GOOD, test_of("skipped")), "1 test(s) did not get their turn"),
            (report(GOOD, test_of("skipped", "interrupted")), "1 test(s) did not get their turn"),
            (report(), "lists no test case"),
            (report(test_of("skipped", "skipped", expected="skipped")), "was skipped"),
        ],
    )  # fmt: skip
    def test_not_where_something_is_lost(self, whole: Any, reason: str) -> None:
        assert reason in (measure(READER, whole).why_not or "")

    @pytest.mark.parametrize(
        ("version", "ran"),
        [
            ("1.9.0", True),
            ("1.38.1", True),
            ("1.39.0-next", True),
            ("1.40.0", False),
            ("1.60.0", False),
            ("", False),
        ],
    )
    def test_without_stats_where_playwright_wrote_none_yet(self, version: str, ran: bool) -> None:
        old = report(GOOD) | {"config": {"version": version}}
        del old["stats"]
        reading = measure(READER, old)
        assert (reading.ran, reading.made_at, reading.measures["tests.passed"]) == (ran, None, 1)
        assert ran or "has no `stats`" in (reading.why_not or "")

    @pytest.mark.parametrize(
        "changed",
        [
            [],
            report(GOOD) | {"stats": {}},
            report(GOOD) | {"suites": {}},
            report(GOOD) | {"config": None},
            report(GOOD, expected="1"),
            report(GOOD | {"status": 1}),
            report(GOOD | {"results": None}),
        ],
    )
    def test_a_report_of_another_shape_is_refused(self, changed: Any) -> None:
        assert "not what the format asks for" in refusal(READER, changed)


class TestParts:
    @pytest.mark.parametrize(
        ("config", "reason"),
        [
            ({"shard": {"current": 1, "total": 3}}, "of shard 1 of 3 alone"),
            ({"argv": ["node", "playwright", "test", "--last-failed"]}, "left out tests (`--last-failed`)"),
            ({"argv": ["node", "playwright", "test", "--only-changed=main"]}, "(`--only-changed`)"),
        ],
    )
    def test_of_a_run_are_no_run(self, config: dict[str, Any], reason: str) -> None:
        reading = measure(READER, report(GOOD) | {"config": {"version": "1.65.1"} | config})
        assert not reading.ran and reason in (reading.why_not or "")

    @pytest.mark.parametrize(
        "config",
        [
            {"shard": None, "argv": []},
            {"shard": {"current": 1, "total": 1}},
            {"argv": ["node", "playwright", "test", "-g", "@smoke", "--project=chromium"]},
            {"argv": None},
        ],
    )
    def test_that_the_pipeline_chose_are_the_run(self, config: dict[str, Any]) -> None:
        assert measure(READER, report(GOOD) | {"config": {"version": "1.65.1"} | config}).ran


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (report(GOOD), True),
        ({"config": {}, "suites": [], "stats": {}}, True),
        ({"config": {"rootDir": "/"}, "suites": []}, True),
        ({"suites": [], "errors": [], "stats": {}}, True),
        ({"config": {}, "suites": []}, False),
        ({"suites": []}, False),
        ([], False),
    ],
)
def test_is_recognised_by_its_keys(document: Any, expected: bool) -> None:
    assert recognises(READER, document) is expected


class TestCommits:
    @pytest.mark.parametrize(
        ("metadata", "commits"),
        [
            ({"gitCommit": {"hash": "a" * 40}, "ci": {"commitHash": "b" * 40}}, ("a" * 40, "b" * 40)),
            ({"ci": {"commitHash": "b" * 40}}, ("b" * 40,)),
            ({"gitCommit": {"hash": "main"}, "ci": 5}, ()),
            ("none", ()),
        ],
    )
    def test_are_those_of_the_run_s_metadata(self, metadata: Any, commits: tuple[str, ...]) -> None:
        told = report(GOOD)
        told["config"]["metadata"] = metadata
        assert measure(READER, told).commits == commits
