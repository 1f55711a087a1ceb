"""JUnit XML: what JUnit, Surefire, pytest, jest, Google Test, PHPUnit and many others write of a test run."""

from __future__ import annotations

import dataclasses

from tidegate.domain.measures import Kind
from tidegate.readers.base import Limits, Reader, Reading, Source, Stream
from tidegate.readers.test_results.junit_run import JUnitRun
from tidegate.readers.xml import feed
from tidegate.readers.xml_root import root_of


def _sniff(source: Source) -> bool:
    root = root_of(source)
    return root is not None and root.name in JUnitRun.roots


def _read(source: Source, limits: Limits, items: bool) -> Stream:
    run = JUnitRun(limits, items, source.head)
    for _ in feed(source, limits, run):
        if run.items:
            # A checker's findings are yielded in any case: what is new among them is counted from them.
            yield from run.items
            run.items.clear()
    if run.checked_only:
        return dataclasses.replace(run.checks.reading(run.shortfall), made_at=run.made_at)
    why_not = run.why_not()
    return Reading(
        "junit", Kind.TESTS, run.tool or "junit", run.measures(), "", why_not is None, why_not, run.made_at
    )


READER = Reader(
    format="junit",
    title="JUnit XML",
    kind=Kind.TESTS,
    source="https://github.com/testmoapp/junitxml",
    follows={
        "tool.ran": (
            "False where results are missing, nothing was tested, tests of Playwright did not get their turn,"
            " or a linter, type checker or scanner wrote the report"
        ),
        "tests.total": (
            "`<testcase>` elements at any depth, one for each suite that broke as a whole, and the skipped"
            " cases that suites declare without listing them"
        ),
        "tests.passed": "the total without failed, broken and skipped cases",
        "tests.failed": "cases whose worst result is `<failure>`, or `<rerunFailure>` without a flaky one",
        "tests.errors": (
            "cases whose worst result is `<error>`, an unknown element or an unknown word in `status`,"
            " `result` or `outcome`, suites with an `<error>` or `<failure>` of their own, cases with a"
            " `time` alone, which pytest leaves of a test that was broken off, and what never ran in Vitest"
            " and Google Test"
        ),
        "tests.skipped": (
            "cases whose worst result is `<skipped>`, or whose `status` or `result` says that they did"
            " not run, those that a suite declares as skipped beyond what it lists, and files in which Node's"
            " runner found no test"
        ),
        "tests.flaky": "passed cases with a `<flakyFailure>` or `<flakyError>`",
        "tests.suites": "`<testsuite>` elements, nested ones included",
        "tests.duration": (
            "the sum of the cases' `time`; a negative time counts as 0; not measured where no case has one,"
            " or where `1,234` can be either of two durations"
        ),
        "findings.total": "failing cases of a report that ruff or ESLint wrote",
        "findings.unrated": "all of them",
    },
    sniff=_sniff,
    read=_read,
    notes=(
        (
            "A case with several results counts once, under its worst (error, failure, skipped), so that the"
            " counts add up to the total; peers that count each result can reach a negative number of passed"
            " cases. One that failed and is `<skipped type='todo'>`, as Node's runner writes it, is skipped."
        ),
        (
            "An `<error>` or `<failure>` directly under a suite is a case that broke before it had a name: it"
            " counts as one case and one error, as the tools' own totals do. `<system-err>` is output, not an"
            " error: every tool logs there."
        ),
        (
            "Where a worker of Vitest is killed, its file has a `time` of 0, and the cases that never ended"
            " stand there like passed ones: they are errors, as is such a file without cases; not where times"
            " are whole milliseconds, as before Vitest 2. Up to Google"
            " Test 1.11, cases are `completed` after an `Environment` failed in its `SetUp`, and their"
            " `timestamp` is of 1970: none of them ran."
        ),
        (
            "Node's runner lists a file in which no test ran (it is empty, has helpers alone, or called"
            " `process.exit`) like a test that passed, under the file's name: it counts as skipped. A suite"
            " without tests cannot be told from a test."
        ),
        (
            "Only known good words pass (passed, pass, success, successful, succeeded, ok, run, completed)."
            " `disabled`, `notrun`, `pending` and their like are skipped; any other word, and any element of"
            " a case that is not known as harmless, is an error: `<warning>`, `<failed>` and `<Failure>` are."
        ),
        (
            "Cases that a suite declares as skipped or disabled and does not list, as mocha's reporters do"
            " with pending ones, count as skipped. Where as many cases are listed as declared, so many of"
            " those listed like passed ones count as skipped: the weaker reading."
        ),
        (
            "JUnit of a linter, type checker or scanner is no evidence of tests: its kind is the tool's. The"
            " failing cases of ruff and ESLint are findings; the others' reports block what asks for them,"
            " and say which command writes a report that can be read. In a report of tests, a checker's"
            " passed cases are left out, and its failing cases count."
        ),
        (
            "jest-junit leaves out files that could not be loaded, unless"
            " `JEST_JUNIT_REPORT_TEST_SUITE_ERRORS=true` is set, and lists tests that are `todo` like passed"
            " ones. Submit Jest's own JSON (`npx jest --json --outputFile=jest.json`), which tells both."
        ),
        (
            "Playwright lists tests that did not get their turn as skipped, without the `skip` or `fixme`"
            " that others have among their properties: where there are such and no test failed, the run was"
            " stopped."
        ),
        (
            "A case with `<rerunFailure>` and no `<failure>` counts as failed: Surefire writes that element"
            " when all tries failed."
        ),
        (
            "A suite that declares more tests, or more failures and errors, than it lists has lost results:"
            " the run did not do its work. Listing more than declared is harmless (several tools count only"
            " their direct children)."
        ),
        (
            "The tries that Surefire lists inside a case count towards the declared total, because Surefire"
            " counts them there."
        ),
        (
            "pytest counts passed subtests in `tests` without listing them: for its suites alone, more"
            " declared than listed is accepted while every declared failure, error and skip is listed, so"
            " that what is unlisted is what passed."
        ),
        (
            "unittest-xml-reporting neither counts nor lists passed subtests; a failed one is a case of its"
            " own. It puts skipped ones into a file of their own, which alone tested nothing: let it write"
            " one file, with `python -m xmlrunner --output-file junit.xml`."
        ),
        (
            "A root that declares more than its suites list, as parts cut from an aggregated report do, is"
            " missing results."
        ),
        (
            "A report without cases, and one whose cases were all skipped, tested nothing: the run did not do"
            " its work."
        ),
        (
            "The duration is the cases' own time, not the suites' wall time, which tools take over different"
            " spans."
        ),
    ),
)
