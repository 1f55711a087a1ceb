"""JUnit XML against the manifest: where our counts differ from a peer's, which files, and why."""

from __future__ import annotations

from tests.integration.corpus.decisions import Decisions, short_name
from tests.integration.corpus.manifest import Outcome, Row, numbers
from tidegate.domain.measures import Kind
from tidegate.readers.base import Unreadable

_MERGED = "the peer merges suites by name or leaves out those without cases; each <testsuite> counts here"
_EMPTY = "lists no test case"

DECISIONS = Decisions(
    refused={
        "ctrf-junit-to-ctrf__not-junit.xml": "the root element is <catalog>",
        "enricomi__non-junit.xml": "the root element is <suites>",
        "enricomi__corrupt-xml.xml": "Line 11, column 22: the report ends before it is complete",
        "enricomi__empty.xml": "The report is empty",
        "enricomi__non-xml.xml": "Line 1, column 1: this is not XML",
        "jenkinsci-junit-plugin__testXxe-xxe.xml": "declares or uses entities",
    },
    not_run={
        "dorny__java-junit.xml": _EMPTY,
        "dorny__jest-junit~2.xml": _EMPTY,
        "dorny__phpunit-empty.xml": _EMPTY,
        "enricomi__no-cases.xml": _EMPTY,
        "enricomi__no-cases-but-tests.xml": "declares 1 failures and errors but lists 0",
        "enricomi__xunit.xml": "declares 173 tests but lists 2",
        "jenkinsci-junit-plugin__junit-report-6700.xml": _EMPTY,
        "jenkinsci-junit-plugin__junit-report-nested-testsuites.xml": "declares 186 tests but lists 3",
        "weiwei-junitparser__no_fails.xml": "declares 1 failures and errors but lists 0",
    },
    differs={
        "ctrf-junit-to-ctrf__test-junit-problem-string.xml": (
            {"errors": 2, "flaky": 1},
            "a case with rerunFailure and rerunError alone failed all its tries: the peer lets it pass",
        ),
        "enricomi__disabled.xml": (
            {"skipped": 5, "passed": 6},
            "five cases say status='disabled': they did not run, so they did not pass",
        ),
        "enricomi__junit.multiresult.xml": (
            {"failures": 1, "errors": 1, "skipped": 1, "passed": 1},
            "a case counts once, under its worst result; the peer counts results and reaches -2 passed",
        ),
        "enricomi__no-cases-but-tests.xml": (
            {"tests": 0, "passed": 0, "failures": 0, "errors": 0, "skipped": 0},
            "declared totals are not results; the peer believes them",
        ),
        "jenkinsci-junit-plugin__junit-report-6700.xml": (
            {"tests": 1, "failures": 0, "errors": 1},
            "an <error> of the suite is one broken case, as its own total says; the peer calls it a failure",
        ),
        "jenkinsci-junit-plugin__junit-report-nested-testsuites.xml": (
            {"suites": 4, "tests": 3, "errors": 1},
            f"{_MERGED}; the broken suite is the third case",
        ),
        "jenkinsci-junit-plugin__junit-report-time-aggregation.xml": ({"suites": 2}, _MERGED),
        "dorny__jest-test-results.xml": (
            {"failed": 2},
            "the peer's `failed` includes errors, as compared here",
        ),
        "jenkinsci-junit-plugin__junit-report-1.xml": (
            {"duration": 98},
            "the cases' times add up to 98 s; the suite, which the peer believes, says 2 s",
        ),
    },
)

# DefectDojo-like columns name one thing differently; `failed` means failures and errors together there.
_MEASURES = {
    "suites": "tests.suites",
    "tests": "tests.total",
    "passed": "tests.passed",
    "failures": "tests.failed",
    "errors": "tests.errors",
    "skipped": "tests.skipped",
    "flaky": "tests.flaky",
    "duration": "tests.duration",
    "findings": "findings.total",
}


def agreement(row: Row, outcome: Outcome) -> bool:
    """Tell whether what was read of a file is what the manifest expects or what was decided."""
    if isinstance(outcome, Unreadable):
        return DECISIONS.agree(short_name(row), outcome, {}, {})
    measured = {name: int(outcome.measures.get(measure, 0)) for name, measure in _MEASURES.items()}
    measured["failed"] = measured["failures"] + measured["errors"]
    stated = numbers(row["recount"]) | numbers(row["expected"])
    if outcome.kind is not Kind.TESTS:
        stated = {name: value for name, value in stated.items() if name == "findings"}
    return DECISIONS.agree(
        short_name(row), outcome, {name: stated[name] for name in stated if name in measured}, measured
    )
