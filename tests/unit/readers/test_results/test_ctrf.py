"""CTRF: statuses, tries, the summary held against the list, and what the schema requires."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.reading import items, measure, recognises, refusal
from tidegate.domain.findings import Case, Outcome
from tidegate.readers.base import Limits
from tidegate.readers.test_results.ctrf import READER

STATUSES = ("passed", "failed", "skipped", "pending", "other")


def test_of(status: Any = "passed", **more: Any) -> dict[str, Any]:
    return {"name": f"a {status} one", "status": status, "duration": 250, **more}


test_of.__test__ = False  # type: ignore[attr-defined]  # pytest would take it for a test


def report(*tests: Any, declared: Any = True, **summary: Any) -> dict[str, Any]:
    counts = {each: sum(isinstance(t, dict) and t.get("status") == each for t in tests) for each in STATUSES}
    whole = {"tests": len(tests), **counts, "start": 1767225600000, "stop": 1767225601000, **summary}
    results = {"tool": {"name": "jest"}, "summary": whole, "tests": list(tests)}
    return ({"reportFormat": "CTRF", "specVersion": "1.0.0"} if declared else {}) | {"results": results}


class TestTests:
    def test_count_by_their_status(self) -> None:
        reading = measure(READER, report(*map(test_of, STATUSES), suites=2))
        assert reading.ran
        assert dict(reading.measures) == {
            "tests.total": 5,
            "tests.passed": 1,
            "tests.failed": 1,
            "tests.errors": 1,
            "tests.skipped": 2,
            "tests.flaky": 0,
            "tests.suites": 2,
            "tests.duration": 1.25,
        }
        assert (reading.tool, reading.made_at) == ("jest", datetime(2026, 1, 1, 0, 0, 1, tzinfo=UTC))

    def test_are_handed_on_with_suite_and_message(self) -> None:
        tests = (
            test_of(suite=["a", "b"]),
            test_of("failed", suite="a > b", message="\n\x1b[31mno berth\x1b[39m\nmore"),
            test_of("other", duration=-5),
            test_of("skipped", message="later"),
        )
        assert items(READER, report(*tests)) == [
            Case("a > b", "a passed one", Outcome.PASSED, 0.25),
            Case("a > b", "a failed one", Outcome.FAILED, 0.25, "no berth"),
            Case("", "a other one", Outcome.ERROR, 0.0, "its status is 'other'"),
            Case("", "a skipped one", Outcome.SKIPPED, 0.25),
        ]

    @pytest.mark.parametrize(
        ("more", "flaky"),
        [
            ({}, 0),
            ({"flaky": True}, 1),
            ({"flaky": False, "retries": 1}, 0),
            ({"retries": 2}, 1),
            ({"retries": 0}, 0),
            ({"retryAttempts": [{"attempt": 1, "status": "failed"}]}, 1),
            ({"flaky": False, "retryAttempts": [{"attempt": 1, "status": "failed"}]}, 1),
            ({"retryAttempts": [{"attempt": 1, "status": "passed"}]}, 0),
            ({"status": "failed", "flaky": True}, 0),
        ],
    )
    def test_are_flaky_where_they_passed_after_a_failed_try(self, more: dict[str, Any], flaky: int) -> None:
        for declared in (True, False):
            found = measure(READER, report(test_of(**more), test_of(), declared=declared))
            assert found.measures["tests.flaky"] == flaky

    @pytest.mark.parametrize(("said", "flaky"), [(1, 1), (0, 0), (9, 2), (None, 0)])
    def test_are_flaky_as_the_summary_says_where_it_says_more(self, said: int | None, flaky: int) -> None:
        found = measure(READER, report(test_of(), test_of(), flaky=said))
        assert found.measures["tests.flaky"] == flaky

    def test_of_an_unknown_status_are_errors_where_the_report_does_not_declare_itself(self) -> None:
        old = report(test_of("exploded"), test_of(), declared=False, other=1)
        assert measure(READER, old).measures["tests.errors"] == 1
        assert "$.results.tests[0].status" in refusal(READER, report(test_of("exploded"), test_of(), other=1))

    def test_texts_are_cut(self) -> None:
        found = items(READER, report(test_of("failed", message="b" * 50)), Limits(max_text=9))
        assert found == [Case("", "a failed ", Outcome.FAILED, 0.25, "b" * 9)]


class TestRan:
    @pytest.mark.parametrize(
        ("summary", "reason"),
        [
            ({"tests": 3}, "says 3 tests, and 2 are listed"),
            ({"tests": 1}, "says 1 tests, and 2 are listed"),
            ({"failed": 1, "passed": 1}, "says 1 tests that are passed, and 2 are listed"),
            ({"failed": 1}, "says 1 tests that are failed, and 0 are listed"),
            ({"other": 1}, "says 1 tests that are other, and 0 are listed"),
            ({"pending": 1}, "says 1 tests that are pending"),
            ({"skipped": 1}, "says 1 tests that are skipped"),
        ],
    )
    def test_not_where_the_summary_differs(self, summary: dict[str, int], reason: str) -> None:
        assert reason in (measure(READER, report(test_of(), test_of(), **summary)).why_not or "")

    def test_not_without_a_test_that_ran(self) -> None:
        assert "lists no test case" in (measure(READER, report()).why_not or "")
        assert "was skipped" in (measure(READER, report(test_of("pending"))).why_not or "")

    def test_tells_tool_time_and_commit(self) -> None:
        old = report(test_of(), declared=False, start=None, stop=None) | {"timestamp": "2026-01-02T03:04:05Z"}
        old["results"]["tool"]["version"] = "30.1"
        old["results"]["environment"] = {"commit": "A1B2C3D4E5F6"}
        reading = measure(READER, old)
        assert (reading.tool_version, reading.commits) == ("30.1", ("a1b2c3d4e5f6",))
        assert reading.made_at == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
        old["results"]["environment"] = {"commit": "main"}
        assert measure(READER, old).commits == ()


def without(path: str) -> dict[str, Any]:
    """Leave one required property out."""
    whole = report(test_of(attachments=[{"name": "a", "contentType": "b", "path": "c"}]))
    whole["baseline"] = {"reportId": "1"}
    *parents, last = path.split(".")
    place: Any = whole
    for part in parents:
        place = place[int(part) if part.isdigit() else part]
    del place[last]
    return whole


class TestRefused:
    @pytest.mark.parametrize(
        "path",
        [
            "reportFormat", "specVersion", "results", "results.tool", "results.summary", "results.tests",
            "results.tool.name",
            *(f"results.summary.{name}" for name in ("tests", *STATUSES, "start", "stop")),
            *(f"results.tests.0.{name}" for name in ("name", "status", "duration")), "baseline.reportId",
            *(f"results.tests.0.attachments.0.{name}" for name in ("name", "contentType", "path")),
        ],
    )  # fmt: skip
    def test_without_what_the_schema_requires(self, path: str) -> None:
        assert "not what the format asks for" in refusal(READER, without(path))

    @pytest.mark.parametrize(
        "changed",
        [
            report(test_of()) | {"reportFormat": "OTHER"},
            report(test_of()) | {"reportFormat": 1},
            report(test_of()) | {"specVersion": "v1"},
            report(test_of()) | {"specVersion": 1.0},
            report(test_of()) | {"extra": []},
            report(test_of()) | {"results": []},
            report(test_of(name="")),
            report(test_of(name=1)),
            report(test_of(status=1)),
            report(test_of(duration="1")),
            report(test_of(line="1")),
            report(test_of(suite=[1])),
            report(test_of(retryAttempts=[{"attempt": 0, "status": "failed"}])),
            report(test_of(retryAttempts=[{"attempt": 1, "status": "odd"}])),
            report(test_of(retryAttempts=[{"status": "failed"}])),
            report(test_of(steps=[{"name": "a", "status": "odd"}])),
            report(test_of(steps=[{"name": "a"}])),
            report("odd"),
            report(test_of(), tests="1"),
            report(test_of(), passed=-1),
            report(test_of(), start="1"),
            report(test_of(), declared=False, passed=None),
            report(test_of(duration="1"), declared=False),
            [],
        ],
    )
    def test_where_a_value_is_none_of_the_schema(self, changed: Any) -> None:
        assert "not what the format asks for" in refusal(READER, changed)

    def test_where_it_is_cut_off(self) -> None:
        assert "ends before its JSON does" in refusal(READER, '{"reportFormat": "CTRF", "results": {')


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (report(test_of()), True),
        (report(declared=False), True),
        ({"reportFormat": "CTRF"}, True),
        ({"reportFormat": "OTHER"}, False),
        ({"results": {"summary": {}}}, False),
        ({"target": "../../schema/ctrf.schema.json", "tests": [report(test_of())]}, False),
        ([report(test_of())], False),
    ],
)
def test_is_recognised_by_its_keys(document: Any, expected: bool) -> None:
    assert recognises(READER, document) is expected
