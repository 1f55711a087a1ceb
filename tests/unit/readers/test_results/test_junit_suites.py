"""JUnit XML of runs that were cut short and do not say so: cases that never ran, listed as if they passed."""

from __future__ import annotations

import pytest

from tests.support.reading import items, measure
from tidegate.domain.findings import Case, Outcome
from tidegate.readers.test_results.junit import READER

KILLED = "it never ended: its worker may have been killed"
CUT = "The file never came to its end: its worker may have been killed."


def file(*cases: str, time: str = "0", name: str = "a.test.js", last: str = "time") -> str:
    """Write a file as Vitest does."""
    counts = f'tests="{len(cases)}" failures="0" errors="0" skipped="0" {last}="{time}"'
    begin = f'<testsuite name="{name}" timestamp="2026-11-29T14:19:08.190Z" hostname="h" {counts}>'
    return f"{begin}{''.join(cases)}</testsuite>"


def case(time: str = "0", inside: str = "") -> str:
    return f'<testcase classname="a.test.js" name="opens" time="{time}">{inside}</testcase>'


def counts(*files: str) -> tuple[object, ...]:
    """Read a report; gives its passed, failed, broken and skipped cases."""
    measures = measure(READER, f'<testsuites name="vitest tests">{"".join(files)}</testsuites>').measures
    return tuple(measures[f"tests.{name}"] for name in ("passed", "failed", "errors", "skipped"))


class TestFilesWhoseWorkerWasKilled:
    def test_list_cases_that_never_ended_as_errors(self) -> None:
        cut = file(case("0.4021"), case(), case(), case(inside="<skipped/>"))
        assert counts(file(case("0.1003"), time="0.2001"), cut) == (2, 0, 2, 1)
        assert items(READER, cut)[1:3] == [Case("a.test.js", "opens", Outcome.ERROR, 0.0, KILLED)] * 2

    @pytest.mark.parametrize("cases", [[], [case("0.4021")], [case("0.4021"), case(inside="<skipped/>")]])
    def test_are_one_error_where_no_case_tells_it(self, cases: list[str]) -> None:
        passed, failed, errors, skipped = counts(file(*cases))
        assert (passed, failed, errors) == (len(cases[:1]), 0, 1)
        assert items(READER, file(*cases))[-1] == Case("a.test.js", "a.test.js", Outcome.ERROR, detail=CUT)

    @pytest.mark.parametrize(
        "whole",
        [
            file(case(), time="0.0001"),
            file(case(), name="a.test-d.ts"),  # only its types were checked
            file(case(), last="seconds"),  # another writer's
            file(case(), time="0.000"),
        ],
    )
    def test_are_not_what_merely_took_no_time(self, whole: str) -> None:
        assert counts(whole) == (1, 0, 0, 0)

    @pytest.mark.parametrize(("time", "errors"), [("0.002", 0), ("0.0021", 1), ("12", 1)])
    def test_are_not_told_by_a_clock_of_whole_milliseconds(self, time: str, errors: int) -> None:
        assert counts(file(case()), file(case(time=time), time=time))[2] == errors

    @pytest.mark.parametrize("inside", ["<skipped/>", "<failure/>"])
    def test_are_not_what_was_skipped_or_failed(self, inside: str) -> None:
        assert counts(file(case(inside=inside)))[2] == 0


class TestCasesThatNeverBegan:
    @pytest.mark.parametrize("began", ["1970-01-01T01:00:00", "1969-12-31T16:00:00.000"])
    def test_are_errors_in_every_time_zone(self, began: str) -> None:
        run = f'<testcase name="a" status="run" result="completed" time="0" timestamp="{began}"/>'
        report = f'<testsuite tests="2"><testcase name="b" status="run" result="completed"/>{run}</testsuite>'
        assert counts(report) == (1, 0, 1, 0)
        assert items(READER, report)[-1] == Case(
            "", "a", Outcome.ERROR, 0.0, "it never began, as after a failed set-up"
        )

    def test_are_what_their_elements_say(self) -> None:
        started = 'status="run" timestamp="1970-01-01T00:00:00"'
        failed = f'<testcase {started} result="completed"><failure/></testcase>'
        skipped = f'<testcase {started} result="skipped"><skipped/></testcase>'
        other = '<testcase name="of a writer without a clock" timestamp="1970-01-01T00:00:00"/>'
        assert counts(f'<testsuite tests="3">{failed}{skipped}{other}</testsuite>') == (1, 1, 0, 1)
