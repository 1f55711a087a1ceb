"""NUnit XML: every case counts by its own word, and a suite that failed without one counts as an error."""

from __future__ import annotations

import pytest

from tests.support.reading import items, measure, recognises, refusal
from tidegate.domain.findings import Case, Outcome
from tidegate.readers.base import Limits
from tidegate.readers.test_results.nunit import READER


def element(tag: str, *inside: str, **attributes: object) -> str:
    """Write one element; `_` in names of attributes stands for `-`."""
    given = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in attributes.items())
    return f"<{tag}{given}>{''.join(inside)}</{tag}>"


def case(*inside: str, **attributes: object) -> str:
    return element("test-case", *inside, **({"name": "t"} | attributes))


def suite(*inside: str, **attributes: object) -> str:
    return element("test-suite", *inside, **({"name": "S", "result": "Passed"} | attributes))


def run(*inside: str, **attributes: object) -> str:
    return element("test-run", *inside, **attributes)


def old(*inside: str, **attributes: object) -> str:
    return element("test-results", *inside, **attributes)


GOOD = case(result="Passed")


def counts(report: str) -> dict[str, object]:
    """Read a report for its measures, named without their prefix."""
    return {name.removeprefix("tests."): value for name, value in measure(READER, report).measures.items()}


class TestCases:
    @pytest.mark.parametrize(
        ("attributes", "outcome"),
        [
            ({"result": "Passed"}, "passed"),
            ({"result": "Success", "executed": "True", "success": "True"}, "passed"),
            ({"result": " success "}, "passed"),
            ({"executed": "true", "success": "true"}, "passed"),
            ({"success": "True"}, "passed"),
            ({"result": "Failed"}, "failed"),
            ({"result": "Failed", "label": "Error"}, "failed"),
            ({"result": "Failed", "label": "Invalid", "runstate": "NotRunnable"}, "failed"),
            ({"result": "Failed(Child)"}, "failed"),
            ({"result": "Failed:Error"}, "failed"),
            ({"result": "Failure", "success": "False"}, "failed"),
            ({"executed": "True", "success": "False"}, "failed"),
            ({"result": "Error"}, "errors"),
            ({"result": "NotRunnable", "executed": "False"}, "errors"),
            ({"result": "Cancelled"}, "errors"),
            ({"result": "Skipped", "label": "Ignored"}, "skipped"),
            ({"result": "Skipped", "label": "Explicit"}, "skipped"),
            ({"result": "Ignored", "executed": "False"}, "skipped"),
            ({"result": "Explicit"}, "skipped"),
            ({"result": "Inconclusive", "success": "False"}, "skipped"),
            ({"result": "Warning"}, "skipped"),
            ({"executed": "False"}, "skipped"),
            ({"result": ""}, "errors"),
            ({"result": "Perfect"}, "errors"),
            ({"result": "Passed, nearly"}, "errors"),
            ({"result": "Success", "success": "False"}, "errors"),
            ({"result": "Success", "executed": "False"}, "errors"),
            ({"success": "Turue", "executed": "True"}, "errors"),
            ({"executed": "True"}, "errors"),
            ({"executed": "perhaps", "success": "True"}, "errors"),
            ({}, "errors"),
        ],
    )
    def test_count_by_their_word_and_no_unknown_one_passes(
        self, attributes: dict[str, str], outcome: str
    ) -> None:
        counted = counts(run(suite(GOOD, GOOD, case(**attributes))))
        expected = {"passed": 2, "failed": 0, "errors": 0, "skipped": 0}
        expected[outcome] += 1
        assert counted == {"total": 3, "suites": 1, **expected}

    @pytest.mark.parametrize(
        "inside",
        [
            "<failure/>",
            "<assertions><assertion result='Failed'/></assertions>",
            "<assertions><assertion result='Error'/></assertions>",
        ],
    )
    @pytest.mark.parametrize("word", ["Passed", "Skipped"])
    def test_fail_where_something_in_them_failed_whatever_they_say(self, inside: str, word: str) -> None:
        assert counts(run(suite(GOOD, case(inside, result=word))))["failed"] == 1

    def test_pass_with_a_reason_an_output_and_a_warned_assertion(self) -> None:
        inside = "<reason><message>Well</message></reason><output>x</output><properties/>"
        report = run(suite(case(inside, "<assertion result='Warning'/>", result="Passed")))
        assert counts(report)["passed"] == 1
        assert items(READER, report) == [Case("S", "t", Outcome.PASSED)]

    def test_are_named_by_class_else_by_the_innermost_suite(self) -> None:
        inner = suite(case(result="Passed"), name="B", fullname="A.B")
        report = run(suite(inner, case(result="Passed", classname="C.D", duration="0.5")))
        assert items(READER, report) == [
            Case("A.B", "t", Outcome.PASSED),
            Case("C.D", "t", Outcome.PASSED, 0.5),
        ]

    def test_tell_the_first_line_of_why_they_did_not_pass(self) -> None:
        message = "<failure><message><![CDATA[  \n  Expected: 1\n  But was: 2]]></message>"
        report = run(
            suite(
                case(f"{message}<stack-trace>at X</stack-trace></failure>", result="Failed"),
                case("<reason><message>Later</message></reason>", result="Skipped"),
                case(result="Odd"),
            )
        )
        assert [item.detail for item in items(READER, report) if isinstance(item, Case)] == [
            "Expected: 1",
            "Later",
            "result='Odd' is no known result",
        ]

    def test_have_texts_that_are_cut(self) -> None:
        long = "x" * 50
        report = run(
            suite(
                case(f"<failure><message>{long}</message></failure>", name=long, result="Failed"), name=long
            )
        )
        (met,) = items(READER, report, Limits(max_text=10))
        assert met == Case("x" * 10, "x" * 10, Outcome.FAILED, 0.0, "x" * 10)

    def test_add_their_durations_up(self) -> None:
        report = run(suite(case(result="Passed", duration="1.5"), case(result="Passed", time="0.25")))
        assert counts(report)["duration"] == 1.75


class TestSuites:
    def test_count_at_any_depth_and_the_run_is_none(self) -> None:
        assert counts(run(suite(suite(GOOD), suite(suite(GOOD)))))["suites"] == 4
        assert counts(old(suite(f"<results>{suite(GOOD)}</results>")))["suites"] == 2

    @pytest.mark.parametrize(
        "failing",
        [
            {"result": "Failed", "site": "TearDown"},
            {"result": "Failed", "site": "SetUp"},
            {"result": "Failed", "site": "Child"},
            {"result": "Failed", "site": "Parent"},
            {"result": "Failed", "label": "Invalid", "runstate": "NotRunnable"},
            {"result": "Failure"},
            {"result": "Error"},
            {"result": "NotRunnable", "executed": "False"},
            {"result": "Wrong"},
        ],
    )
    def test_that_failed_without_a_case_count_as_one_error(self, failing: dict[str, str]) -> None:
        report = run(suite(suite(GOOD, **failing), result="Failed"), result="Failed")
        assert counts(report) == {
            "total": 2, "passed": 1, "failed": 0, "errors": 1, "skipped": 0, "suites": 2
        }  # fmt: skip
        assert items(READER, report)[-1] == Case("S", "S", Outcome.ERROR)

    @pytest.mark.parametrize("verdict", [{"result": "Failed"}, {"success": "False"}])
    def test_that_failed_by_success_alone_or_as_the_whole_run_count_too(
        self, verdict: dict[str, str]
    ) -> None:
        assert counts(run(suite(GOOD), **verdict))["errors"] == 1
        assert counts(old(element("test-suite", GOOD, name="x", **verdict)))["errors"] == 1

    def test_with_a_failure_of_their_own_tell_why(self) -> None:
        broken = suite("<failure><message>OneTimeTearDown: no</message></failure>", GOOD)
        assert items(READER, run(broken))[-1] == Case("S", "S", Outcome.ERROR, 0.0, "OneTimeTearDown: no")

    def test_whose_cases_explain_their_failure_count_no_more(self) -> None:
        inside = "<failure><message>One or more child tests had errors</message></failure>"
        report = run(suite(inside, case(result="Failed"), result="Failed", site="Child"), result="Failed")
        assert counts(report)["total"] == 1

    def test_that_broke_in_their_tear_down_count_beside_failing_cases(self) -> None:
        report = run(suite(case(result="Failed"), result="Failed", site="TearDown"), result="Failed")
        assert (counts(report)["failed"], counts(report)["errors"]) == (1, 1)

    def test_excused_by_the_fixture_around_them_do_not_count(self) -> None:
        inner = suite("<failure/>", result="Failed", site="Parent")
        lost = case(result="Failed", site="Parent")
        report = run(suite(inner, lost, result="Failed", site="SetUp"), result="Failed")
        assert (counts(report)["failed"], counts(report)["errors"]) == (1, 0)

    def test_without_a_word_of_their_own_are_believed(self) -> None:
        assert counts(old(element("test-suite", case(result="Success"), name="x")))["errors"] == 0


class TestRan:
    def test_where_all_is_listed(self) -> None:
        reading = measure(READER, run(suite(GOOD, total=1, failed=0), total=1, failed=0, result="Passed"))
        assert (reading.ran, reading.why_not, reading.tool) == (True, None, "nunit")

    @pytest.mark.parametrize(
        ("report", "reason"),
        [
            (run(suite(GOOD), total=2), "The report declares 2 tests but lists 1: results are missing."),
            (run(suite(GOOD, total=3), total=1), "The suite 'S' declares 3 tests but lists 1"),
            (run(suite(GOOD), failed=1), "declares 1 failed tests but lists 0"),
            (old(suite(GOOD), total=1, failures=0, errors=1), "declares 1 failed tests but lists 0"),
            (old(suite(GOOD), total=1, failures=0, errors=0, invalid=1), "declares 1 failed tests but"),
            (run(suite()), "lists no test case: nothing was tested."),
            (run(suite(result="Failed", label="Invalid")), "lists no test case"),
            (
                run(suite(case(result="Skipped"), case(result="Inconclusive"))),
                "Not one of the 2 test cases ran",
            ),
            (run(suite(GOOD, case(result="Failed", label="Cancelled"))), "the run was cancelled"),
            (run(suite(GOOD), result="Failed", label="Cancelled"), "the run was cancelled"),
            (run("<filter><partition>2/3</partition></filter>", suite(GOOD)), "(partition 2/3)"),
            (
                run("<filter><and><partition>1/4:fixture</partition></and></filter>", suite(GOOD)),
                "1/4:fixture",
            ),
            (run("<filter><partition/></filter>", suite(GOOD)), "(partition ?)"),
        ],
    )
    def test_not_where_results_are_missing_or_nothing_was_tested(self, report: str, reason: str) -> None:
        reading = measure(READER, report)
        assert not reading.ran and reading.why_not is not None and reason in reading.why_not

    def test_where_only_what_was_skipped_is_not_listed(self) -> None:
        report = old(suite(GOOD), total=3, skipped=1, ignored=1, not_run=0)
        reading = measure(READER, report)
        assert (reading.ran, reading.measures["tests.total"], reading.measures["tests.skipped"]) == (
            True,
            3,
            2,
        )
        inside = run(suite(GOOD, total=3, skipped=2), total=3, skipped=2)
        assert measure(READER, inside).measures["tests.skipped"] == 2
        for lost in (old(suite(GOOD), total=4, not_run=2), old(suite(GOOD), total=9**17, skipped=9**17)):
            assert "results are missing" in (measure(READER, lost).why_not or "")

    def test_where_more_is_listed_than_declared(self) -> None:
        assert measure(READER, old(suite(GOOD, GOOD, case(executed="False")), total=2, not_run=1)).ran


class TestWhatElseItSays:
    def test_its_version_and_when_it_ended(self) -> None:
        environment = element("environment", framework_version="3.14.0", clr_version="4")
        reading = measure(
            READER,
            run(
                suite(environment, GOOD, type="Assembly", end_time="2026-01-02 03:04:04Z"),
                engine_version="3.15",
                end_time="2026-01-02 03:04:05Z",
            ),
        )
        assert reading.tool_version == "3.14.0"
        assert str(reading.made_at) == "2026-01-02 03:04:04+00:00"

    def test_the_engines_version_where_no_framework_tells_its_own(self) -> None:
        assert measure(READER, run(suite(GOOD), engine_version="3.15")).tool_version == "3.15"

    def test_of_nunit_2_its_version_and_when_it_began(self) -> None:
        environment = element("environment", nunit_version="2.6.4")
        reading = measure(READER, old(environment, suite(GOOD), date="2026-01-02", time="03:04:05"))
        assert reading.tool_version == "2.6.4"
        assert str(reading.made_at) == "2026-01-02 03:04:05+14:00", "its zone is not told"

    def test_that_jest_wrote_it(self) -> None:
        assert measure(READER, old(suite(GOOD), name="jest results")).tool == "jest"

    def test_of_jest_that_a_file_of_tests_could_not_be_run(self) -> None:
        broken = element("test-suite", name="b.test.js", executed="False", success="True", result="Success")
        assert counts(old(suite(GOOD), broken, name="jest results", total=1))["errors"] == 1

    def test_that_pester_wrote_it_under_nunits_name(self) -> None:
        environment = element("environment", nunit_version="2.5.8.0")
        reading = measure(READER, old(environment, suite(GOOD), name="Pester"))
        assert (reading.tool, reading.tool_version) == ("pester", "")

    def test_nothing_of_a_time_that_is_none(self) -> None:
        assert measure(READER, old(suite(GOOD), date="6/12/2007", time="2:46 PM")).made_at is None


class TestContent:
    @pytest.mark.parametrize(
        ("report", "known"),
        [
            (run(), True),
            (old(), True),
            ("<test-suite runstate='Runnable'/>", True),
            ("<test-suite executed='True'/>", True),
            ("\ufeff" + run(), True),
            ("<test-suite start='1' stop='2'/>", False),
            ("<testsuite/>", False),
            ("", False),
            ("{}", False),
        ],
    )
    def test_tells_the_format(self, report: str, known: bool) -> None:
        assert recognises(READER, report) is known

    def test_in_utf_16_is_read(self) -> None:
        report = "<?xml version='1.0' encoding='utf-16'?>" + run(suite(case(name="Ä", result="Passed")))
        assert items(READER, report.encode("utf-16")) == [Case("S", "Ä", Outcome.PASSED)]

    @pytest.mark.parametrize(
        ("report", "reason"),
        [
            ("", "The report is empty"),
            (run(suite(GOOD))[:-4], "ends before it is complete"),
            (run(suite(GOOD)) + "x", "something follows the end"),
            ("<!DOCTYPE a [<!ENTITY x 'y'>]><test-run/>", "entities of its own"),
            ("<testsuites/>", "the root element is <testsuites>"),
            ("<n:test-run xmlns:n='u'/>", "the root element is <n:test-run>"),
            ("<test-run xmlns:n='u'><n:test-case/></test-run>", "has a namespace prefix"),
        ],
    )
    def test_that_cannot_be_understood_is_refused(self, report: str, reason: str) -> None:
        assert reason in refusal(READER, report)

    def test_beyond_the_limits_is_refused(self) -> None:
        report = run(suite(GOOD, GOOD))
        assert "elements nested deeper" in refusal(READER, report, Limits(max_depth=2))
        assert "more than 3 elements" in refusal(READER, report, Limits(max_items=3))
        assert "over the limit" in refusal(READER, report, Limits(max_bytes=20))


class TestWhatWasRun:
    @pytest.mark.parametrize("inside", ["", "<cat>Fast</cat>", "<partition> 1/1 </partition>"])
    def test_is_all_that_the_pipeline_chose_unless_other_runs_have_the_rest(self, inside: str) -> None:
        assert measure(READER, run(f"<filter>{inside}</filter>", suite(GOOD))).ran
