"""JUnit XML: every case counts once, under its worst result, and a run that lost results is none."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.reading import items, measure, recognises, run
from tidegate.domain.findings import Case, Finding, Outcome, Severity
from tidegate.domain.measures import BY_NAME, Kind
from tidegate.readers.base import Limits
from tidegate.readers.test_results.junit import READER
from tidegate.readers.test_results.junit_words import PASSED_WORDS


def suite(*cases: str, **declared: object) -> str:
    """Write one suite of cases, with what it declares."""
    attributes = "".join(f' {name}="{value}"' for name, value in declared.items())
    return f"<testsuite{attributes}>{''.join(cases)}</testsuite>"


def case(*inside: str, **attributes: str) -> str:
    """Write one case."""
    counted = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return f"<testcase{counted}>{''.join(inside)}</testcase>"


def counts(report: str) -> dict[str, object]:
    """Read a report for its measures, named without their prefix."""
    return {name.removeprefix("tests."): value for name, value in measure(READER, report).measures.items()}


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
        assert measure(READER, report).ran

    @pytest.mark.parametrize(
        ("results", "worst"),
        [
            ("<skipped type='todo'/><failure/>", "skipped"),
            ("<failure/><skipped type='todo'/>", "skipped"),
            ("<skipped type='todo'/><failure/><error/>", "errors"),
            ("<skipped/><failure/><error/>", "errors"),
            ("<error/><failure/>", "errors"),
            ("<skipped/><failure/>", "failed"),
            ("<failure/><failure/>", "failed"),
            ("<failure/><skipped/>", "failed"),
        ],
    )
    def test_counts_a_case_with_several_results_once_under_its_worst(self, results: str, worst: str) -> None:
        counted = counts(suite(case(results), case()))
        assert counted[worst] == 1
        assert (counted["total"], counted["passed"]) == (2, 1)

    def test_counts_cases_and_suites_at_any_depth(self) -> None:
        inner = suite(case(), suite(case(), name="c"), name="b")
        counted = counts(
            f"<testsuites><testsuites>{suite(inner, case(), name='a')}</testsuites></testsuites>"
        )
        assert (counted["total"], counted["suites"]) == (3, 3)

    def test_a_test_of_pytest_that_was_broken_off_did_not_pass(self) -> None:
        # As pytest 9 writes it for a KeyboardInterrupt or `pytest.exit` in the second test.
        report = (
            '<testsuites name="pytest tests"><testsuite name="pytest" errors="0" failures="0" tests="1">'
            '<testcase classname="test_a" name="test_one" time="0.001" /><testcase time="0.000" />'
            "</testsuite></testsuites>"
        )
        counted = counts(report)
        assert (counted["total"], counted["passed"], counted["errors"]) == (2, 1, 1)

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
            ({"status": " "}, "passed"),
            ({"result": "OK", "status": "Success"}, "passed"),
            ({"status": "run", "result": "timed out"}, "errors"),
            ({"status": "passed", "outcome": "inconclusive"}, "errors"),
            ({"status": "run", "success": "False"}, "failed"),
            ({"executed": "false"}, "skipped"),
            *(
                ({"status": word}, "errors")
                for word in (
                    "untested",
                    "undefined",
                    "interrupted",
                    "incomplete",
                    "blocked",
                    "crashed",
                    "what",
                )
            ),
        ],
    )
    def test_believes_a_status_that_tells_that_a_case_did_not_pass(
        self, attributes: dict[str, str], outcome: str
    ) -> None:
        counted = counts(suite(case(**attributes), case()))
        assert counted["total"] == 2
        assert counted[outcome] == (2 if outcome == "passed" else 1)

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
        counted = measure(READER, report).measures
        outcomes = ("tests.passed", "tests.failed", "tests.errors", "tests.skipped")
        assert sum(counted[name] for name in outcomes) == counted["tests.total"] == len(cases)
        assert len(items(READER, report)) == len(cases)

    def test_counts_a_case_inside_a_case_and_a_suite_inside_a_case(self) -> None:
        counted = counts(suite(case(case("<failure/>")), case(suite(case("<error/>"))), case()))
        assert (counted["total"], counted["failed"], counted["errors"]) == (5, 1, 1)

    def test_a_case_that_is_cut_by_a_chunk_keeps_its_result(self) -> None:
        long = f"<system-out>{'x' * 200_000}</system-out>"
        report = suite(
            case("<skipped/>"), case(long, "<failure>no</failure>", long, name="b"), case(name="c")
        )
        counted = counts(report)
        assert (counted["total"], counted["failed"], counted["skipped"], counted["passed"]) == (3, 1, 1, 1)
        assert items(READER, report)[1:] == [
            Case("", "b", Outcome.FAILED, detail="no"),
            Case("", "c", Outcome.PASSED),
        ]


class TestWordsAndElementsThatNobodyKnows:
    @pytest.mark.parametrize(
        "element", ["warning", "failed", "Failure", "Error", "fatal", "incomplete", "result", "x:warning"]
    )
    def test_an_unknown_element_of_a_case_is_an_error(self, element: str) -> None:
        report = suite(case(f"<{element}>no</{element}>", name="a"), case())
        report = report.replace("<testsuite", "<testsuite xmlns:x='u'", 1)
        assert (counts(report)["errors"], counts(report)["passed"]) == (1, 1)

    @pytest.mark.parametrize("element", ["skip", "ignored", "pending"])
    def test_an_element_that_says_not_run_is_skipped(self, element: str) -> None:
        assert counts(suite(case(f"<{element}/>"), case()))["skipped"] == 1

    def test_harmless_elements_say_nothing(self) -> None:
        output = "<system-out><b/></system-out><x:system-err xmlns:x='u'/>"
        inside = f"{output}<properties><property/></properties><passed/>"
        assert (
            counts(suite("<properties><other/></properties>", case(inside), "<summary><x/></summary>"))[
                "passed"
            ]
            == 1
        )

    @pytest.mark.parametrize("element", ["warning", "Failure", "TestCase", "test-suite", "fatal"])
    def test_an_element_beside_the_cases_that_may_be_a_result_breaks_the_suite(self, element: str) -> None:
        report = suite(case(), f"<{element} message='no'><x/></{element}>", name="s")
        assert (counts(report)["errors"], counts(report)["passed"]) == (1, 1)
        assert items(READER, report)[-1] == Case("s", "s", Outcome.ERROR, detail="no")

    def test_says_which_word_or_element_nobody_knows(self) -> None:
        report = suite(case(name="a", status="untested"), case("<warning/>", name="b"))
        assert [found.detail for found in items(READER, report) if isinstance(found, Case)] == [
            "status='untested' is no known way to pass",
            "<warning> is no known result of a test",
        ]

    def test_an_element_is_more_exact_than_a_word_that_nobody_knows(self) -> None:
        counted = counts(
            suite(case("<skipped/>", status="untested"), case("<skipped/>", status="failed"), case())
        )
        assert (counted["skipped"], counted["failed"], counted["passed"]) == (1, 1, 1)

    @given(st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=12))
    @settings(max_examples=100, deadline=1000)
    def test_no_word_passes_but_the_known_ones(self, word: str) -> None:
        passed = counts(suite(case(status=word), case("<skipped/>")))["passed"]
        assert passed == (1 if word.strip().lower() in PASSED_WORDS else 0)


class TestCheckers:
    RUFF = (
        "<testsuites name='ruff' tests='2' failures='2' errors='0'>"
        "<testsuite name='/w/a.py' tests='2' failures='2' errors='0' package='org.ruff'>"
        "<testcase name='org.ruff.F401' classname='/w/a' line='3'><failure message='unused'/></testcase>"
        "<testcase name='org.ruff.E501' classname='/w/a' line='9'><failure message='long'/></testcase>"
        "</testsuite></testsuites>"
    )
    CLEAN_RUFF = (
        "<testsuites name='ruff' tests='1'><testsuite name='ruff' tests='1' package='org.ruff'>"
        "<testcase name='No errors found' classname='ruff'/></testsuite></testsuites>"
    )

    def test_the_failing_cases_of_ruff_are_findings_even_where_nobody_asks_for_items(self) -> None:
        met, reading = run(READER, self.RUFF, False)
        assert met == [
            Finding("ruff", "F401", "unused", Severity.UNRATED, "/w/a.py", 3),
            Finding("ruff", "E501", "long", Severity.UNRATED, "/w/a.py", 9),
        ]
        assert (reading.kind, reading.tool, reading.ran) == (Kind.LINT, "ruff", True)
        assert reading.measures == {"findings.total": 2, "findings.unrated": 2}

    @pytest.mark.parametrize(
        "report",
        [
            CLEAN_RUFF,
            "<testsuites><testsuite package='org.eslint' name='/w/a.js' tests='1'>"
            "<testcase name='/w/a.js' classname='/w/a'/></testsuite></testsuites>",
        ],
    )
    def test_a_clean_report_has_no_finding_and_no_test(self, report: str) -> None:
        reading = measure(READER, report)
        assert (reading.kind, reading.ran, reading.measures["findings.total"]) == (Kind.LINT, True, 0)

    @pytest.mark.parametrize(
        ("report", "why"),
        [
            ("<testsuites name='ruff'/>", "lists no file that it checked. Run `ruff check"),
            (RUFF.replace("F401", "invalid-syntax"), "could not read or parse 1 files"),
            (RUFF.replace("failure m", "error m"), "could not read or parse 2 files"),
            (RUFF.replace("tests='2'", "tests='3'"), "declares 3 tests but lists 2"),
        ],
    )
    def test_a_checker_that_did_not_check_everything_did_not_run(self, report: str, why: str) -> None:
        reading = run(READER, report, False)[1]
        assert not reading.ran
        assert why in (reading.why_not or "")

    @pytest.mark.parametrize(
        ("tool", "kind", "report"),
        [
            ("mypy", Kind.TYPES, suite(case(classname="mypy", name="mypy-py3.11-linux"), name="mypy")),
            ("ansible-lint", Kind.LINT, suite(case(name="ansible-lint", status="run"))),
            (
                "phpcs",
                Kind.LINT,
                f"<testsuites name='PHP_CodeSniffer 3.7.2'>{suite(case(), name='a.php')}</testsuites>",
            ),
            ("phpstan", Kind.TYPES, suite(case(name="phpstan"), name="phpstan")),
            ("semgrep", Kind.SAST, suite(case(), name="semgrep results")),
            ("checkov", Kind.SAST, suite(case(name="[HIGH][CKV_AWS_19] Encrypt"), name="terraform scan")),
            ("trivy", Kind.DEPENDENCIES, suite(case("<failure/>", name="[HIGH] CVE-2026-1"), name="alpine")),
            ("golangci-lint", Kind.LINT, suite(case("<failure/>", classname="a.go:1:2"), name="a.go")),
            ("swiftlint", Kind.LINT, suite(case(classname="Formatting Test", name="a.swift"))),
            ("cfn-lint", Kind.LINT, suite(case(name="E0000"), name="CloudFormation Lint")),
            ("stylelint", Kind.LINT, f"<testsuites package='stylelint.rules'>{suite(case())}</testsuites>"),
            ("bandit", Kind.SAST, suite(name="bandit", tests=0)),
            ("gitleaks", Kind.SECRETS, suite(case("<failure/>"), name="gitleaks")),
            ("ty", Kind.TYPES, suite(case(classname="ty", name="No errors found"), name="ty")),
            (
                "ty",
                Kind.TYPES,
                f"<testsuites name='ty'>{suite(case('<failure/>'), name='a.py')}</testsuites>",
            ),
            ("fishlint", Kind.LINT, suite(case(), name="FishLint results")),
            ("yamllint", Kind.LINT, suite(suite(case(), name="a.yml"), name="yamllint")),
            ("flake8", Kind.LINT, suite(case(name="FLAKE8"), case(name="mypy"), name="pytest")),
        ],
    )
    def test_another_checkers_report_is_no_evidence_of_tests_and_says_what_to_send(
        self, tool: str, kind: Kind, report: str
    ) -> None:
        reading = measure(READER, report)
        assert (reading.kind, reading.tool, reading.ran) == (kind, tool, False)
        assert "no evidence of tests" in (reading.why_not or "")
        assert "Send what " in (reading.why_not or "")

    @pytest.mark.parametrize(
        "report",
        [
            f"<testsuites name='jest tests'>{suite(case(classname='eslint'), name='eslint')}</testsuites>",
            suite(case(name="[HIGH] logs in"), name="ui"),
            suite(case(name="test_lint"), name="tests/mypy"),
            suite(case(name="mypy"), case(name="test_a"), name="pytest"),
            suite(case(), name="errors"),
        ],
    )
    def test_tests_that_speak_of_a_checker_are_tests(self, report: str) -> None:
        assert measure(READER, report).kind is Kind.TESTS

    def test_among_tests_a_checkers_passed_cases_are_left_out_and_its_failing_ones_count(self) -> None:
        checks = suite(case(), case("<failure/>", name="E1"), case("<skipped/>"), name="mypy")
        counted = counts(f"<testsuites>{suite(case())}{checks}</testsuites>")
        assert (counted["total"], counted["passed"], counted["failed"], counted["skipped"]) == (3, 1, 1, 1)
        assert len(items(READER, f"<testsuites>{suite(case())}{checks}</testsuites>")) == 3
        counted = counts(f"<testsuites>{self.CLEAN_RUFF}{suite(case('<skipped/>'))}</testsuites>")
        assert (counted["total"], counted["passed"], counted["skipped"]) == (1, 0, 1)


class TestBrokenSuites:
    @pytest.mark.parametrize("result", ["error", "failure"])
    def test_an_error_of_a_suite_counts_as_a_case_that_broke(self, result: str) -> None:
        broken = suite(f'<{result} message="no fixture">trace</{result}>', name="setup", tests=1, errors=1)
        report = f"<testsuites>{suite(case())}{broken}</testsuites>"
        counted = counts(report)
        assert (counted["total"], counted["errors"], counted["passed"]) == (2, 1, 1)
        assert measure(READER, report).ran
        assert items(READER, report)[-1] == Case("setup", "setup", Outcome.ERROR, detail="no fixture")

    def test_several_errors_of_a_suite_count_once(self) -> None:
        counted = counts(suite("<error>first\nx</error><error>second</error>", case(), name="s"))
        assert (counted["total"], counted["errors"]) == (2, 1)

    def test_a_suite_that_broke_before_its_first_case_tested_nothing(self) -> None:
        reading = measure(READER, suite("<error/>", tests=1, errors=1))
        assert not reading.ran
        assert reading.measures["tests.errors"] == 1

    def test_an_error_between_two_cases_is_the_suites_own(self) -> None:
        counted = counts(
            suite(case(), "<error/>", case("<skipped/>"), "<skipped/><rerunError/><flakyError/>")
        )
        assert (counted["total"], counted["errors"], counted["skipped"], counted["flaky"]) == (3, 1, 1, 0)

    def test_output_of_a_suite_is_no_error(self) -> None:
        counted = counts(suite(case(), "<system-out>x</system-out><system-err>ERROR</system-err><skipped/>"))
        assert (counted["total"], counted["errors"], counted["skipped"]) == (1, 0, 0)


class TestTries:
    def test_a_case_that_passed_after_a_failed_try_is_flaky(self) -> None:
        flaky = case("<flakyFailure/><flakyError/>", name="a", time="1")
        counted = counts(suite(flaky, tests=3, failures=2))
        assert (counted["total"], counted["passed"], counted["flaky"]) == (1, 1, 1)
        assert measure(READER, suite(flaky, tests=3, failures=2)).ran
        assert items(READER, suite(flaky)) == [Case("", "a", Outcome.PASSED, 1.0, flaky=True)]

    def test_a_case_that_failed_every_try_is_not_flaky(self) -> None:
        counted = counts(suite(case("<failure/><rerunFailure/><rerunFailure/>"), tests=3, failures=3))
        assert (counted["total"], counted["failed"], counted["flaky"]) == (1, 1, 0)

    @pytest.mark.parametrize(("again", "worst"), [("rerunFailure", "failed"), ("rerunError", "errors")])
    def test_a_case_with_reruns_alone_did_not_pass(self, again: str, worst: str) -> None:
        assert counts(suite(case(f"<{again}/>")))[worst] == 1

    def test_a_failed_case_with_a_flaky_try_is_not_flaky(self) -> None:
        counted = counts(suite(case("<flakyFailure/><failure/>"), case()))
        assert (counted["failed"], counted["flaky"]) == (1, 0)

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
            (suite(case(), tests=1, warnings=1), "declares 1 failures and errors but lists 0"),
            (suite(case(), tests=1, failed=2), "declares 2 failures and errors but lists 0"),
            (suite(case(), suite(tests=2), skipped=1), "declares 2 tests but lists 0"),
            (suite(suite(case(), tests=3, skipped=0), tests=3, skipped=2), "declares 3 tests but lists 1"),
            (suite(tests=3, skipped=3), "Every one of the 3 test cases was skipped"),
            (suite(case(), tests=1, disabled=1), "Every one of the 1 test cases was skipped"),
        ],
    )
    def test_a_run_that_lost_results_or_tested_nothing_did_not_do_its_work(
        self, report: str, why: str
    ) -> None:
        reading = measure(READER, report)
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
            suite(case(status="failed"), tests=1, failures=1),
            suite(case("<warning/>"), tests=1, warnings=1),
            suite(case(status="untested"), case(), tests=2, skipped=1),
            suite(case(status="notrun"), case(), tests=2, disabled=1),
            suite(case("<skipped/>"), case(), tests=2, skipped=1, ignored=1),
        ],
    )
    def test_totals_that_the_listed_cases_explain_are_fine(self, report: str) -> None:
        assert measure(READER, report).ran

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
        assert measure(READER, f"<testsuites name='pytest tests'>{inside}</testsuites>").ran is ran
        assert measure(READER, f"<testsuites>{inside}</testsuites>").ran is ran

    def test_subtests_of_xmlrunner_count_where_they_failed(self) -> None:
        failed = case("<failure type='AssertionError' message='2 == 2'/>", name="test_fail (i=2)")
        broken = case("<error type='ValueError' message='x'/>", name="test_err [a b] (i=3)")
        skipped = case("<skipped type='skip' message='no'/>", name="test_skip (i=3)")
        suites = (
            suite(
                case("<!--doc-->", name="test_sub"), name="AllPass-20261128", tests=1, failures=0, errors=0
            ),
            suite(failed, broken, name="Mixed-20261128", tests=2, failures=1, errors=1, skipped=0),
            suite(skipped, name="unittest.case._SubTest-20261128", tests=1, failures=0, errors=0, skipped=1),
        )
        report = f"<testsuites>{''.join(suites)}</testsuites>"

        assert measure(READER, report).ran
        assert counts(report) | {"duration": None} == {
            "total": 4,
            "passed": 1,
            "failed": 1,
            "errors": 1,
            "skipped": 1,
            "flaky": 0,
            "suites": 3,
            "duration": None,
        }

    @pytest.mark.parametrize(
        ("name", "advice"),
        [
            ("unittest.case._SubTest-20261128", "--output-file junit.xml"),
            ("tests.test_parsing.TestSubTest", "Run at least one."),
        ],
    )
    def test_a_file_of_skipped_subtests_tested_nothing_and_says_how_to_write_one_file(
        self, name: str, advice: str
    ) -> None:
        reading = measure(READER, suite(case("<skipped/>"), name=name, tests=1, skipped=1))

        assert not reading.ran
        assert advice in (reading.why_not or "")

    def test_more_declared_than_listed_is_nobodys_subtests_but_pytests(self) -> None:
        declared = {"name": "tests.T", "tests": 3, "failures": 0, "errors": 0, "skipped": 0, "file": "t.py"}
        assert not measure(READER, suite(case(name="test_sub"), **declared)).ran

    @pytest.mark.parametrize(
        ("root", "opening", "ran"),
        [
            ("name='pytest tests'", "name='unit' errors='0' failures='0' skipped='0' tests='5'", True),
            (
                "",
                "name='u' errors='0' failures='0' skipped='0' tests='5' time='1' timestamp='t' hostname='h'",
                True,
            ),
            ("", "name='unit' errors='0' failures='0' skipped='0' tests='5'", False),
            ("", "name='unit' tests='5' errors='0' failures='0' skipped='0' time='1' timestamp='t'", False),
        ],
    )
    def test_pytest_is_known_by_what_it_writes_whatever_the_suite_is_called(
        self, root: str, opening: str, ran: bool
    ) -> None:
        assert (
            measure(READER, f"<testsuites {root}><testsuite {opening}>{case()}</testsuite></testsuites>").ran
            is ran
        )

    @pytest.mark.parametrize(
        ("report", "passed", "skipped", "total"),
        [
            (
                "<testsuites name='Mocha Tests' tests='3' failures='0' skipped='1'>"
                f"{suite(name='Root', tests=0)}{suite(case(), case(), name='nav', tests=3)}</testsuites>",
                2,
                1,
                3,
            ),
            (suite(case(), tests=2, skipped=1), 1, 1, 2),
            (suite(case(), case(), tests=2, skipped=1), 1, 1, 2),
            (suite(suite(case(), tests=2, skipped=1), tests=2, skipped=1), 1, 1, 2),
            (suite(case(), suite(tests=0, skipped=2), tests=1), 1, 2, 3),
        ],
    )
    def test_cases_that_are_declared_as_skipped_and_not_listed_count_as_skipped(
        self, report: str, passed: int, skipped: int, total: int
    ) -> None:
        counted = counts(report)
        assert measure(READER, report).ran
        assert (counted["passed"], counted["skipped"], counted["total"]) == (passed, skipped, total)


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
        assert recognises(READER, report)

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
        assert not recognises(READER, report)

    @pytest.mark.parametrize(
        ("names", "tool"),
        [
            (("pytest tests", "pytest"), "pytest"),
            (("jest tests", "a"), "jest"),
            (("vitest tests", "a"), "vitest"),
            (("", ""), "junit"),
        ],
    )
    def test_tells_the_tool_by_the_names_of_the_suites(self, names: tuple[str, str], tool: str) -> None:
        report = f"<testsuites name='{names[0]}'>{suite(case(), name=names[1])}</testsuites>"
        assert measure(READER, report).tool == tool

    def test_declares_every_measure_that_it_gives(self) -> None:
        assert READER.kind is Kind.TESTS
        given = {
            *measure(READER, suite(case(time="1"))).measures,
            *measure(READER, TestCheckers.CLEAN_RUFF).measures,
        }
        assert given | {"tool.ran"} == set(READER.follows)
        assert set(READER.follows) <= set(BY_NAME)
