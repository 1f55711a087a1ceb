"""CTRF, the Common Test Report Format: one JSON document of one run, with a summary and a list of tests."""

from __future__ import annotations

import re

import msgspec

from tidegate.domain.findings import Case, Outcome
from tidegate.domain.measures import Kind
from tidegate.readers.base import Limits, Reader, Reading, Source, Stream
from tidegate.readers.json_preview import preview
from tidegate.readers.jsons import cut, decode, read_text
from tidegate.readers.own_times import epoch_time, own_time
from tidegate.readers.test_results.ctrf_shapes import (
    CtrfHead,
    CtrfReport,
    DeclaredReport,
    DeclaredTest,
    Summary,
    Test,
)
from tidegate.readers.test_results.tally import Tally, first_line, sound_seconds

FORMAT = "ctrf"
_REMAKE = "the CTRF reporter of your test runner, such as `jest-ctrf-json-reporter`"
_OUTCOMES = {
    "passed": Outcome.PASSED,
    "failed": Outcome.FAILED,
    "skipped": Outcome.SKIPPED,
    "pending": Outcome.SKIPPED,
    "other": Outcome.ERROR,
}
_COMMIT = re.compile(r"[0-9a-fA-F]{7,64}")


def _sniff(source: Source) -> bool:
    seen = preview(source)
    declared = seen.has("reportFormat") and seen.keys["reportFormat"] == "CTRF"
    return declared or (seen.has("results") and {"tool", "summary"} <= seen.inner)


def _read(source: Source, limits: Limits, items: bool) -> Stream:
    data = read_text(source, limits, remake=_REMAKE)
    head = decode(data, CtrfHead, remake=_REMAKE)
    declared = head.format is not msgspec.UNSET or head.version is not msgspec.UNSET
    report: CtrfReport | DeclaredReport
    if declared:
        report = decode(data, DeclaredReport, remake=_REMAKE)
    else:
        report = decode(data, CtrfReport, remake=_REMAKE)
    results = report.results
    tally = Tally()
    listed = dict.fromkeys(_OUTCOMES, 0)
    for test in results.tests:
        outcome = _OUTCOMES.get(test.status, Outcome.ERROR)
        listed[test.status if test.status in listed else "other"] += 1
        flaky = outcome is Outcome.PASSED and _tried_again(test)
        seconds = None if test.duration is None else test.duration / 1000
        tally.add(outcome, seconds, flaky=flaky)
        if items:
            yield _case(test, outcome, flaky, limits)
    tally.flaky = max(tally.flaky, min(results.summary.flaky or 0, tally.count(Outcome.PASSED)))
    why_not = _why_not(results.summary, listed) or tally.why_nothing()
    stop = results.summary.stop
    commit = (results.environment.commit if results.environment else None) or ""
    return Reading(
        FORMAT,
        Kind.TESTS,
        cut(results.tool.name, limits),
        tally.measures(results.summary.suites, tells_flaky=True),
        cut(results.tool.version or "", limits),
        ran=why_not is None,
        why_not=why_not,
        made_at=epoch_time(f"{stop:.0f}") if stop else own_time(report.timestamp),
        commits=(commit.lower(),) if _COMMIT.fullmatch(commit) else (),
    )


def _tried_again(test: Test | DeclaredTest) -> bool:
    """Tell whether a test that passed did so only after a failed try."""
    if test.flaky is not None:
        failed = False
    else:
        failed = bool(test.retries and test.retries > 0)
    return (
        bool(test.flaky)
        or failed
        or any(_OUTCOMES.get(each.status) is Outcome.FAILED for each in test.attempts or ())
    )


def _case(test: Test | DeclaredTest, outcome: Outcome, flaky: bool, limits: Limits) -> Case:
    suite = test.suite if isinstance(test.suite, str) else " > ".join(test.suite or ())
    detail = first_line(test.message or "", limits.max_text)
    if outcome is Outcome.ERROR and not detail:
        detail = cut(f"its status is {test.status!r}", limits)
    bad = outcome in (Outcome.FAILED, Outcome.ERROR)
    seconds = sound_seconds((test.duration or 0.0) / 1000)
    return Case(cut(suite, limits), cut(test.name, limits), outcome, seconds, detail if bad else "", flaky)


def _why_not(summary: Summary, listed: dict[str, int]) -> str | None:
    """Hold what the run declares against what it lists."""
    declared = {name: getattr(summary, name) for name in listed}
    total = sum(listed.values())
    for name, said, count in (
        ("tests", summary.tests, total),
        *((n, declared[n], listed[n]) for n in listed),
    ):
        if said != count:
            what = "tests" if name == "tests" else f"tests that are {name}"
            return (
                f"The summary says {said} {what}, and {count} are listed: results are missing or were"
                " changed. Run the tests again and send the report as it was written."
            )
    return None


READER = Reader(
    format=FORMAT,
    title="CTRF JSON",
    kind=Kind.TESTS,
    source="https://ctrf.io/docs/specification/overview",
    follows={
        "tool.ran": ("False where a count of the summary is not what is listed, or nothing was tested."),
        "tests.total": "Entries of `tests`.",
        "tests.passed": "Those with the status `passed`.",
        "tests.failed": "Those with the status `failed`.",
        "tests.errors": "Those with the status `other`, or one that the format does not have.",
        "tests.skipped": "Those with the status `skipped` or `pending`.",
        "tests.flaky": (
            "Passed ones with `flaky`, with a failed try among `retryAttempts`, or with `retries` and no"
            " `flaky`; the summary's `flaky` where it is more."
        ),
        "tests.suites": "`suites` of the summary; not measured where it is not given.",
        "tests.duration": "The sum of the tests' `duration`.",
    },
    sniff=_sniff,
    read=_read,
    notes=(
        "`other` is what a reporter could not map to a status: it did not pass, and counts as an error.",
        "`pending` tests did not run, and count as skipped.",
        "Reporters list the tests that came to an end, and count those: after a killed worker (Vitest) or a"
        " stopped run (Playwright) the report looks whole. The runner's own JSON tells of them: submit that.",
        "The summary has to be what is listed, status by status: the list is counted, and a report in which"
        " the two differ has lost tests or was edited.",
        "Of a report that declares `reportFormat` or `specVersion` all is required that the schema requires."
        " Older reporters write neither: there only what is counted is.",
        "Properties that the schema does not have, and a `suite` that is one text, are passed over in either:"
        " many reporters write them, and no count hangs on them.",
    ),
)
