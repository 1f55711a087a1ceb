"""TRX: every result counts by its own outcome, and a run that failed beside its tests did not do its work."""

from __future__ import annotations

import pytest

from tests.support.reading import items, measure, recognises, refusal
from tidegate.domain.findings import Case, Outcome
from tidegate.readers.base import Limits
from tidegate.readers.test_results import trx
from tidegate.readers.test_results.trx import READER, seconds_of

_XMLNS = 'xmlns="http://microsoft.com/schemas/VisualStudio/TeamTest/2010"'


def result(*inside: str, outcome: str | None = "Passed", name: str = "T", **attributes: str) -> str:
    """Write one result."""
    given = {"testId": "1", "testName": name} | attributes | ({} if outcome is None else {"outcome": outcome})
    written = "".join(f' {key}="{value}"' for key, value in given.items())
    return f"<UnitTestResult{written}>{''.join(inside)}</UnitTestResult>"


def why(message: str) -> str:
    return f"<Output><StdOut>x</StdOut><ErrorInfo><Message>{message}</Message></ErrorInfo></Output>"


def summary(*infos: str, outcome: str = "Completed", **counters: int) -> str:
    """Write the summary of a run, with its counters and its messages."""
    declared = "".join(f' {name}="{value}"' for name, value in counters.items())
    return (
        f'<ResultSummary outcome="{outcome}"><Counters{declared}/><RunInfos>{"".join(infos)}</RunInfos>'
        "</ResultSummary>"
    )


def info(text: str, outcome: str = "Error") -> str:
    return f'<RunInfo computerName="x" outcome="{outcome}"><Text>{text}</Text></RunInfo>'


def report(*results: str, end: str | None = None, definitions: str = "", times: str = "") -> str:
    """Write a report; it ended well where `end` does not say otherwise."""
    end = summary() if end is None else end
    return (
        f"<TestRun {_XMLNS}>{times}<Results>{''.join(results)}</Results>"
        f"<TestDefinitions>{definitions}</TestDefinitions>{end}</TestRun>"
    )


def counts(text: str) -> dict[str, object]:
    """Read a report for its measures, named without their prefix."""
    return {name.removeprefix("tests."): value for name, value in measure(READER, text).measures.items()}


class TestResults:
    @pytest.mark.parametrize(
        ("word", "outcome"),
        [
            ("Passed", "passed"),
            ("Failed", "failed"),
            ("NotExecuted", "skipped"),
            ("Inconclusive", "skipped"),
            *((word, "errors") for word in ("Error", "Timeout", "Aborted", "NotRunnable", "Disconnected")),
            *((word, "errors") for word in ("PassedButRunAborted", "InProgress", "Pending")),
            *((word, "errors") for word in ("Warning", "Completed", "passed", "Perfect", "")),
            (None, "errors"),
        ],
    )
    def test_count_by_their_outcome_and_no_unknown_one_passes(self, word: str | None, outcome: str) -> None:
        expected = {"passed": 1, "failed": 0, "errors": 0, "skipped": 0}
        expected[outcome] += 1
        assert counts(report(result(), result(outcome=word))) == {"total": 2, **expected}

    def test_of_rows_count_beside_the_test_that_they_are_of(self) -> None:
        rows = result(outcome="Failed", duration="00:00:01") + result(duration="00:00:02")
        outer = result(f"<InnerResults>{rows}</InnerResults>", outcome="Failed", duration="00:00:03.5")
        assert counts(report(outer)) == {
            "total": 3, "passed": 1, "failed": 2, "errors": 0, "skipped": 0, "duration": 3.5
        }  # fmt: skip

    @pytest.mark.parametrize(
        "kind", ["GenericTestResult", "ManualTestResult", "WebTestResult", "TestResultAggregation"]
    )
    def test_of_other_kinds_of_tests_count_too(self, kind: str) -> None:
        assert counts(report(result(), f'<{kind} testName="x" outcome="Failed"/>'))["failed"] == 1

    def test_of_a_kind_that_is_not_known_are_refused(self) -> None:
        message = refusal(READER, report(result(), "<PsychicResult outcome='Failed'/>"))
        assert "<PsychicResult> is no known kind of result" in message

    def test_are_named_by_their_class_and_tell_why_they_did_not_pass(self) -> None:
        definitions = (
            '<UnitTest id="1"><TestMethod className="N.C, N, Version=1" name="T"/></UnitTest>'
            '<UnitTest id="2"><TestMethod className="" name="T"/></UnitTest>'
        )
        text = report(
            result(duration="00:00:00.5000000"),
            result(why("  \nNo\nnot"), outcome="Failed", testId="2"),
            result(outcome="Odd", testId="3"),
            result(why("Host gone"), outcome=None),
            definitions=definitions,
        )
        assert items(READER, text) == [
            Case("N.C", "T", Outcome.PASSED, 0.5),
            Case("", "T", Outcome.FAILED, 0.0, "No"),
            Case("", "T", Outcome.ERROR, 0.0, "outcome='Odd' is no known way to pass"),
            Case("N.C", "T", Outcome.ERROR, 0.0, "Host gone"),
        ]

    def test_go_without_their_class_beyond_so_many(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(trx, "_MAX_CLASSES", 1)
        definitions = "".join(f'<UnitTest id="{n}"><TestMethod className="C{n}"/></UnitTest>' for n in (1, 2))
        text = report(result(), result(testId="2"), definitions=definitions)
        assert items(READER, text) == [Case("C1", "T", Outcome.PASSED), Case("", "T", Outcome.PASSED)]


class TestDurations:
    @pytest.mark.parametrize(
        ("text", "seconds"),
        [
            ("00:00:00.0020000", 0.002),
            ("01:02:03", 3723.0),
            ("2.00:00:01.5", 172801.5),
            ("", None),
            ("12", None),
            ("-00:00:01", None),
            ("00:00:00,5", None),
        ],
    )
    def test_are_read(self, text: str, seconds: float | None) -> None:
        assert seconds_of(text) == seconds

    def test_are_not_measured_where_one_cannot_be_read(self) -> None:
        assert "duration" not in counts(report(result(duration="00:00:01"), result(duration="long")))


class TestRan:
    @pytest.mark.parametrize("outcome", ["Completed", "Passed", "Warning"])
    def test_where_the_run_says_so_and_all_is_listed(self, outcome: str) -> None:
        end = summary(info("a note", "Warning"), outcome=outcome, total=2, passed=1, failed=0, notExecuted=0)
        reading = measure(READER, report(result(), result(outcome="NotExecuted"), end=end))
        assert (reading.ran, reading.why_not, reading.tool) == (True, None, "dotnet-test")

    @pytest.mark.parametrize(
        ("outcome", "case"), [("Failed", "Failed"), ("Timeout", "Timeout"), ("Inconclusive", "Inconclusive")]
    )
    def test_where_a_case_explains_how_the_run_ended(self, outcome: str, case: str) -> None:
        assert measure(READER, report(result(), result(outcome=case), end=summary(outcome=outcome))).ran
        reading = measure(READER, report(result(), end=summary(outcome=outcome)))
        assert reading.why_not is not None
        assert f"The run ended as '{outcome}', and no test case explains that." in reading.why_not

    @pytest.mark.parametrize(
        "outcome", ["Error", "Aborted", "Disconnected", "InProgress", "Pending", "NotExecuted", "Great", ""]
    )
    def test_not_where_the_run_ended_otherwise_even_with_failing_cases(self, outcome: str) -> None:
        assert not measure(READER, report(result(), end=summary(outcome=outcome))).ran
        assert not measure(READER, report(result(outcome="Error"), end=summary(outcome=outcome))).ran

    @pytest.mark.parametrize(
        "text",
        [
            "[xUnit.net 00:00:00.39]     N.C.T [FAIL]",
            "Exit code indicates failure: '2'. See run.log",
            "Der Exitcode ist „2“. Siehe https://aka.ms/testingplatform/exitcodes",
        ],
    )
    def test_with_the_errors_that_failed_cases_explain(self, text: str) -> None:
        end = summary(info(text), outcome="Failed", total=2, failed=1)
        assert measure(READER, report(result(), result(outcome="Failed"), end=end)).ran
        assert not measure(READER, report(result(), end=summary(info(text)))).ran

    @pytest.mark.parametrize(
        ("end", "reason"),
        [
            ("", "has no `ResultSummary`: the run did not come to its end."),
            (
                summary(info("The active\n test run was aborted."), outcome="Failed"),
                "reports an error outside of its tests: The active test run was aborted. See what",
            ),
            (summary("<RunInfo/>"), "outside of its tests: an error without a text"),
            (summary(info("x" * 300)), "x" * 199 + "…. See"),
            (summary(info("Host gone", "Aborted")), "Host gone"),
            (
                summary(
                    info("Exit code indicates failure: '8'. See https://aka.ms/testingplatform/exitcodes")
                ),
                "Exit code indicates failure: '8'",
            ),
            (summary(info("N.C.T [FAIL]")), "reports failed tests, and none is listed"),
            (summary(total=3), "declares 3 tests but lists 1: results are missing."),
            (summary(total=1, failed=1), "declares 1 failed tests but lists 0"),
            (summary(total=1, timeout=1, aborted=1), "declares 2 failed tests but lists 0"),
        ],
    )
    def test_not_where_the_run_failed_beside_its_cases(self, end: str, reason: str) -> None:
        reading = measure(READER, report(result(), end=end))
        assert not reading.ran and reading.why_not is not None and reason in reading.why_not

    def test_not_where_nothing_was_tested(self) -> None:
        assert "lists no test case" in (measure(READER, report()).why_not or "")
        skipped = measure(READER, report(result(outcome="NotExecuted")))
        assert "Not one of the 1 test cases ran" in (skipped.why_not or "")

    def test_of_a_message_keeps_no_more_than_is_shown(self) -> None:
        text = "<x/>".join(["word"] * 300)
        reading = measure(READER, report(result(), end=summary(info(text))))
        assert reading.why_not is not None and len(reading.why_not) < 400


class TestContent:
    def test_tells_when_the_run_ended(self) -> None:
        times = '<Times start="2021-04-02T08:51:01+10:00" finish="2021-04-02T08:51:03.2567571+10:00"/>'
        reading = measure(READER, report(result(), times=times))
        assert str(reading.made_at) == "2021-04-01 22:51:03.256757+00:00"
        assert measure(READER, report(result(), times="<Times/>")).made_at is None

    def test_tells_that_jest_wrote_it(self) -> None:
        text = report(result(), times='<TestSettings name="Jest test run" id="1"/>')
        assert measure(READER, text).tool == "jest"

    @pytest.mark.parametrize(
        ("text", "known"),
        [(report(), True), ("\ufeff" + report(), True), ("<Catch2TestRun/>", False), ("<test-run/>", False)],
    )
    def test_tells_the_format(self, text: str, known: bool) -> None:
        assert recognises(READER, text) is known

    def test_in_utf_16_is_read(self) -> None:
        text = '<?xml version="1.0" encoding="utf-16"?>' + report(result(name="Ä"))
        assert recognises(READER, text.encode("utf-16"))
        assert items(READER, text.encode("utf-16")) == [Case("", "Ä", Outcome.PASSED)]

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("", "The report is empty"),
            (report(result())[:-5], "ends before it is complete"),
            ("<testsuites/>", "the root element is <testsuites>"),
            (report(result(), end=summary(outcome="Aborted") + summary()), "a second <ResultSummary>"),
            ("<!DOCTYPE TestRun [<!ENTITY a 'b'>]><TestRun/>", "entities of its own"),
        ],
    )
    def test_that_cannot_be_understood_is_refused(self, text: str, reason: str) -> None:
        assert reason in refusal(READER, text)

    def test_beyond_the_limits_is_refused(self) -> None:
        assert "more than 3 elements" in refusal(READER, report(result()), Limits(max_items=3))
