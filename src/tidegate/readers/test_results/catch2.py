"""Catch2's JSON, as `--reporter json` of Catch2 3.5 and newer writes it."""

from __future__ import annotations

from typing import Annotated

import msgspec

from tidegate.domain.findings import Case, Outcome
from tidegate.domain.measures import Kind
from tidegate.readers.base import MAX_COUNT, Limits, Reader, Reading, Source, Stream, Unreadable
from tidegate.readers.json_preview import preview
from tidegate.readers.jsons import cut, decode_each, load
from tidegate.readers.test_results.tally import Tally

_REMAKE = "`--reporter json::out=report.json`"
_AGAIN = f"Run the tests again with {_REMAKE} and send the whole report."

_Count = Annotated[int, msgspec.Meta(ge=0, le=MAX_COUNT)]


class _Catch2Counts(msgspec.Struct, kw_only=True, rename="kebab", gc=False):
    """How many assertions or test cases ended how; `fail_but_ok` failed where they may."""

    passed: _Count
    failed: _Count
    fail_but_ok: _Count = 0
    skipped: _Count = 0


class _CaseTotals(msgspec.Struct, gc=False):
    assertions: _Catch2Counts


class _Catch2Place(msgspec.Struct, frozen=True, gc=False):
    filename: str = ""


class _Info(msgspec.Struct, kw_only=True, rename="kebab", gc=False):
    name: str
    source_location: _Catch2Place = _Catch2Place()


class _TestCase(msgspec.Struct, kw_only=True, rename="kebab"):
    test_info: _Info
    totals: _CaseTotals | None = None  # written when the case ends


class _RunTotals(msgspec.Struct, kw_only=True, rename="kebab", gc=False):
    test_cases: _Catch2Counts


class _Catch2Run(msgspec.Struct, kw_only=True, rename="kebab"):
    test_cases: list[msgspec.Raw] = []
    totals: _RunTotals | None = None  # written when the run ends


class _Catch2Metadata(msgspec.Struct, kw_only=True, rename="kebab", gc=False):
    catch2_version: str = ""


class _Catch2Report(msgspec.Struct, kw_only=True, rename="kebab"):
    metadata: _Catch2Metadata
    test_run: _Catch2Run | None = None


def _sniff(source: Source) -> bool:
    seen = preview(source)
    return seen.has("metadata") and "catch2-version" in seen.inner


def _read(source: Source, limits: Limits, items: bool) -> Stream:
    report = load(source, limits, _Catch2Report, remake=_REMAKE)
    if report.test_run is None:
        raise Unreadable(f"The report holds no run, as with `--list-tests`: nothing was tested. {_AGAIN}")
    listed = report.test_run.test_cases
    run = Tally()
    for case in decode_each(listed, _TestCase, remake=_REMAKE, at="$.test-run.test-cases"):
        outcome, detail = _outcome(case)
        run.add(outcome)
        if items:
            suite = cut(case.test_info.source_location.filename, limits)
            yield Case(suite, cut(case.test_info.name, limits), outcome, 0.0, detail)
    why_not = _why_not(report.test_run.totals, run) or run.why_nothing()
    return Reading(
        "catch2",
        Kind.TESTS,
        "catch2",
        run.measures(),
        cut(report.metadata.catch2_version, limits)[:100],
        why_not is None,
        why_not,
    )


def _outcome(case: _TestCase) -> tuple[Outcome, str]:
    if case.totals is None:
        return Outcome.ERROR, "it did not come to its end"
    assertions = case.totals.assertions
    if assertions.failed:
        return Outcome.FAILED, f"{assertions.failed} failed assertions"
    return (Outcome.SKIPPED if assertions.skipped or assertions.fail_but_ok else Outcome.PASSED), ""


def _why_not(totals: _RunTotals | None, run: Tally) -> str | None:
    if totals is None:
        return f"The report has no totals: the run did not come to its end. {_AGAIN}"
    counts = totals.test_cases
    declared = counts.passed + counts.failed + counts.fail_but_ok + counts.skipped
    for said, listed, what in ((declared, run.total, "test cases"), (counts.failed, run.bad, "failed ones")):
        if said > listed:
            return f"The report declares {said} {what} but lists {listed}: results are missing. {_AGAIN}"
    return None


READER = Reader(
    format="catch2",
    title="Catch2 JSON",
    kind=Kind.TESTS,
    source="https://github.com/catchorg/Catch2/blob/devel/docs/reporters.md",
    follows={
        "tool.ran": "False where the run has no totals, results are missing, or nothing was tested",
        "tests.total": "`test-cases` of the run",
        "tests.passed": "test cases without failed or skipped assertions, also of those that may fail",
        "tests.failed": "test cases with failed assertions, other than those that may fail",
        "tests.errors": "test cases that did not come to their end",
        "tests.skipped": (
            "test cases with a `SKIP` and no failed assertion, and those that may fail and did"
            " (`fail-but-ok`)"
        ),
    },
    sniff=_sniff,
    read=_read,
    notes=(
        (
            "A case whose assertions failed where they may (`[!mayfail]`, `[!shouldfail]`) counts as"
            " skipped, as in Catch2's own JUnit report and as expected failures elsewhere: what it tests is"
            " known to be broken."
        ),
        (
            "Catch2 closes its brackets even where it stops in the middle, so a report is whole only with its"
            " totals."
        ),
        "The format tells neither durations nor what failed; a case's suite is the file that it stands in.",
    ),
)
