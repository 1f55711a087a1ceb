"""JUnit XML: every case counts once, under its worst result, and a run that lost results is none."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.readers.reading import items, read, sniffs
from tidegate.domain.findings import Case, Outcome
from tidegate.domain.measures import BY_NAME, Kind
from tidegate.readers.base import Limits
from tidegate.readers.junit import READER


def suite(*cases: str, **declared: object) -> str:
    """Write one suite of cases, with what it declares."""
    attributes = "".join(f' {name}="{value}"' for name, value in declared.items())
    return f"<testsuite{attributes}>{''.join(cases)}</testsuite>"


def case(*inside: str, **attributes: str) -> str:
    """Write one case."""
    told = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return f"<testcase{told}>{''.join(inside)}</testcase>"


def counts(report: str) -> dict[str, object]:
    """Read a report for its measures, named without their prefix."""
    return {name.removeprefix("tests."): value for name, value in read(READER, report).measures.items()}


class TestCounting:
    def test_counts_every_outcome(self) -> None:
        report = suite(case(), case("<failure/>"), case("<error/>"), case("<skipped/>"), name="s")
        assert counts(report) == {
            "total": 4,
            "passed": 1,
            "failed": 1,
            "errors": 1,
            "skipped": 1,
            "flaky": 0,
            "suites": 1,
        }
        assert read(READER, report).ran

    @pytest.mark.parametrize(
        ("results", "worst"),
        [
            ("<skipped/><failure/><error/>", "errors"),
            ("<error/><failure/>", "errors"),
            ("<skipped/><failure/>", "failed"),
            ("<failure/><failure/>", "failed"),
            ("<failure/><skipped/>", "failed"),
        ],
    )
    def test_counts_a_case_with_several_results_once_under_its_worst(self, results: str, worst: str) -> None:
        told = counts(suite(case(results), case()))
        assert told[worst] == 1
        assert (told["total"], told["passed"]) == (2, 1)

    def test_counts_cases_and_suites_at_any_depth(self) -> None:
        inner = suite(case(), suite(case(), name="c"), name="b")
        told = counts(f"<testsuites><testsuites>{suite(inner, case(), name='a')}</testsuites></testsuites>")
        assert (told["total"], told["suites"]) == (3, 3)

    def test_counts_cases_outside_any_suite(self) -> None:
        report = f"<testsuites>{case('<failure/>', name='a')}</testsuites>"
        assert counts(report)["failed"] == 1
        assert items(READER, report) == [Case("", "a", Outcome.FAILED)]

    @pytest.mark.parametrize(
        ("attributes", "outcome"),
        [
            ({"status": "disabled"}, "skipped"),
            ({"status": "notrun"}, "skipped"),
            ({"result": "suppressed"}, "skipped"),
            ({"status": "run", "result": "skipped"}, "skipped"),
            ({"status": "FAILED"}, "failed"),
            ({"result": "error"}, "errors"),
            ({"status": "run", "result": "completed"}, "passed"),
            ({"status": "passed"}, "passed"),
        ],
    )
    def test_believes_a_status_that_tells_that_a_case_did_not_pass(
        self, attributes: dict[str, str], outcome: str
    ) -> None:
        told = counts(suite(case(**attributes), case()))
        assert told["total"] == 2
        assert told[outcome] == (2 if outcome == "passed" else 1)

    @given(
        st.lists(
            st.lists(
                st.sampled_from(["failure", "error", "skipped", "flakyFailure", "rerunError"]), max_size=3
            )
        )
    )
    @settings(max_examples=50, deadline=1000)
    def test_the_outcomes_add_up_to_the_total(self, cases: list[list[str]]) -> None:
        report = suite(*(case(*(f"<{name}/>" for name in results)) for results in cases))
        told = read(READER, report).measures
        outcomes = ("tests.passed", "tests.failed", "tests.errors", "tests.skipped")
        assert sum(told[name] for name in outcomes) == told["tests.total"] == len(cases)
        assert len(items(READER, report)) == len(cases)

    def test_counts_a_case_inside_a_case_and_a_suite_inside_a_case(self) -> None:
        told = counts(suite(case(case("<failure/>")), case(suite(case("<error/>"))), case()))
        assert (told["total"], told["failed"], told["errors"]) == (5, 1, 1)

    def test_a_case_that_is_cut_by_a_chunk_keeps_its_result(self) -> None:
        long = f"<system-out>{'x' * 200_000}</system-out>"
        report = suite(
            case("<skipped/>"), case(long, "<failure>no</failure>", long, name="b"), case(name="c")
        )
        told = counts(report)
        assert (told["total"], told["failed"], told["skipped"], told["passed"]) == (3, 1, 1, 1)
        assert items(READER, report)[1:] == [
            Case("", "b", Outcome.FAILED, detail="no"),
            Case("", "c", Outcome.PASSED),
        ]


class TestBrokenSuites:
    @pytest.mark.parametrize("result", ["error", "failure"])
    def test_an_error_of_a_suite_counts_as_a_case_that_broke(self, result: str) -> None:
        broken = suite(f'<{result} message="no fixture">trace</{result}>', name="setup", tests=1, errors=1)
        report = f"<testsuites>{suite(case())}{broken}</testsuites>"
        told = counts(report)
        assert (told["total"], told["errors"], told["passed"]) == (2, 1, 1)
        assert read(READER, report).ran
        assert items(READER, report)[-1] == Case("setup", "setup", Outcome.ERROR, detail="no fixture")

    def test_several_errors_of_a_suite_count_once(self) -> None:
        told = counts(suite("<error>first\nx</error><error>second</error>", case(), name="s"))
        assert (told["total"], told["errors"]) == (2, 1)

    def test_a_suite_that_broke_before_its_first_case_tested_nothing(self) -> None:
        reading = read(READER, suite("<error/>", tests=1, errors=1))
        assert not reading.ran
        assert reading.measures["tests.errors"] == 1

    def test_an_error_between_two_cases_is_the_suites_own(self) -> None:
        told = counts(suite(case(), "<error/>", case("<skipped/>"), "<skipped/><rerunError/><flakyError/>"))
        assert (told["total"], told["errors"], told["skipped"], told["flaky"]) == (3, 1, 1, 0)

    def test_output_of_a_suite_is_no_error(self) -> None:
        told = counts(suite(case(), "<system-out>x</system-out><system-err>ERROR</system-err><skipped/>"))
        assert (told["total"], told["errors"], told["skipped"]) == (1, 0, 0)


class TestTries:
    def test_a_case_that_passed_after_a_failed_try_is_flaky(self) -> None:
        flaky = case("<flakyFailure/><flakyError/>", name="a", time="1")
        told = counts(suite(flaky, tests=3, failures=2))
        assert (told["total"], told["passed"], told["flaky"]) == (1, 1, 1)
        assert read(READER, suite(flaky, tests=3, failures=2)).ran
        assert items(READER, suite(flaky)) == [Case("", "a", Outcome.PASSED, 1.0, flaky=True)]

    def test_a_case_that_failed_every_try_is_not_flaky(self) -> None:
        told = counts(suite(case("<failure/><rerunFailure/><rerunFailure/>"), tests=3, failures=3))
        assert (told["total"], told["failed"], told["flaky"]) == (1, 1, 0)

    @pytest.mark.parametrize(("again", "worst"), [("rerunFailure", "failed"), ("rerunError", "errors")])
    def test_a_case_with_reruns_alone_did_not_pass(self, again: str, worst: str) -> None:
        assert counts(suite(case(f"<{again}/>")))[worst] == 1

    def test_a_failed_case_with_a_flaky_try_is_not_flaky(self) -> None:
        told = counts(suite(case("<flakyFailure/><failure/>"), case()))
        assert (told["failed"], told["flaky"]) == (1, 0)

    def test_the_case_after_a_flaky_one_is_not_flaky(self) -> None:
        assert counts(suite(case("<flakyFailure/>"), case(), case("<failure/>")))["flaky"] == 1


class TestWhatIsMissing:
    @pytest.mark.parametrize(
        ("report", "why"),
        [
            ("<testsuites/>", "lists no test case"),
            (suite(tests=0), "lists no test case"),
            (suite(name="s", tests=6), "The suite 's' declares 6 tests but lists 0"),
            (suite(case(), case(), tests=3), "A suite declares 3 tests but lists 2"),
            (suite(case(), name="s", tests=1, failures=1), "declares 1 failures and errors but lists 0"),
            (
                suite(case("<failure/>"), tests=1, failures=1, errors=1),
                "declares 2 failures and errors but lists 1",
            ),
            (f"<testsuites tests='9'>{suite(case(), tests=1)}</testsuites>", "declares 9 tests but lists 1"),
            (suite(suite(case(), tests=1), suite(tests=2), tests=1), "declares 2 tests but lists 0"),
            (suite(case("<skipped/>"), case(status="notrun")), "Every one of the 2 test cases was skipped"),
        ],
    )
    def test_a_run_that_lost_results_or_tested_nothing_did_not_do_its_work(
        self, report: str, why: str
    ) -> None:
        reading = read(READER, report)
        assert not reading.ran
        assert why in (reading.why_not or "")

    @pytest.mark.parametrize(
        "report",
        [
            suite(case(), case(), tests=1),
            suite(case(), tests=""),
            suite(case(), tests="many", failures="x"),
            suite(case("<failure/><error/>"), tests=1, failures=1, errors=1),
            suite(case("<error/>"), tests=0, errors=1),
            suite(suite(case(), case(), tests=2), case(), tests=1),
            suite(suite(case(), case(), tests=2), case(), tests=3),
        ],
    )
    def test_totals_that_the_listed_cases_explain_are_fine(self, report: str) -> None:
        assert read(READER, report).ran

    def test_what_a_short_suite_lists_is_still_measured(self) -> None:
        assert counts(suite(case(), case("<failure/>"), tests=5))["failed"] == 1

    @pytest.mark.parametrize(
        ("declared", "ran"),
        [
            ({"tests": 11, "failures": 0, "errors": 0, "skipped": 1}, True),
            ({"tests": 11, "failures": 1, "errors": 0, "skipped": 1}, False),
            ({"tests": 11, "failures": 0, "errors": 0, "skipped": 2}, False),
            ({"tests": 11, "failures": 0, "errors": 0}, False),
        ],
    )
    def test_subtests_that_pytest_counts_but_does_not_list_are_explained(
        self, declared: dict[str, int], ran: bool
    ) -> None:
        inside = suite(case(), case("<skipped/>"), name="pytest", **declared)
        assert read(READER, f"<testsuites name='pytest tests'>{inside}</testsuites>").ran is ran
        assert not read(READER, f"<testsuites>{inside}</testsuites>").ran


class TestDurations:
    @pytest.mark.parametrize(
        ("times", "seconds"),
        [
            (["0.5", "1,234.5"], 1235.0),
            (["-345", "100"], 100.0),
            (["nan", "inf", "1"], 1.0),
            (["", "2"], 2.0),
        ],
    )
    def test_adds_up_the_cases_times(self, times: list[str], seconds: float) -> None:
        assert counts(suite(*(case(time=time) for time in times)))["duration"] == seconds

    @pytest.mark.parametrize("cases", [case(), case(time=""), case(time="1") + case(time="soon")])
    def test_is_not_measured_where_the_report_does_not_tell(self, cases: str) -> None:
        assert "duration" not in counts(suite(cases))


class TestItems:
    def test_yields_cases_with_suite_name_outcome_time_and_first_line_of_what_went_wrong(self) -> None:
        report = suite(
            case(classname="pkg.T", name="a", time="1,000.5"),
            case('<failure message="no\nway">trace</failure>', name="b"),
            case("<error>\n  boom\n  at x</error>", name="c"),
            case("<failure/><system-out>talk</system-out>", name="d"),
            case("<skipped message='later'/>", name="e"),
            name="s",
        )
        assert items(READER, report) == [
            Case("pkg.T", "a", Outcome.PASSED, 1000.5),
            Case("s", "b", Outcome.FAILED, detail="no way"),
            Case("s", "c", Outcome.ERROR, detail="boom"),
            Case("s", "d", Outcome.FAILED),
            Case("s", "e", Outcome.SKIPPED),
        ]

    def test_tells_the_worst_of_several_results(self) -> None:
        found = items(
            READER, suite(case("<failure>first</failure><error>second</error><failure>third</failure>"))
        )
        assert found == [Case("", "", Outcome.ERROR, detail="second")]

    def test_cuts_texts_that_are_kept(self) -> None:
        report = suite(case(f"<failure>{'x' * 100}\n{'y' * 100}</failure>", name="n" * 100))
        found = items(READER, report, Limits(max_text=10))
        assert found == [Case("", "n" * 10, Outcome.FAILED, detail="x" * 10)]

    def test_hands_cases_on_while_the_report_streams(self) -> None:
        report = suite(*(case(name=f"{'n' * 100}{number}") for number in range(3000)))
        assert [found.name[100:] for found in items(READER, report) if isinstance(found, Case)] == [
            str(number) for number in range(3000)
        ]


class TestSniffing:
    @pytest.mark.parametrize(
        "report", ["<testsuites/>", "<testsuite/>", "\ufeff <!-- x --><testsuite xmlns='u'>"]
    )
    def test_claims_its_roots(self, report: str) -> None:
        assert sniffs(READER, report)

    @pytest.mark.parametrize(
        "report",
        [
            "",
            "{}",
            "<test-results><test-suite/></test-results>",
            "<test-run><test-suite/></test-run>",
            "<test-suite/>",
            '<TestRun xmlns="http://microsoft.com/schemas/VisualStudio/TeamTest/2010"/>',
            "<assemblies><assembly/></assemblies>",
            "<assembly/>",
            '<coverage line-rate="1"/>',
            '<bom xmlns="http://cyclonedx.org/schema/bom/1.4"/>',
            "<report><package/></report>",
        ],
    )
    def test_leaves_other_dialects_alone(self, report: str) -> None:
        assert not sniffs(READER, report)

    @pytest.mark.parametrize(
        ("names", "tool"),
        [
            (("pytest tests", "pytest"), "pytest"),
            (("jest tests", "a"), "jest"),
            (("", "ruff"), "ruff"),
            (("", ""), "junit"),
        ],
    )
    def test_tells_the_tool_by_the_names_of_the_suites(self, names: tuple[str, str], tool: str) -> None:
        report = f"<testsuites name='{names[0]}'>{suite(case(), name=names[1])}</testsuites>"
        assert read(READER, report).tool == tool

    def test_declares_every_measure_that_it_gives(self) -> None:
        assert READER.kind is Kind.TESTS
        assert set(read(READER, suite(case(time="1"))).measures) == set(READER.follows)
        assert set(READER.follows) <= set(BY_NAME)
